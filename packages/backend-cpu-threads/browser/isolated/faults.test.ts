import type { Backend } from "@mt/backend";
import { rand, type Tensor, tensor } from "@mt/tensor";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeDevice } from "../../src/device.ts";
import { cpuThreads } from "../../src/index.ts";
import { always } from "../../test/threads/kernels.ts";
import { Witness } from "../witness.ts";

let witness = new Witness();
const { Worker: own } = globalThis;
beforeEach(() => {
  witness = new Witness();
  vi.stubGlobal("Worker", witness.watched(own));
});
afterEach(() => vi.unstubAllGlobals());

const yielded = () => new Promise((resolve) => setTimeout(resolve));

/** A product that is worth sharing, and the same product by one thread. */
function product(backend: Backend) {
  const a = rand([256, 256], { backend: cpuThreads({ threads: 1 }) });
  const expected = a.matmul(a).dataSync();
  const x: Tensor = tensor(a.dataSync(), { shape: [256, 256], backend });
  return async () => {
    expect(x.matmul(x).dataSync()).toEqual(expected);
    await yielded();
  };
}

test("workers that the browser has ended are replaced, and every value is right", async () => {
  await using device = makeDevice({ threads: 3 }, { crew: { costs: always } });
  const multiply = product(device);
  while (witness.chunks(0) + witness.chunks(1) < 10) await multiply();
  for (const worker of witness.workers) worker.terminate();
  while (witness.workers.length < 4) await multiply();
  const before = witness.chunks(0) + witness.chunks(1);
  while (witness.chunks(0) + witness.chunks(1) < before + 10) await multiply();
});

test("a device is disposed of as soon as its workers have ended", async () => {
  const device = makeDevice({ threads: 3 }, { crew: { costs: always } });
  const multiply = product(device);
  while (witness.chunks(0) + witness.chunks(1) < 10) await multiply();
  const start = performance.now();
  await device[Symbol.asyncDispose]();
  expect(performance.now() - start).toBeLessThan(2500); // no time is waited for
});

test("a page that may not load the workers' file goes on alone, and says so once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const Watched = witness.watched(own);
  vi.stubGlobal(
    "Worker",
    class extends Watched {
      constructor(_: URL, options: object) {
        super(new URL("/there-is-no-such-file.js", import.meta.url), options);
      }
    },
  );
  await using device = makeDevice({ threads: 3 }, { crew: { costs: always } });
  const multiply = product(device);
  while (warn.mock.calls.length === 0) await multiply();
  for (let round = 0; round < 10; round++) await multiply();
  expect(warn.mock.calls).toEqual([[expect.stringContaining("going on with one thread")]]);
  warn.mockRestore();
});
