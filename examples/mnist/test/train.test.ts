import { manualSeed, mnist } from "minitorch";
import { beforeAll, expect, test } from "vitest";
import { firstImages, packagedFolder } from "../src/data.ts";
import { LeNet } from "../src/model.ts";
import { countRight, fingerprint, type Step, train } from "../src/train.ts";

let sets: Awaited<ReturnType<typeof mnist>>;
beforeAll(async () => {
  sets = await mnist({ folder: packagedFolder() });
});

const recipe = { seed: 3, epochs: 2, batch: 20, rate: 0.01 };

async function trained(seed: number, images = 250): Promise<{ model: LeNet; steps: Step[] }> {
  manualSeed(seed);
  const model = new LeNet();
  const steps: Step[] = [];
  for await (const step of train(model, firstImages(sets.train, images), { ...recipe, seed }))
    steps.push(step);
  return { model, steps };
}

test("an epoch visits every image once, the last batch being what is left", async () => {
  const { steps } = await trained(1);
  expect(steps).toHaveLength(26);
  expect(steps.slice(0, 13).map(({ count }) => count)).toEqual([...Array(12).fill(20), 10]);
  expect(steps.map(({ epoch, step }) => [epoch, step]).slice(12, 14)).toEqual([
    [1, 13],
    [2, 1],
  ]);
});

test("equal seeds give equal parameters, bit for bit, and other seeds others", async () => {
  const runs = [await trained(1), await trained(1), await trained(2)];
  const [first, again, other] = await Promise.all(runs.map(({ model }) => fingerprint(model)));
  expect(again).toBe(first);
  expect(runs[1]?.steps).toEqual(runs[0]?.steps);
  expect(other).not.toBe(first);
});

test("the losses are those of a network that learns", async () => {
  const { steps } = await trained(1, 500);
  const mean = (part: readonly Step[]): number =>
    part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  expect(steps[0]?.loss).toBeCloseTo(Math.log(10), 0); // ten equally likely digits
  expect(mean(steps.slice(-10))).toBeLessThan(1);
});

test("counting leaves the parameters as they are, and dropout off", async () => {
  const { model } = await trained(1, 500);
  const before = await fingerprint(model);
  const images = firstImages(sets.test, 700); // one full batch and a rest
  const right = await countRight(model, images);
  expect(await countRight(model, images)).toBe(right);
  expect(right).toBeGreaterThan(200);
  expect(right).toBeLessThan(700);
  expect(await fingerprint(model)).toBe(before);
});
