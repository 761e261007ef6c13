/** f16: two bytes in memory, f32 while it is computed with, rounded when it is stored. */
import { referenceBackend } from "@mt/backend";
import { dtypes } from "@mt/operators";
import { cumsum, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { cpuThreads } from "../src/index.ts";

const { round } = dtypes.f16;
describe.each([
  ["the reference device", referenceBackend()],
  ["this device", cpuThreads({ name: "halves" })],
] as const)("on %s", (_, backend) => {
  const half = (list: readonly number[], ...shape: number[]): Tensor =>
    tensor(list, { shape: shape.length ? shape : [list.length], dtype: "f16", backend });
  const ones = new Array<number>(3000).fill(1);

  test("elements take two bytes", () => {
    const data = half([1, 2.5, -0.1]).add(1).dataSync();
    expect([data.byteLength, ...data]).toEqual([6, 2, 3.5, round(0.9)]);
  });
  test("sums and running sums are rounded once: alone, 2048 + 1 would stay 2048", () => {
    expect(half(ones).sum().itemSync()).toBe(3000);
    expect(cumsum(half(ones), 0).dataSync()[2998]).toBe(round(2999));
    expect(
      half(ones, 1, 3000)
        .matmul(half(ones, 3000, 1))
        .itemSync(),
    ).toBe(3000);
  });
  test("products are not rounded before they are summed", () => {
    const x = 1 + 2 ** -10; // x² has twice the digits
    const product = half([x, -1], 1, 2).matmul(half([x, 1 + 2 ** -9], 2, 1));
    expect(product.itemSync()).toBe(2 ** -20);
  });
  test("numbers of the run are rounded once, not to f32 first", () => {
    const aboveTheMiddle = 1 + 2 ** -11 + 2 ** -40;
    expect(half([1]).mul(aboveTheMiddle).itemSync()).toBe(1 + 2 ** -10);
  });
  test("products of any size are those of f32, rounded", () => {
    const list = (n: number): number[] => Array.from({ length: n }, (_, i) => round(Math.sin(i)));
    const [m, k, n] = [33, 70, 29];
    const [a, b] = [half(list(m * k), m, k), half(list(k * n), k, n)];
    const found = a.matmul(b).dataSync();
    const exact = a.to("f32").matmul(b.to("f32")).dataSync();
    found.forEach((x, i) => {
      const y = exact[i] as number;
      expect(Math.abs(x - y)).toBeLessThanOrEqual(2 ** -11 * Math.abs(y) + 1e-5);
    });
  });
});
