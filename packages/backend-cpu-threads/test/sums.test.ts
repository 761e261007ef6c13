/** Sums are as near as the device says, of terms that round as badly as they can; long ones: `deep`. */
import { referenceBackend } from "@mt/backend";
import { dtypes } from "@mt/operators";
import { type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { makeDevice } from "../src/device.ts";
import { cpuThreads } from "../src/index.ts";
import { contractionUnits } from "../src/vectors/accuracy.ts";
import { inPieces, listsOf, mustBeNear, near, products, turned, ways, wide } from "./sums.ts";
import { always } from "./threads/kernels.ts";

const device = cpuThreads();

/** Around where accumulators pause once and twice, and where folds are cut in pieces. */
describe.each([63, 64, 65, 1023, 1024, 1026, 1089, 4097, 65_535, 65_539, 100_003])(
  "sums of %i terms",
  (length) => {
    const lists = listsOf(length);
    test.each(Object.entries(ways))("%s", (_, sums) => {
      mustBeNear(lists, sums(lists, device), near(length));
    });
  },
);
test.each([3, 40, 60, 64, 1200])("sums over two axes, the inner one of %i", (piece) => {
  const lists = listsOf(38_400);
  mustBeNear(lists, inPieces(piece)(lists, device), near(38_400));
});

test.each<[number, number, number]>([
  [9, 255, 129],
  [129, 255, 9],
  [3000, 2, 13],
])("sums of a turned box of %i × %i × %i", (a, b, c) => {
  const lists = listsOf(a * b * c);
  mustBeNear(lists, turned(a, b, c)(lists, device), near(a * b * c));
});

test.each([1023, 1100, 4100])("sums of %i terms, each on another page of memory", (length) => {
  const lists = listsOf(length);
  mustBeNear(lists, wide(lists, device), near(length));
});
test.each([256, 2047, 4095, 4096, 100_003])("products over %i terms", (length) => {
  const lists = listsOf(length);
  mustBeNear(lists, products(lists, device), contractionUnits);
});

describe("what is made of sums", () => {
  const made: Readonly<Record<string, (x: Tensor, axis: number) => Tensor>> = {
    mean: (x, axis) => x.mean(axis),
    norm: (x, axis) => x.square().sum(axis).sqrt(),
    logsumexp: (x, axis) => x.logsumexp(axis).exp(),
    softmax: (x, axis) => x.softmax(axis).max(axis),
    variance: (x, axis) => x.variance(axis),
  };
  const rows = Float32Array.from({ length: 3 * 70_000 }, (_, i) => (i % 2 ? 0.7 : 0.1));
  test.each(Object.entries(made))("%s", (_, f) => {
    for (const [shape, axis] of [
      [[3, 70_000], 1],
      [[70_000, 3], 0],
    ] as const) {
      const [found, exact] = [device, referenceBackend()].map((backend) => [
        ...f(tensor(rows, { shape: [...shape], backend }), axis).dataSync(),
      ]) as [number[], number[]];
      const off = found.map((x, k) => Math.abs(x / (exact[k] as number) - 1) / 2 ** -23);
      expect(Math.max(...off)).toBeLessThan(40);
    }
  });
});

test("sums of f16 are rounded once, however long", () => {
  const length = 70_000;
  // alone, none of the many would change the one
  const values = Float32Array.from({ length }, (_, i) => (i === 0 ? 1024 : 6e-5));
  const columns = Float32Array.from({ length: 16 * length }, (_, i) => (i < 16 ? 1024 : 6e-5));
  const half = dtypes.f16.round;
  const exact = half(1024 + (length - 1) * half(6e-5));
  const sum = (x: Float32Array, shape: number[]): number[] => [
    ...tensor(x, { shape, dtype: "f16", backend: device }).sum(0).dataSync(),
  ];
  expect(sum(values, [length])).toEqual([exact]);
  expect(sum(columns, [length, 16])).toEqual(new Array(16).fill(exact));
});

test("one, two and four threads give the same bits", async () => {
  const lists = listsOf(70_003);
  const found: Record<string, readonly number[]>[] = [];
  for (const threads of [1, 2, 4]) {
    const crew = { costs: always, patience: 30_000 };
    const shared = makeDevice({ threads }, { tuning: { grain: 8 }, crew });
    for (let round = 0; round < 3; round++) {
      const sums = Object.entries(ways).map(([name, way]) => [name, way(lists, shared)]);
      found.push(Object.fromEntries(sums));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await shared[Symbol.asyncDispose]();
  }
  for (const others of found) expect(others).toEqual(found[0]);
});
