import { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import type { Call } from "../../src/threads/attend.ts";
import { browserPlatform } from "../../src/threads/browser.ts";
import { doneBy } from "../../src/threads/control.ts";
import type { Crew } from "../../src/threads/crew.ts";
import { platformHere } from "../../src/threads/host.ts";
import { nodePlatform } from "../../src/threads/node.ts";
import type { Platform } from "../../src/threads/platform.ts";
import { churn, churned, crewOf, learn, Shelf, together } from "./kernels.ts";

/** A browser's `Worker`, as far as it is used, over a thread of Node's. */
class WebWorker {
  onerror: ((event: { message: string }) => void) | null = null;
  onmessage: (() => void) | null = null;
  readonly #thread: Worker;
  constructor(url: URL) {
    this.#thread = new Worker(new URL("./web-worker.ts", import.meta.url), {
      workerData: url.href,
    });
    this.#thread.on("error", ({ message }) => this.onerror?.({ message }));
    this.#thread.on("message", () => this.onmessage?.());
  }
  postMessage(message: Call): void {
    called.push(message);
    this.#thread.postMessage(message);
  }
  terminate(): void {
    void this.#thread.terminate();
  }
}

const called: Call[] = [];
/** Chunks that worker 0 of the crew called last has done. */
const chunksDone = (): number => {
  const control = called.at(-1)?.control;
  return control ? Atomics.load(new Int32Array(control), doneBy(0)) : 0;
};

const page: Platform = {
  ...browserPlatform,
  cores: 2,
  mayBlock: false, // as in a page's own thread
  hire: browserPlatform.hire,
};
const crews: Crew[] = [];
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew[Symbol.asyncDispose]();
  vi.unstubAllGlobals();
});

test("this thread and Web Workers share regions, without this thread ever sleeping", async () => {
  vi.stubGlobal("Worker", WebWorker);
  vi.stubGlobal("navigator", undefined); // as in web-worker.ts: no locks
  const wait = vi.spyOn(Atomics, "wait");
  const shelf = new Shelf();
  const crew = crewOf(shelf, {}, page);
  crews.push(crew);
  const job = learn(crew, shelf, "churn", churn);
  const region = (rounds: number) => {
    const out = shelf.allocate(4 * 64);
    expect(crew.run(job, 64, shelf.block(out, rounds))).toBeNull();
    expect(shelf.words(out, 64)).toEqual(churned(64, rounds));
  };
  do {
    await new Promise((resolve) => setTimeout(resolve, 10));
    region(10_000); // alone, until workers have come
  } while (chunksDone() === 0);
  const both = learn(crew, shelf, "together", together);
  expect(crew.run(both, 2, shelf.block(shelf.allocate(64), shelf.block(0)))).toBeNull();
  for (let rounds = 0; rounds < 100; rounds++) region(rounds);
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
});

test("a page that is not isolated works with one thread, and says so once", () => {
  vi.stubGlobal("Worker", WebWorker);
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const shelf = new Shelf();
  const crew = crewOf(shelf, {}, page);
  const job = learn(crew, shelf, "churn", churn);
  for (let round = 0; round < 3; round++) {
    const out = shelf.allocate(4 * 64);
    expect(crew.run(job, 64, shelf.block(out, 10))).toBeNull();
    expect(shelf.words(out, 64)).toEqual(churned(64, 10));
  }
  expect(crew.threads).toBe(1);
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining("no worker threads (the page is not isolated")],
  ]);
  warn.mockRestore();
});

test("a host is known by what it has", () => {
  expect(platformHere()).toBe(nodePlatform);
  vi.stubGlobal("process", undefined);
  expect(platformHere()).toBe(browserPlatform);
});
