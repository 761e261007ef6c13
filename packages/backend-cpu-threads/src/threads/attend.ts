/// <reference path="../webassembly.d.ts" />
/**
 * Module 3.91 — What a worker does: it attends to regions until there have been none for a while.
 *
 * It looks for work for some microseconds, then sleeps until woken; asleep it costs nothing, awake
 * it answers within a microsecond. After `linger` milliseconds of sleep it leaves, so that a process
 * with nothing else to do can end. Modules are compiled from the bytes in shared memory: the engine
 * recognizes bytes that another thread has compiled, and nothing has to be sent.
 */
import { away, doneBy, fail, finish, here, left, stateOf, take } from "./control.ts";
import * as word from "./word.ts";

/** Does units first … last − 1 of a kernel whose block lies at byte address `block`. */
export type Run = (first: number, last: number, block: number) => void;

/** What a worker has to know; it is sent once, when the worker is called. */
export interface Call {
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly worker: number;
  /** Milliseconds. */
  readonly linger: number;
}

/** Milliseconds in which a thread looks for work before it sleeps: longer harms busy machines. */
export const spin = 0.02;
/** Compiled kernels a worker keeps; the oldest go first. */
const mostKernels = 1024;

/** Until there is work: true; false once there was none for so long. */
function awaitWork(words: Int32Array, linger: number): boolean {
  const until = performance.now() + spin;
  let claim = 0;
  do {
    for (let looks = 0; looks < 32; looks++) {
      claim = Atomics.load(words, word.claim);
      if (left(claim) > 0) return true;
    }
  } while (performance.now() < until);
  // The claim is compared once more when sleep begins, so work offered meanwhile is not slept through.
  Atomics.add(words, word.asleep, 1);
  const end = Atomics.wait(words, word.claim, claim, linger);
  Atomics.sub(words, word.asleep, 1);
  return end !== "timed-out";
}

export function attend({ memory, control, worker, linger }: Call): void {
  const words = new Int32Array(control);
  const kernels = new Map<number, Run>();
  const compile = (job: number): Run => {
    const code = (words[word.code] as number) >>> 0;
    const bytes = new Uint8Array(memory.buffer, code, words[word.codeBytes]).slice();
    const module = new WebAssembly.Module(bytes);
    const run = new WebAssembly.Instance(module, { env: { memory } }).exports.run as Run;
    kernels.set(job, run);
    for (const oldest of kernels.keys()) {
      if (kernels.size <= mostKernels) break;
      kernels.delete(oldest);
    }
    return run;
  };
  Atomics.store(words, stateOf(worker), here);
  while (awaitWork(words, linger)) {
    for (;;) {
      const chunk = take(words, true);
      if (chunk < 0) break;
      try {
        const job = words[word.job] as number;
        const run = kernels.get(job) ?? compile(job);
        const unitsPerChunk = words[word.unitsPerChunk] as number;
        const first = chunk * unitsPerChunk;
        const last = Math.min(first + unitsPerChunk, words[word.units] as number);
        run(first, last, words[word.block] as number);
      } catch (error) {
        fail(words, error instanceof Error ? error.message : String(error));
      }
      Atomics.add(words, doneBy(worker), 1);
      finish(words);
    }
  }
  Atomics.store(words, stateOf(worker), away);
}
