/** Sees which workers a page has started, and what they have done for it. */

import type { Call } from "../src/threads/attend.ts";
import { doneBy } from "../src/threads/control.ts";

/** What this file uses of a browser's workers. */
interface PageWorker {
  postMessage(message: unknown): void;
  terminate(): void;
}
type WorkerClass = new (url: URL, options: object) => PageWorker;

export class Witness {
  readonly workers: PageWorker[] = [];
  readonly #calls: Call[] = [];

  /** The class to put in the place of the page's own. */
  watched(Own: WorkerClass): WorkerClass {
    const { workers } = this;
    const calls = this.#calls;
    return class extends Own {
      constructor(url: URL, options: object) {
        super(url, options);
        workers.push(this);
      }
      override postMessage(message: unknown): void {
        calls.push(message as Call);
        super.postMessage(message);
      }
    };
  }

  /** Chunks that the worker of this number has done, in all crews. */
  chunks(worker: number): number {
    const controls = new Set(this.#calls.map(({ control }) => control));
    return [...controls].reduce(
      (sum, control) => sum + Atomics.load(new Int32Array(control), doneBy(worker)),
      0,
    );
  }
}
