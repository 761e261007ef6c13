/** Module 2 — Kernels bind no more than the device can, whatever is computed again in them. */
import { expect, test } from "vitest";
import { put, realize, type Tensor, tensor } from "../src/index.ts";
import { on, slim } from "./devices.ts";

const numbers = (...data: readonly number[]): Tensor =>
  tensor(data, { dtype: "f64", requiresGrad: true });

test("updates of a scatter are stored before where their formula reads too much", () =>
  on(slim, () => {
    const [a, b, c, d] = [numbers(1, 2), numbers(3, 4), numbers(5, 6), numbers(7, 8)];
    const updates = (a as Tensor)
      .mul(b as Tensor)
      .add(c as Tensor)
      .mul(d as Tensor);
    const y = put(numbers(1, 1, 1), tensor([2, 0], { dtype: "i32" }), updates);
    expect([...y.dataSync()]).toEqual([112, 1, 56]);
  }));
test("what is computed again may not make another kernel store more than it can", () =>
  on(slim, () => {
    const x = numbers(3);
    const parts = [2, 5, 7].map((c) => x.mul(numbers(c)).sum());
    const last = numbers(11).sum().mul(numbers(13).sum());
    const loss = [...parts, last].reduce((a, b) => a.add(b));
    loss.backward();
    realize(loss);
    expect([loss.itemSync(), x.grad?.itemSync()]).toEqual([3 * 14 + 143, 14]);
  }));
