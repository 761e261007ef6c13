/** Module 2 — What a function closes over is a constant of its gradient; what is kept lasts. */
import { record, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import { concat, grad, registerBackend, stack, type Tensor, tensor, vjp } from "../src/index.ts";

const device = record(referenceBackend());
registerBackend(device);

test("a parameter that a function closes over is a constant of its gradient", async () => {
  const w = tensor([2, 3], { requiresGrad: true });
  const f = (x: Tensor): Tensor => x.mul(w).exp().mul(w.exp()).sum();
  const slope = await grad(f)(tensor([0, 0])).data();
  expect(slope[0]).toBeCloseTo(2 * Math.exp(2), 4);
  expect(await grad((p: Tensor) => p.mul(w).sum())(w).toArray()).toEqual([2, 3]);
  expect(w.grad).toBeNull();
  const { pullback } = vjp((x: Tensor) => x.mul(w), tensor([1, 1]));
  expect(await pullback(tensor([1, 10])).toArray()).toEqual([2, 30]);
});

test("nothing is computed for what is not asked for", async () => {
  const w = tensor([2, 3], { requiresGrad: true });
  const constant = tensor([2, 3]);
  const count = async (other: Tensor): Promise<number> => {
    device.clear();
    await grad((x: Tensor) => x.mul(other).sum())(tensor([1, 1])).data();
    return device.kernels.length;
  };
  expect(await count(w)).toBe(await count(constant));
});

test("a function that does not depend on its argument has the gradient 0, for nothing", async () => {
  const w = tensor([2, 3], { requiresGrad: true });
  const slope = grad((_: Tensor) => w.exp().max()); // ties would be counted
  device.clear();
  expect(await slope(tensor([1, 1])).toArray()).toEqual([0, 0]);
  expect(device.kernels).toHaveLength(1); // the zeros
  const total = w.sum();
  total.backward();
  total.dataSync(); // its graph is released
  expect(await grad((_: Tensor) => total)(tensor([1])).toArray()).toEqual([0]);
});

test("values of a program that has learned last as long as nothing is stepped", async () => {
  const kept: Tensor[] = [];
  for (let round = 0; round < 5; round++) {
    const x = tensor(new Float32Array(2000).fill(round));
    const h = x.add(1);
    h.mul(h).sum().itemSync();
    if (round === 0) h.dataSync();
    kept.push(h);
  }
  for (const [round, h] of kept.entries()) expect((await h.data())[7]).toBe(round + 1);
});

test("joining promotes, whatever comes first", async () => {
  const [b, f] = [tensor([true, false]), tensor([2.5, 3])];
  expect(await concat([b, f]).toArray()).toEqual([1, 0, 2.5, 3]);
  expect(await concat([f, b]).toArray()).toEqual([2.5, 3, 1, 0]);
  expect(stack([b, b]).dtype).toBe("bool");
  expect(stack([b, tensor([3, 4], { dtype: "i32" })]).dtype).toBe("i32");
});
