/**
 * Module 3.98 — Whether a region is worth sharing.
 *
 * An estimate says so first; then what was measured, alone and together. Now and then the other way
 * is tried: memory that two threads exhaust, or a machine with other things to do, makes sharing
 * useless, and that may pass.
 */

/** In nanoseconds. */
export interface Costs {
  /** The least work, for one thread, that is shared with workers that are awake … */
  readonly awake: number;
  /** … and with workers that sleep. */
  readonly asleep: number;
  /** Time that sharing would have saved before workers are hired: about what hiring takes. */
  readonly hiring: number;
  /** The most work, for one thread, that is done alone now and then to be measured. */
  readonly sample: number;
}
export const costs: Costs = {
  awake: 10_000,
  asleep: 100_000,
  hiring: 20_000_000,
  sample: 5_000_000,
};

/** The speed of one kernel, in nanoseconds per unit. */
export class Pace {
  /** On one thread: an estimate until the first measurement. */
  alone: number;
  /** On all threads; 0 until measured. */
  together = 0;
  #noted = { alone: 0, together: 0 };
  #runs = 0;
  #nextTrial = 1;
  #interval = 1;

  constructor(estimate: number) {
    this.alone = estimate;
  }

  /** Whether sharing is faster, as far as is known, by more than it disturbs whoever else is here. */
  get gains(): boolean {
    return this.together < worthwhile * this.alone;
  }

  /** What was measured: together, if it is shared and that has been, else alone; 0 until then. */
  measured(shared: boolean): number {
    if (shared && this.together > 0) return this.together;
    return this.#noted.alone > 0 ? this.alone : 0;
  }

  /** Counts a run: whether it is one to measure, or to try the other way. */
  next(): boolean {
    if (++this.#runs < this.#nextTrial) return false;
    this.#nextTrial += this.#interval;
    this.#interval = Math.min(2 * this.#interval, rarest);
    return true;
  }
  noteAlone(nanosecondsPerUnit: number): void {
    const first = this.#noted.alone++ === 0;
    this.#reconsider(() => {
      this.alone = first ? nanosecondsPerUnit : mixed(this.alone, nanosecondsPerUnit);
    });
  }
  /** The first time is not counted: workers had to compile the kernel. */
  noteTogether(nanosecondsPerUnit: number): void {
    if (this.#noted.together++ === 0) return;
    // one bad run of a long kernel must not decide for many: a trial is believed
    const news = this.together === 0 || (!this.gains && nanosecondsPerUnit < this.together);
    this.#reconsider(() => {
      this.together = news ? nanosecondsPerUnit : mixed(this.together, nanosecondsPerUnit);
    });
  }
  /** What has changed may change again: trials are frequent for a while. */
  #reconsider(measure: () => void): void {
    const before = this.gains;
    measure();
    if (this.gains === before) return;
    this.#interval = 1;
    this.#nextTrial = this.#runs + 1;
  }
}

/** Runs from one trial to the next, at most. */
const rarest = 64;
/** What of the time alone sharing has to stay below. */
const worthwhile = 0.95;

/** A slower run than before is often an accident of the machine; a faster one never is. */
const mixed = (old: number, now: number): number => old + (now < old ? 0.5 : 0.125) * (now - old);

/** What to do with a region; only `share` wants other threads. */
export type Advice = "share" | "indivisible" | "short" | "slower" | "sample";
export const reasons: Readonly<Record<Advice, string>> = {
  share: "it is long enough",
  indivisible: "it cannot be shared",
  short: "it is too short",
  slower: "sharing was no faster",
  sample: "it is being compared",
};

export function advise(
  { alone, gains }: Pace,
  units: number,
  awake: boolean,
  trial: boolean,
  { awake: whenAwake, asleep, sample }: Costs = costs,
): Advice {
  const work = alone * units;
  if (work < (awake ? whenAwake : asleep)) return "short";
  if (!gains) return trial ? "share" : "slower";
  return trial && work < sample ? "sample" : "share";
}

/** Shorter chunks cost more to take than a fair division gains. */
const shortestChunk = 5_000;

/** So many for each thread: the last to finish keeps the others waiting for half a chunk or so. */
const chunksPerThread = 16;

/** Units per chunk, a multiple of `grain`: many chunks a thread, so that nobody waits for long. */
export function chunkOf(
  { alone }: Pace,
  units: number,
  grain: number,
  threads: number,
  mostChunks: number,
): number {
  const worthy = Math.floor((alone * units) / shortestChunk);
  const chunks = Math.max(2, Math.min(chunksPerThread * threads, worthy, mostChunks));
  return Math.ceil(units / chunks / grain) * grain;
}
