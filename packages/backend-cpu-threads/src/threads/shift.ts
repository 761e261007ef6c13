/**
 * Module 3.99 — One generation of workers, with a control block of its own.
 *
 * After a fault the whole shift is dismissed and a new one hired. A thread of the old one that still
 * runs then sees words that nobody uses any more: it cannot take part in a region it does not belong
 * to.
 */
import { away, called, controlBytes, doneBy, here, stateOf } from "./control.ts";
import type { Platform, Workers } from "./platform.ts";
import * as word from "./word.ts";

const notIsolated =
  "the page is not isolated: serve it with Cross-Origin-Opener-Policy: same-origin and " +
  "Cross-Origin-Embedder-Policy: require-corp";

export class Shift {
  readonly words: Int32Array;
  readonly #count: number;
  readonly #workers: Workers;
  readonly #done: Int32Array;
  /** Why the shift has to be replaced, once it has. */
  lost: string | null = null;

  constructor(platform: Platform, count: number, memory: WebAssembly.Memory, linger: number) {
    if (typeof SharedArrayBuffer === "undefined") throw new Error(notIsolated);
    const control = new SharedArrayBuffer(controlBytes);
    this.words = new Int32Array(control);
    this.#count = count;
    this.#done = new Int32Array(count);
    this.#workers = platform.hire(count, { memory, control, linger }, (reason) => {
      this.lost ??= reason;
    });
  }

  /** Calls whoever is away. */
  muster(): void {
    for (let worker = 0; worker < this.#count; worker++) {
      if (Atomics.compareExchange(this.words, stateOf(worker), away, called) === away)
        this.#workers.call(worker);
    }
  }
  /** Workers that attend and do not sleep. */
  awake(): number {
    let attending = 0;
    for (let worker = 0; worker < this.#count; worker++)
      if (this.words[stateOf(worker)] === here) attending++;
    return attending - Atomics.load(this.words, word.asleep);
  }
  /** Whether any of its workers has ever come. */
  came(): boolean {
    return this.#done.some((_, worker) => this.words[stateOf(worker)] !== called);
  }
  /** Asked once a second of shared work: a worker that did none of it has died unnoticed. */
  audit(): void {
    for (let worker = 0; worker < this.#count; worker++) {
      const done = this.words[doneBy(worker)] as number;
      if (this.words[stateOf(worker)] === here && done === this.#done[worker])
        this.lost ??= "a worker does not answer";
      this.#done[worker] = done;
    }
  }
  dismiss(): Promise<void> {
    return this.#workers.dismiss();
  }
}
