/** Module 2 — A detached value is one of its own: the next barrier owes it. */
import { expect, test } from "vitest";
import { realize, tensor } from "../src/index.ts";

test("what was detached is computed though its origin was consumed, and survives steps", async () => {
  const weights = tensor(new Float32Array(2500), { shape: [50, 50] });
  const step = (): void => {
    weights.assign(weights.add(1));
    realize();
  };
  step();
  const score = weights.add(5);
  const kept = score.detach();
  score.sum();
  step();
  step();
  step();
  expect((await kept.data())[0]).toBe(6);
});
