/**
 * Module 3.100 — A crew: this thread and its workers, at one region of work after the other.
 *
 * `run` returns when the region is done. This thread takes chunks like everyone else, so workers
 * that sleep, come late or are dead delay nothing, unless one has taken a chunk and does not finish
 * it. Nobody can tell a dead thread from a late one, and a late one still writes: then the region
 * is abandoned, and what it was writing has to be left alone until that thread has ended.
 */
import { deviceFailed, type Pass } from "@mt/backend";
import { type Run, spin } from "./attend.ts";
import { fail, failure, mostChunks, mostWorkers, offer, take } from "./control.ts";
import { type Advice, advise, type Costs, chunkOf, costs, Pace, reasons } from "./pace.ts";
import type { Platform } from "./platform.ts";
import { Shift } from "./shift.ts";
import * as word from "./word.ts";

/** The memory all threads see, and ranges of it. */
export interface Shelf {
  readonly memory: WebAssembly.Memory;
  /** The address of a new range; null: there is no room. */
  allocate(bytes: number): number | null;
  free(address: number): void;
}

/** A kernel, compiled for this thread. */
export interface Compiled {
  /** For messages. */
  readonly name: string;
  /** The module that `run` comes from, for other threads. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly run: Run;
  /** An estimate. */
  readonly nanosecondsPerUnit: number;
}
/** A kernel as a crew knows it: made by `Crew.learn`. */
export interface Job {
  readonly id: number;
  readonly kernel: Compiled;
  readonly pace: Pace;
  /** Where workers find the bytes; 0: not there yet. */
  address: number;
}

/** The region is not done: run it again, into other memory. */
export interface Abandoned {
  /** Until then threads may write where the region writes, and read its block. */
  readonly exited: Promise<void>;
}

export interface CrewOptions {
  /** This one included; by default one per core. */
  readonly threads?: number | undefined;
  /** Milliseconds without work after which a worker leaves; 200. */
  readonly linger?: number;
  /** Milliseconds without progress after which a region is abandoned, at least; 250. */
  readonly patience?: number;
  readonly costs?: Partial<Costs>;
}

/** Milliseconds of sleep in which patience is counted: one that a stopped process spent counts once. */
const slice = 50;
/** A chunk may take so many times what it is expected to. */
const indulgence = 50;
/** Milliseconds of shared work between two looks at who takes part. */
const auditEvery = 1000;
/** Kernels whose bytes lie ready for workers; one that runs again is put there again. */
const mostPublished = 1024;
/** Shifts none of whose workers ever came, in a row, before it is given up. */
const mostFalseStarts = 3;

export class Crew {
  readonly #shelf: Shelf;
  readonly #platform: Platform;
  readonly #linger: number;
  readonly #patience: number;
  readonly #costs: Costs;
  #threads: number | undefined;
  readonly #published = new Set<Job>();
  #shift: Shift | null = null;
  #saved = 0;
  #shared = 0;
  #falseStarts = 0;
  #nextId = 1;

  constructor(shelf: Shelf, platform: Platform, options: CrewOptions = {}) {
    this.#shelf = shelf;
    this.#platform = platform;
    this.#linger = options.linger ?? 200;
    this.#patience = options.patience ?? 250;
    this.#costs = { ...costs, ...options.costs };
    const { threads } = options;
    this.#threads = threads;
    if (!/^[1-9]\d*$/.test(String(threads ?? 1)))
      throw deviceFailed("cpu-threads", `have ${threads} threads`, "there can be 1, 2, …");
  }

  /** Threads that work, this one included. */
  get threads(): number {
    this.#threads ??= this.#platform.cores; // Node loads a module to count them
    return Math.max(1, Math.min(this.#threads, mostWorkers + 1));
  }

  /** Workers that look for work or do it now. */
  get awake(): number {
    return this.#shift?.awake() ?? 0;
  }

  learn(kernel: Compiled): Job {
    return { id: this.#nextId++, kernel, pace: new Pace(kernel.nanosecondsPerUnit), address: 0 };
  }
  /** How `run` would do so much of it now, and why, with what is known of how long it takes. */
  describe(job: Job, units: number): Pass {
    const { pace, kernel } = job;
    const advice = this.#advise(job, units, 1, false);
    const shared = advice === "share";
    return {
      facts: { threads: shared ? this.threads : 1, because: reasons[advice] },
      estimated: (kernel.nanosecondsPerUnit * units) / 1000,
      measured: (pace.measured(shared) * units) / 1000,
    };
  }

  /**
   * Does units 0 … units − 1 of a kernel whose block lies at byte address `block`; a chunk is a
   * multiple of `grain` units. Null when all is done.
   * @throws BackendError if the kernel traps, in whichever thread; the crew goes on.
   */
  run(job: Job, units: number, block: number, grain = 1): Abandoned | null {
    if (units === 0) return null;
    const trial = job.pace.next();
    const advice = this.#advise(job, units, grain, trial);
    const shift = advice === "share" ? this.#ready(job, units) : null;
    if (shift) return this.#share(shift, job, units, block, grain);
    const start = trial || advice !== "short" ? this.#platform.now() : 0;
    try {
      job.kernel.run(0, units, block);
    } catch (error) {
      throw deviceFailed("cpu-threads", `run ${job.kernel.name}`, error);
    }
    if (start) job.pace.noteAlone((this.#platform.now() - start) / units);
    return null;
  }

  /** Ends all workers now. What is run later is run by this thread alone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#threads = 1;
    const shift = this.#shift;
    this.#shift = null;
    await shift?.dismiss();
  }

  #advise(job: Job, units: number, grain: number, trial: boolean): Advice {
    if (units <= grain || this.threads === 1) return "indivisible";
    return advise(job.pace, units, this.awake > 0, trial, this.#costs);
  }

  /** The shift that is to share a region, called; null if this thread had better do it alone. */
  #ready(job: Job, units: number): Shift | null {
    if (this.#shift?.lost) this.#replace(this.#shift, this.#shift.lost);
    if (this.threads === 1) return null;
    if (!this.#shift && !this.#hire(job.pace.alone * units)) return null;
    if (job.address === 0 && !this.#publish(job)) return null;
    this.#shift?.muster();
    return this.#shift;
  }
  /** Puts a kernel's bytes where workers find them. The oldest go: no region runs now. */
  #publish(job: Job): boolean {
    const { bytes } = job.kernel;
    const address = this.#shelf.allocate(bytes.length);
    if (address === null) return false;
    new Uint8Array(this.#shelf.memory.buffer, address).set(bytes);
    job.address = address;
    this.#published.add(job);
    for (const oldest of this.#published) {
      if (this.#published.size <= mostPublished) break;
      this.#published.delete(oldest);
      this.#shelf.free(oldest.address);
      oldest.address = 0;
    }
    return true;
  }
  /** Hires workers as soon as they would have saved what they cost. */
  #hire(work: number): boolean {
    this.#saved += work * (1 - 1 / this.threads);
    if (this.#saved < this.#costs.hiring) return false;
    try {
      const { memory } = this.#shelf;
      this.#shift = new Shift(this.#platform, this.threads - 1, memory, this.#linger);
    } catch (error) {
      this.#stayAlone(error instanceof Error ? error.message : String(error));
    }
    return this.#shift !== null;
  }
  #replace(shift: Shift, reason: string): Promise<void> {
    this.#shift = null;
    this.#falseStarts = shift.came() ? 0 : this.#falseStarts + 1;
    if (this.#falseStarts === mostFalseStarts) this.#stayAlone(reason);
    return shift.dismiss();
  }
  #stayAlone(reason: string): void {
    this.#threads = 1;
    console.warn(`cpu-threads: no worker threads (${reason}); going on with one thread.`);
  }

  #share(shift: Shift, job: Job, units: number, block: number, grain: number): Abandoned | null {
    const { words } = shift;
    const { pace, kernel } = job;
    const perChunk = chunkOf(pace, units, grain, this.threads, mostChunks);
    const count = Math.ceil(units / perChunk);
    const start = performance.now();
    words[word.job] = job.id;
    words[word.code] = job.address;
    words[word.codeBytes] = kernel.bytes.length;
    words[word.units] = units;
    words[word.unitsPerChunk] = perChunk;
    words[word.block] = block;
    offer(words, count);
    if (Atomics.load(words, word.asleep) > 0) Atomics.notify(words, word.claim, count - 1);

    let own = 0;
    for (let chunk = take(words, false); chunk >= 0; chunk = take(words, false)) {
      const first = chunk * perChunk;
      try {
        kernel.run(first, Math.min(first + perChunk, units), block);
      } catch (error) {
        fail(words, error instanceof Error ? error.message : String(error));
      }
      Atomics.add(words, word.finished, 1);
      own++;
    }
    const measured = (performance.now() - start) / Math.max(1, own);
    const expected = Math.max(measured, (pace.alone * perChunk) / 1e6);
    if (!this.#awaitAll(words, count, Math.max(this.#patience, indulgence * expected)))
      return { exited: this.#replace(shift, "a worker stopped in the middle of its work") };

    const reason = failure(words);
    if (reason !== null)
      throw deviceFailed("cpu-threads", `run ${job.kernel.name}`, new Error(reason));
    const elapsed = performance.now() - start;
    if (own < count) pace.noteTogether((elapsed * 1e6) / units);
    this.#shared += elapsed;
    if (this.#shared > auditEvery) {
      this.#shared = 0;
      shift.audit();
    }
    return null;
  }

  /** Until all chunks are finished: true; false once none has been for `patience` milliseconds. */
  #awaitAll(words: Int32Array, count: number, patience: number): boolean {
    const { mayBlock } = this.#platform;
    let waited = 0;
    let seen = -1;
    for (;;) {
      const finished = watch(words, count);
      if (finished === count) return true;
      if (finished !== seen) waited = 0;
      else if (waited >= patience) return false;
      seen = finished;
      // only the last chunk to be finished wakes this thread
      if (mayBlock) Atomics.wait(words, word.finished, finished, slice);
      waited += mayBlock ? slice : spin;
    }
  }
}

/** How many chunks are finished: `count` as soon as they are, else what it is after a while. */
function watch(words: Int32Array, count: number): number {
  let finished = 0;
  const until = performance.now() + spin;
  do {
    for (let looks = 0; looks < 32; looks++) {
      finished = Atomics.load(words, word.finished);
      if (finished === count) return finished;
    }
  } while (performance.now() < until);
  return finished;
}
