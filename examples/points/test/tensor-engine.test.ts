import { record, referenceBackend } from "@mt/backend";
import { batches, pointSet } from "@mt/datasets";
import { Random } from "@mt/operators";
import { registerBackend } from "@mt/tensor";
import { beforeEach, expect, test } from "vitest";
import type { Engine } from "../src/engine.ts";
import { initialLayers, wide } from "../src/recipe.ts";
import { tensorEngine } from "../src/tensor-engine.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => device.clear());

const set = pointSet("xor", 50, new Random(0));
const engineOf = (recipe = wide.xor): Engine =>
  tensorEngine(initialLayers(recipe.hidden, new Random(0)), recipe);

/** An epoch in batches of 16, 16, 16 and 2. */
function epoch(engine: Engine): void {
  for (const batch of batches(set, { size: 16 })) engine.step(batch);
}

test.each(["sgd", "adam"] as const)("each size of batch compiles one program: %s", async (name) => {
  const engine = engineOf({ ...wide.xor, optimizer: name });
  epoch(engine);
  expect(device.programs.length).toBe(2);
  await engine.totals();
  for (let more = 0; more < 3; more++) epoch(engine);
  await engine.totals();
  expect(device.programs.length).toBe(2);
});

test("a step is one program of at most 15 kernels, and totals run nothing", async () => {
  const engine = engineOf();
  epoch(engine);
  expect(device.runs.length).toBe(4);
  await engine.totals();
  expect(device.runs.length).toBe(4);
  expect(device.runs[0]?.kernels.length).toBeLessThanOrEqual(15);
});

test("totals count from the last time they were asked for", async () => {
  const engine = engineOf({ ...wide.xor, rate: 1e-12 });
  epoch(engine);
  const first = await engine.totals();
  expect(first.right).toBeGreaterThan(0);
  epoch(engine);
  expect(await engine.totals()).toEqual(first);
  expect(await engine.totals()).toEqual({ loss: 0, right: 0 });
});
