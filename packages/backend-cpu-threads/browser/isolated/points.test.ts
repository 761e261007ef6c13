import { registerBackend } from "@mt/tensor";
import { afterEach, expect, test, vi } from "vitest";
import { makeDevice } from "../../src/device.ts";
import { always } from "../../test/threads/kernels.ts";
import { train } from "../train.ts";
import { Witness } from "../witness.ts";
import type { Told } from "./trainer.ts";

afterEach(() => vi.unstubAllGlobals());

/** Enough work for two workers to be of use. */
const large = { hidden: 400, batch: 50 } as const;

test("points are learned with two workers", async () => {
  const witness = new Witness();
  vi.stubGlobal("Worker", witness.watched(Worker));
  const warn = vi.spyOn(console, "warn");
  await using device = makeDevice({ threads: 3 }, { crew: { costs: always } });
  registerBackend(device);
  expect(await train("spiral", large)).toBeGreaterThanOrEqual(45);
  for (const worker of [0, 1]) expect(witness.chunks(worker)).toBeGreaterThan(20);
  expect(warn).not.toHaveBeenCalled();
});

test("points are learned inside a worker, which has two workers of its own", async () => {
  const trainer = new Worker(new URL("./trainer.ts", import.meta.url), { type: "module" });
  const told = await new Promise<Told>((resolve, reject) => {
    trainer.onmessage = ({ data }) => resolve(data);
    trainer.onerror = ({ message }) => reject(new Error(message));
    trainer.postMessage(large);
  });
  trainer.terminate();
  expect(told.right).toBeGreaterThanOrEqual(45);
  for (const chunks of told.chunks) expect(chunks).toBeGreaterThan(20);
});
