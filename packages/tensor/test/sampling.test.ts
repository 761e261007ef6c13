/** Module 2 — Draws from truncated normals and of classes: their distributions, and the counter. */
import { erfc, uniform } from "@mt/operators";
import { beforeEach, describe, expect, test } from "vitest";
import {
  categorical,
  Generator,
  manualSeed,
  permutation,
  rand,
  type Tensor,
  tensor,
  truncatedNormal,
} from "../src/index.ts";
import { devices } from "./plain.ts";
import { any, refuses } from "./refusals.ts";

beforeEach(() => manualSeed(42));
const read = (x: Tensor): number[] => [...x.dataSync()];
const below = (x: number): number => 0.5 * erfc.compiled("f64")(-x * Math.SQRT1_2);

describe.each([
  { low: -2, high: 2 },
  { low: -1, high: 3, mean: 0.5, deviation: 2 },
  { low: 5, high: 6 },
  { low: -8, high: -5 },
  { low: 0, high: Infinity },
  { low: -Infinity, high: Infinity },
  { low: 0.1, high: 0.2, mean: -1 },
])("a normal truncated to %j", (options) => {
  const { low, high, mean = 0, deviation = 1 } = options;
  const [a, b] = [(low - mean) / deviation, (high - mean) / deviation];
  const share = (x: number): number => {
    const z = (x - mean) / deviation;
    // of small tails the difference is exact only on the side where shares are small
    return a > 0
      ? (below(-a) - below(-z)) / (below(-a) - below(-b))
      : (below(z) - below(a)) / (below(b) - below(a));
  };
  const n = 4000;
  test("lies between its bounds", () => {
    const x = read(truncatedNormal([n], options));
    expect(x.every((v) => v >= low && v <= high)).toBe(true);
  });
  test("is distributed as the normal there: Kolmogorov and Smirnov, at 1 in 10⁵", () => {
    const x = read(truncatedNormal([n], options)).sort((p, q) => p - q);
    const off = x.map((v, i) =>
      Math.max(Math.abs(share(v) - i / n), Math.abs(share(v) - (i + 1) / n)),
    );
    expect(Math.max(...off)).toBeLessThan(2.5 / Math.sqrt(n));
  });
  test("is the place where the share below is the uniform number drawn", () => {
    const x = read(truncatedNormal([200], { ...options, generator: new Generator(9) }));
    const u = read(rand([200], { generator: new Generator(9) }));
    const mirrored = a + b > 0;
    x.forEach((v, i) => {
      const expected = (u[i] as number) + 2 ** -25;
      expect(share(v)).toBeCloseTo(mirrored ? 1 - expected : expected, 4);
    });
  });
});

describe("categorical", () => {
  const logits = tensor([
    [0, Math.log(2), Math.log(5), -Infinity],
    [3, -Infinity, 3, 3],
  ]);
  test("draws classes in proportion to e^logit, and never one of −∞", () => {
    const n = 6000;
    const y = categorical(logits, [n]);
    expect([y.dtype, ...y.shape]).toEqual(["i32", n, 2]);
    const counts = [0, 1].map((row) => {
      const drawn = read(y).filter((_, i) => i % 2 === row);
      return [0, 1, 2, 3].map((c) => drawn.filter((v) => v === c).length / n);
    });
    const shares = [
      [1 / 8, 2 / 8, 5 / 8, 0],
      [1 / 3, 0, 1 / 3, 1 / 3],
    ];
    for (const [r, row] of counts.entries())
      for (const [c, count] of row.entries()) {
        const p = shares[r]?.[c] as number;
        expect(Math.abs(count - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / n));
      }
  });
  test("draws once for each row without a shape, in any number of axes", () => {
    expect(categorical(logits).shape).toEqual([2]);
    expect(categorical(tensor([0, 0])).shape).toEqual([]);
    expect(categorical(logits, [0]).shape).toEqual([0, 2]);
    expect(categorical(logits, [3, 1]).shape).toEqual([3, 1, 2]);
  });
  test("takes the counter when it is recorded", () => {
    const [a, b] = [new Generator(3), new Generator(3)];
    const first = categorical(logits, [50], { generator: a });
    const second = categorical(logits, [50], { generator: a });
    expect(read(second)).not.toEqual(read(first));
    expect(read(categorical(logits, [50], { generator: b }))).toEqual(read(first));
    expect(uniform(0)).toBe(0); // what the guard below the logarithm is for
  });
});

describe.each(Object.entries(devices))("a permutation on the %s device", (_, backend) => {
  test("has every number once, in another order each time", () => {
    const [x, y] = [read(permutation(300, { backend })), read(permutation(300, { backend }))];
    const sorted = Array.from({ length: 300 }, (_, i) => i);
    expect([...x].sort((a, b) => a - b)).toEqual(sorted);
    expect(x).not.toEqual(sorted);
    expect(y).not.toEqual(x);
    expect([read(permutation(0, { backend })), read(permutation(1, { backend }))]).toEqual([
      [],
      [0],
    ]);
  });
  test("has each order equally often", () => {
    const n = 2400;
    const found = new Map<string, number>();
    for (let k = 0; k < n; k++) {
      const order = String(read(permutation(3, { backend })));
      found.set(order, (found.get(order) ?? 0) + 1);
    }
    const chi2 = [...found.values()].reduce((sum, k) => sum + (k - n / 6) ** 2 / (n / 6), 0);
    expect(found.size).toBe(6);
    expect(chi2).toBeLessThan(25.7); // 5 degrees of freedom, 1 in 10⁴
  });
  test("repeats with its generator", () => {
    const draw = (): number[] => read(permutation(20, { backend, generator: new Generator(4) }));
    expect(draw()).toEqual(draw());
  });
});

refuses({
  permutations: [
    [
      "of no number of things",
      "ShapeError: permutation: [-1] is not a shape: give a list of whole numbers from 0 " +
        "to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.",
      () => permutation(-1),
    ],
  ],
  bounds: [
    [
      "the wrong way round",
      "TensorError: truncatedNormal: nothing to draw from 1 to -1 with mean 0 and deviation 1: give " +
        "the lower bound first, and bounds within 12 deviations of the mean.",
      () => truncatedNormal([2], { low: 1, high: -1 }),
    ],
    [
      "too far out",
      "TensorError: truncatedNormal: nothing to draw from 20 to 30 with mean 0 and deviation 1: give " +
        "the lower bound first, and bounds within 12 deviations of the mean.",
      () => truncatedNormal([2], { low: 20, high: 30 }),
    ],
    [
      "without a deviation",
      "TensorError: truncatedNormal: nothing to draw from -2 to 2 with mean 0 and deviation 0: give " +
        "the lower bound first, and bounds within 12 deviations of the mean.",
      () => truncatedNormal([2], { deviation: 0 }),
    ],
  ],
  classes: [
    [
      "of one number",
      "ShapeError: categorical: [] has 0 axes; one or more are needed.",
      () => categorical(tensor(1)),
    ],
    [
      "of none",
      "ShapeError: categorical: [0]: the last axis has no classes to draw from.",
      () => categorical(tensor([])),
    ],
    [
      "in no shape",
      "ShapeError: categorical: [-1] is not a shape: give a list of whole numbers from 0 " +
        "to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.",
      () => categorical(tensor([0, 0]), any([-1])),
    ],
  ],
});
