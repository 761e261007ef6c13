/** What nobody holds is collected in loops that await, whatever they await and however large it is. */
import { setImmediate, setTimeout } from "node:timers/promises";
import { poolOf, referenceBackend } from "@mt/backend";
import { realize, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { waste } from "../browser/waste.ts";
import { cpuThreads } from "../src/index.ts";

const devices = { reference: referenceBackend, "cpu-threads": cpuThreads };
const item = (loss: Tensor): Promise<number> => loss.item();
const kept: Tensor[] = [];
const waits: Readonly<Record<string, (loss: Tensor, left: Tensor) => Promise<unknown>>> = {
  item,
  toArray: (loss) => loss.toArray(),
  "item, of losses that are kept": (loss) => {
    kept.push(loss);
    return loss.item();
  },
  "data of what is left": (_, left) => left.data(),
  "a timer": () => setTimeout(),
  "an immediate": () => setImmediate(),
};

describe.each(Object.entries(devices))("on %s", (_, make) => {
  describe.each(Object.entries(waits))("awaiting %s", (_, wait) => {
    test.each([
      { budget: 2 ** 23, each: 2 ** 14 },
      { budget: 2 ** 26, each: 2 ** 18 },
      { budget: 2 ** 28, each: 2 ** 23 },
    ])("$each bytes a step in $budget", async (sizes) => {
      const device = make();
      expect(await waste(device, sizes, wait)).toBeLessThan(0.5);
      await device[Symbol.asyncDispose]();
    });
  });

  test("256 KiB a step, in the budget it has by itself", async () => {
    const device = make();
    const sizes = { budget: poolOf(device).budget, each: 2 ** 18 };
    expect(await waste(device, sizes, item)).toBeLessThan(0.5);
    await device[Symbol.asyncDispose]();
  });
});

test.each([5, 6])("after a full budget was disposed, %i MiB a step", async (each) => {
  const device = cpuThreads();
  const pool = poolOf(device);
  const x = tensor(new Float32Array(2 ** 18).fill(1), { backend: device });
  pool.budget = 2 ** 26;
  const held = Array.from({ length: 62 }, (_, k) => x.mul(k + 2));
  for (const y of held) realize(y);
  expect(pool.live).toBeGreaterThan(0.9 * pool.budget);
  for (const y of held) y.dispose();
  await waste(device, { budget: pool.budget, each: each * 2 ** 20 }, item);
  expect(pool.live).toBeLessThan(pool.budget / 2);
  await device[Symbol.asyncDispose]();
});
