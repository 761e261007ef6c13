/** Module 2 — Lengths and deviations against their definitions, and their derivatives at the origin. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { grad, norm, ones, type ReduceOptions, type Tensor, tensor } from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { indicesOf } from "./oracle.ts";
import { any, refuses } from "./refusals.ts";

type Fold = (x: readonly number[]) => number;
const lengths: Readonly<Record<string, Fold>> = {
  0: (x) => x.filter((v) => v !== 0).length,
  1: (x) => x.reduce((n, v) => n + Math.abs(v), 0),
  2: (x) => Math.hypot(...x),
  3: (x) => x.reduce((n, v) => n + Math.abs(v) ** 3, 0) ** (1 / 3),
  0.5: (x) => x.reduce((n, v) => n + Math.sqrt(Math.abs(v)), 0) ** 2,
  Infinity: (x) => Math.max(...x.map(Math.abs)),
  "-Infinity": (x) => Math.min(...x.map(Math.abs)),
};
const shapes = [[], [1], [7], [3, 4], [2, 1, 3], [2, 3, 2, 2], [1, 2, 1, 2, 3]];
const f64 = (shape: readonly number[], data: readonly number[]): Tensor =>
  tensor(new Float64Array(data), { shape });

/** The elements over `axes` at each place of the rest, folded. */
function folded(
  shape: readonly number[],
  data: readonly number[],
  axes: readonly number[],
  f: Fold,
) {
  const rows = new Map<string, number[]>();
  let at = 0;
  for (const index of indicesOf(shape)) {
    const row = index.filter((_, k) => !axes.includes(k)).join();
    rows.set(row, [...(rows.get(row) ?? []), data[at++] as number]);
  }
  return [...rows.values()].map(f);
}
const close = (y: Tensor, expected: readonly number[]): void => {
  expect(y.size).toBe(expected.length);
  [...y.dataSync()].forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] as number, 10);
  });
};

describe.each(Object.entries(lengths))("norm with p = %s", (p, length) => {
  const by = { p: Number(p) };
  test("is the length over any axes", () => {
    for (const shape of shapes) {
      const { data } = apart(shape, 3);
      const x = f64(shape, data);
      const every = shape.map((_, k) => k);
      close(norm(x, undefined, by), [length(data)]);
      for (const axis of every) close(norm(x, axis, by), folded(shape, data, [axis], length));
      if (shape.length > 2)
        close(norm(x, [-1, 0], by), folded(shape, data, [0, shape.length - 1], length));
      expect(norm(x, every, { ...by, keepDims: true }).shape).toEqual(shape.map(() => 1));
    }
  });
  test("has the derivative of its definition, and 0 at the origin", () => {
    if (by.p !== 0) checkVjp(`norm ${p}`, (x) => norm(x as Tensor, 1, by), [apart([2, 5, 3])]);
    const at = tensor([0, 0, 0]);
    const dx = grad((x: Tensor) => norm(x, 0, by))(at);
    const share = Number.isFinite(by.p) ? 0 : expect.closeTo(0);
    expect([...dx.dataSync()]).toEqual([share, share, share]);
  });
});

test("std is the root of the mean squared distance from the mean", () => {
  for (const shape of [[5], [3, 4], [2, 3, 2]])
    for (const correction of [0, 1]) {
      const { data } = apart(shape, 9);
      const deviation: Fold = (x) => {
        const mean = x.reduce((a, b) => a + b, 0) / x.length;
        return Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - correction));
      };
      close(f64(shape, data).std(0, { correction }), folded(shape, data, [0], deviation));
      close(f64(shape, data).std(undefined, { correction }), [deviation(data)]);
    }
  checkVjp("std", (x) => (x as Tensor).std(-1), [apart([3, 4])]);
  const equal = tensor([2, 2, 2], { requiresGrad: true });
  equal.std().backward();
  expect([...(equal.grad as Tensor).dataSync()]).toEqual([0, 0, 0]);
  const x = tensor([[1, 2, 4]]);
  expect(x.var(1).itemSync()).toBe(x.variance(1).itemSync());
  expect(x.var(1, { keepDims: true, correction: 0 }).shape).toEqual([1, 1]);
  // as many corrections as elements, or more, leave nothing to divide by
  for (const n of [0, 1, 2]) expect(ones([n]).var(0, { correction: 2 }).itemSync()).toBeNaN();
});

test("integers have lengths in f32", () => {
  expect(norm(tensor([3, 4], { dtype: "i32" })).dtype).toBe("f32");
  expect(norm(tensor([3, 4], { dtype: "u8" })).itemSync()).toBe(5);
});

test("methods made from tables have the parameters of their functions", () => {
  expectTypeOf<Parameters<Tensor["argmax"]>>().toEqualTypeOf<
    [axis?: number | undefined, options?: ReduceOptions | undefined]
  >();
  expectTypeOf<Parameters<Tensor["softmax"]>>().toEqualTypeOf<[axis?: number | undefined]>();
  // @ts-expect-error: an axis is a number
  expect(() => tensor([1]).argmax("x")).toThrow("axis x is out of range");
});

refuses({
  norm: [
    [
      "a p that is no number",
      "TensorError: norm: p is NaN: give a number, or ±Infinity.",
      () => norm(tensor([1]), 0, { p: Number.NaN }),
    ],
    [
      "p as PyTorch's text",
      "TensorError: norm: p is fro: give a number, or ±Infinity.",
      () => norm(tensor([1]), 0, { p: any("fro") }),
    ],
    [
      "an axis that is not there",
      "ShapeError: norm: axis 1 is out of range for [1]: axes go from -1 to 0.",
      () => norm(tensor([1]), 1),
    ],
  ],
});
