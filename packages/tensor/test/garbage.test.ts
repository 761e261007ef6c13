/** Module 2 — Garbage: what nobody frees comes back in any loop that awaits, however small its budget. */
import { poolOf, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import { realize, type Tensor, tensor } from "../src/index.ts";

const budget = 2 ** 26;
const large = 2 ** 20;
/** Steps that leave more than that. */
const steps = 72;

/** A step that leaves a large result unread, and gives a loss. */
function stepping(): { step: (k: number) => Tensor; peak: () => number } {
  const backend = referenceBackend();
  const pool = poolOf(backend);
  pool.budget = budget;
  const x = tensor(new Float32Array(large / 4).fill(1), { backend });
  const step = (k: number): Tensor => {
    const loss = tensor([k], { backend }).mul(2).sum();
    realize(x.mul(k), loss);
    return loss;
  };
  return { step, peak: () => pool.peak };
}

test("of steps that are each awaited", async () => {
  const { step, peak } = stepping();
  for (let k = 0; k < steps; k++) await step(k).item();
  expect(peak()).toBeLessThan(budget / 2);
});

test("of loops that run at a time, more than there are tasks to wait for", async () => {
  const { step, peak } = stepping();
  const loop = async (): Promise<void> => {
    for (let k = 0; k < 3; k++) await step(k).item();
  };
  await Promise.all(Array.from({ length: steps / 3 }, loop));
  expect(peak()).toBeLessThan(budget);
});

test("of steps between which something else is awaited", async () => {
  const { step, peak } = stepping();
  for (let k = 0; k < steps; k++) {
    step(k);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect(peak()).toBeLessThan(budget / 2);
});
