/**
 * Module 3.90 — The words that threads agree by.
 *
 * A region of work is cut into chunks. Which chunks are still to be had is said by one word, changed
 * only by compare-exchange: the first of them, the one behind the last, and a number of the region.
 * The main thread takes chunks from the front and workers from the back, so in a row of regions a
 * thread tends to meet the data it has in its cache. Whoever takes a chunk reads what the region is
 * *afterwards*: a region cannot end while a chunk of it is taken, so what is read is never stale,
 * however long a thread slept before.
 */
import * as word from "./word.ts";

const longestFailure = 120;
const firstWorker = 192;
export const mostWorkers = 64;
export const controlBytes: number = 4 * (firstWorker + 16 * mostWorkers);
export const mostChunks = 1023;

/** Where a worker is: without a task, called to one, or attending. */
export const away = 0;
export const called = 1;
export const here = 2;
export const stateOf = (worker: number): number => firstWorker + 16 * worker;
/** How many chunks a worker has done. */
export const doneBy = (worker: number): number => firstWorker + 16 * worker + 1;

/** Chunks that nobody has taken, by the claim word. */
export const left = (claim: number): number => ((claim >>> 10) & 1023) - (claim & 1023);

/** Lets threads take chunks 0 … count − 1 of the region that the words describe. */
export function offer(words: Int32Array, count: number): void {
  words[word.count] = count;
  Atomics.store(words, word.finished, 0);
  const region = (Atomics.load(words, word.claim) >>> 20) + 1;
  Atomics.store(words, word.claim, (region << 20) | (count << 10));
}

/** Takes a chunk, the last one or the first one that is left; −1: there is none. */
export function take(words: Int32Array, last: boolean): number {
  for (;;) {
    const claim = Atomics.load(words, word.claim);
    if (left(claim) === 0) return -1;
    const next = last ? claim - 1024 : claim + 1;
    if (Atomics.compareExchange(words, word.claim, claim, next) !== claim) continue;
    return last ? (next >>> 10) & 1023 : claim & 1023;
  }
}

/** Says that `chunks` more are finished; whoever finishes the last one wakes who waits for it. */
export function finish(words: Int32Array, chunks = 1): void {
  const finished = Atomics.add(words, word.finished, chunks) + chunks;
  if (finished === words[word.count]) Atomics.notify(words, word.finished);
}

/** Takes back what nobody has taken, and notes why; of several failures the first is kept. */
export function fail(words: Int32Array, reason: string): void {
  if (Atomics.compareExchange(words, word.failed, 0, 1) === 0) {
    const text = reason.slice(0, longestFailure);
    for (let i = 0; i < text.length; i++) words[word.failureText + i] = text.charCodeAt(i);
    words[word.failureLength] = text.length;
    Atomics.store(words, word.failed, 2);
  }
  let claim: number;
  let rest: number;
  do {
    claim = Atomics.load(words, word.claim);
    rest = left(claim);
  } while (Atomics.compareExchange(words, word.claim, claim, claim - (rest << 10)) !== claim);
  if (rest > 0) finish(words, rest);
}

/** The failure of a region that has ended, which is then forgotten; null if there was none. */
export function failure(words: Int32Array): string | null {
  if (Atomics.load(words, word.failed) === 0) return null;
  const length = words[word.failureLength] as number;
  const text = words.slice(word.failureText, word.failureText + length);
  Atomics.store(words, word.failed, 0);
  return String.fromCharCode(...text);
}
