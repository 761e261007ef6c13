/** Indexing by data, running folds and sorting: against loops, on devices with and without them. */
import { referenceBackend } from "@mt/backend";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  argsort,
  cummax,
  cumprod,
  cumsum,
  gather,
  grad,
  indexAdd,
  median,
  put,
  putAlong,
  scatter,
  sort,
  type Tensor,
  take,
  takeAlong,
  tensor,
  topk,
  zeros,
} from "../src/index.ts";
import { devices } from "./plain.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** Numbers with many ties. */
const numbers = (n: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n, maxLength: n });
const cases = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.integer({ min: 0, max: shape.length - 1 }),
    data: numbers(size(shape)),
    weights: numbers(size(shape)),
  }),
);
/** Every line along an axis, as flat positions. */
function lines(shape: readonly number[], axis: number): number[][] {
  const stride = size(shape.slice(axis + 1));
  const n = shape[axis] as number;
  const found: number[][] = [];
  for (let i = 0; i < size(shape); i++)
    if (Math.floor(i / stride) % n === 0)
      found.push(Array.from({ length: n }, (_, k) => i + k * stride));
  return found;
}

describe.each(Object.entries(devices))("on the %s device", (_, backend) => {
  const f64 = (data: readonly number[], shape: readonly number[]): Tensor =>
    tensor(Float64Array.from(data), { shape, backend });
  const i32 = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor =>
    tensor(Int32Array.from(data), { shape, backend });
  const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
  /** ∂Σ f(x)·w by central differences. */
  async function checkGradient(
    f: (x: Tensor) => Tensor,
    data: readonly number[],
    shape: readonly number[],
    weights: readonly number[],
  ): Promise<void> {
    const total = (x: Tensor): Tensor => {
      const y = f(x);
      const w = Float64Array.from(
        { length: y.size },
        (_, i) => weights[i % weights.length] as number,
      );
      return y.mul(tensor(w, { shape: y.shape, backend })).sum();
    };
    const found = await values(grad(total)(f64(data, shape)));
    const h = 1e-5;
    for (const [i] of data.entries()) {
      const at = async (d: number): Promise<number> =>
        total(f64(data.with(i, (data[i] as number) + d), shape)).item();
      expect(found[i]).toBeCloseTo(((await at(h)) - (await at(-h))) / (2 * h), 5);
    }
  }

  test("running folds are loops along the axis", () =>
    fc.assert(
      fc.asyncProperty(cases, async ({ shape, axis, data }) => {
        const folds = { sum: cumsum, prod: cumprod, max: cummax };
        const steps = {
          sum: (a: number, b: number) => a + b,
          prod: (a: number, b: number) => a * b,
          max: Math.max,
        };
        for (const name of ["sum", "prod", "max"] as const) {
          const expected = [...data];
          for (const line of lines(shape, axis))
            for (let k = 1; k < line.length; k++) {
              const [a, b] = [line[k - 1] as number, line[k] as number];
              expected[b] = steps[name](expected[a] as number, data[b] as number);
            }
          const found = await values(folds[name](f64(data, shape), axis));
          expect(found.map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
        }
      }),
      { numRuns: 40 },
    ));

  test("gradients of running sums and products are those of differences, zeros among the factors", () =>
    fc.assert(
      fc.asyncProperty(cases, async ({ shape, axis, data, weights }) => {
        await checkGradient((x) => cumsum(x, axis), data, shape, weights);
        await checkGradient((x) => cumprod(x, axis), data, shape, weights);
      }),
      { numRuns: 10 },
    ));

  test("sorting is stable, up and down, and NaN is the greatest", () =>
    fc.assert(
      fc.asyncProperty(
        cases,
        fc.boolean(),
        fc.integer(),
        async ({ shape, axis, data }, descending, salt) => {
          const mixed = data.map((x, i) => ((i * 7 + salt) % 5 === 0 ? Number.NaN : x));
          const expected = new Array<number>(mixed.length);
          const key = (x: number): number => (Number.isNaN(x) ? Infinity : x);
          for (const line of lines(shape, axis)) {
            const order = line.map((_, k) => k);
            const sign = descending ? -1 : 1;
            const at = (k: number): number => key(mixed[line[k] as number] as number);
            order.sort((a, b) => sign * (at(a) === at(b) ? 0 : at(a) - at(b)) || a - b);
            line.forEach((place, k) => {
              expected[place] = order[k] as number;
            });
          }
          const x = f64(mixed, shape);
          expect(await values(argsort(x, axis, { descending }))).toEqual(expected);
          const sorted = sort(x, axis, { descending });
          expect(await values(sorted.values)).toEqual(
            await values(takeAlong(x, sorted.indices, axis)),
          );
        },
      ),
      { numRuns: 40 },
    ));

  test("gradients go back to where sorted elements stood", () =>
    checkGradient((x) => sort(x, 1).values, [3, 1, 2, -1, 5, 0.5], [2, 3], [2, -3, 0.5, 1, 7, -2]));

  test("topk is the beginning of the order, median its middle", async () => {
    const x = f64([3, 1, 2, 9, 7, 8], [2, 3]);
    expect(await topk(x, 2).values.toArray()).toEqual([
      [3, 2],
      [9, 8],
    ]);
    expect(await topk(x, 1, 1, { largest: false }).indices.toArray()).toEqual([[1], [1]]);
    expect(await median(x, 1).toArray()).toEqual([2, 8]);
  });

  test("the median is over any axes: of two the lower one, and NaN if there is one", async () => {
    const data = [5, 1, 4, 2, 3, 6, 9, 8, 0, 7, 11, 10];
    const x = f64(data, [2, 3, 2]);
    expect(await median(x).item()).toBe(5);
    expect(await median(x, [0, 2]).toArray()).toEqual([5, 2, 6]);
    expect(await median(x, [2, 0], { keepDims: true }).toArray()).toEqual([[[5], [2], [6]]]);
    expect(await median(x, []).toArray()).toEqual(await x.toArray());
    expect(await median(f64([1, Number.NaN, 2], [3])).item()).toBeNaN();
    expect(await median(i32([4, 1, 3])).item()).toBe(3);
    await checkGradient((y) => median(y, [0, 2]), data, [2, 3, 2], [2, -1, 3]);
  });

  test("takeAlong broadcasts all axes but its own", async () => {
    const x = f64([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(await takeAlong(x, i32([2, 0], [1, 2]), 1).toArray()).toEqual([
      [3, 1],
      [6, 4],
    ]);
    expect(await takeAlong(f64([7, 8], [1, 2]), i32([1, 0, 1], [3, 1]), 1).toArray()).toEqual([
      [8],
      [7],
      [8],
    ]);
  });

  test("gather and scatter reach as far as their positions do", async () => {
    const x = f64([1, 2, 3, 4, 5, 6], [2, 3]);
    const at = i32([2, 0], [1, 2]);
    expect(await gather(x, at, 1).toArray()).toEqual([[3, 1]]);
    expect(await gather(x, i32([1, 1, 0, 1], [2, 2]), 0).toArray()).toEqual([
      [4, 5],
      [1, 5],
    ]);
    expect(await scatter(x, at, f64([10, 20, 30, 40], [2, 2]), 1).toArray()).toEqual([
      [20, 2, 10],
      [4, 5, 6],
    ]);
    expect(await scatter(x, at, 10, -1, { combining: "sum" }).toArray()).toEqual([
      [11, 2, 13],
      [4, 5, 6],
    ]);
    const f = (y: Tensor): Tensor =>
      scatter(y.reshape(2, 3), at, y.slice({ start: 2 }).reshape(2, 2), 1, { combining: "sum" });
    await checkGradient((y) => f(y.square()), [1, 2, 3, 4, 5, 6], [6], [1, -2, 3, 0.5, 2, 7]);
  });

  test("indexAdd adds slices, or a number, at positions", async () => {
    const x = zeros([3, 2], { backend });
    const rows = f64([1, 2, 3, 4], [2, 2]);
    expect(await indexAdd(x, i32([2, 2]), rows).toArray()).toEqual([
      [0, 0],
      [0, 0],
      [4, 6],
    ]);
    expect(await indexAdd(x, i32([1]), 5, 1).toArray()).toEqual([
      [0, 5],
      [0, 5],
      [0, 5],
    ]);
  });
  test("sums of truth values are counts, as sum() has them", async () => {
    const [x, at] = [tensor([true, false]), tensor([0, 0], { dtype: "i32" })];
    const counts = indexAdd(x, at, tensor([true, true]));
    expect([counts.dtype, await counts.toArray()]).toEqual(["i32", [3, 0]]);
    const some = put(x, at, tensor([true, true]), { combining: "max" });
    expect([some.dtype, await some.toArray()]).toEqual(["bool", [1, 0]]);
  });

  test("updates broadcast to the slices they are put in for", async () => {
    const x = zeros([2, 3], { backend });
    expect(await put(x, i32([0]), f64([1, 2, 3], [3])).toArray()).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
    expect(await putAlong(x, i32([1], [1, 1]), f64([4, 5], [2, 1]), 1).toArray()).toEqual([
      [0, 4, 0],
      [0, 5, 0],
    ]);
  });

  test("take reads slices at positions, and its gradient adds them up there", async () => {
    const data = [1, 2, 3, 4, 5, 6];
    const index = i32([2, 0, 2, 1], [2, 2]);
    expect(await take(f64(data, [3, 2]), index).toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [5, 6],
        [3, 4],
      ],
    ]);
    expect(await take(f64(data, [2, 3]), i32([2, 2]), 1).toArray()).toEqual([
      [3, 3],
      [6, 6],
    ]);
    await checkGradient((x) => take(x, index), data, [3, 2], [1, -2, 3, 0.5]);
    await checkGradient(
      (x) => take(x.exp(), i32([2, 2]), 1).mul(2),
      data.map((v) => v / 4),
      [2, 3],
      [1, 3],
    );
  });

  test("a position outside the axis reads 0 and writes nothing", async () => {
    expect(await take(f64([1, 2], [2]), i32([-1, 5, 1])).toArray()).toEqual([0, 0, 2]);
    expect(await put(f64([1, 2], [2]), i32([-1, 5, 1]), f64([7, 8, 9], [3])).toArray()).toEqual([
      1, 9,
    ]);
  });

  test("putAlong undoes takeAlong of a permutation", () =>
    fc.assert(
      fc.asyncProperty(cases, async ({ shape, axis, data }) => {
        const x = f64(data, shape);
        const order = argsort(x, axis);
        const back = putAlong(x.mul(0), order, takeAlong(x, order, axis), axis);
        expect((await values(back)).map((v) => v + 0)).toEqual(data.map((v) => v + 0));
      }),
      { numRuns: 30 },
    ));

  test.each(["set", "sum", "prod", "max", "min"] as const)(
    "put combines by %s, in order",
    async (combining) => {
      const base = [1, 2, 3, 4];
      const at = [1, 3, 1, 0];
      const updates = [5, -2, 0.5, 7];
      const steps = {
        set: (_: number, b: number) => b,
        sum: (a: number, b: number) => a + b,
        prod: (a: number, b: number) => a * b,
        max: Math.max,
        min: Math.min,
      };
      const expected = [...base];
      at.forEach((place, i) => {
        expected[place] = steps[combining](expected[place] as number, updates[i] as number);
      });
      const found = put(f64(base, [4]), i32(at), f64(updates, [4]), { combining });
      expect(await found.toArray()).toEqual(expected);
    },
  );

  test.each(["set", "sum", "max", "min"] as const)(
    "gradients of put by %s reach base and updates",
    async (combining) => {
      const at = i32(combining === "set" ? [1, 3, 0] : [1, 3, 1]);
      const f = (x: Tensor): Tensor =>
        put(x.slice({ end: 4 }).mul(x.slice({ end: 4 })), at, x.slice({ start: 4 }).mul(3), {
          combining,
        });
      await checkGradient(f, [1.5, 2, 3, 0.5, 1, -2, 0.7], [7], [1, -2, 3, 0.25]);
    },
  );
});

test("embedding, its bias and activation are one kernel", async () => {
  const { record } = await import("@mt/backend");
  const backend = record(referenceBackend());
  const table = tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { backend },
  );
  const words = tensor([2, 0, 1], { dtype: "i32", backend });
  await take(table, words).add(1).tanh().data();
  expect(backend.kernels).toHaveLength(1);
});

test("wrong positions and shapes are errors that name them", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(() => take(x, tensor([0.5]))).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: take: positions are integers; these are f32.]`,
  );
  expect(() => take(x, tensor([0], { dtype: "i32" }), 2)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: take: axis 2 is out of range for [2, 2]: axes go from -2 to 1.]`,
  );
  expect(() =>
    takeAlong(x, tensor([[0], [1], [0]], { dtype: "i32" }), 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: takeAlong: [2, 2] and [3, 1]: all axes but 1 must broadcast.]`,
  );
  expect(() =>
    put(x, tensor([0], { dtype: "i32" }), tensor([1, 2, 3])),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: put: [3] and [1, 2]: updates must have the second shape, or broadcast to it.]`,
  );
  expect(() => gather(x, tensor([0], { dtype: "i32" }), 0)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: gather: [2, 2] and [1]: x, index and updates must have equally many axes.]`,
  );
  expect(() => median(zeros([2, 0]), 1)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: median: [2, 0]: axis 1 has no elements.]`,
  );
  expect(() => take(x, [0] as never)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: take: takes a tensor and was given a list: tensor() makes one.]`,
  );
  expect(() => topk(x, 3)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: topk: [2, 2]: cannot take 3 of the 2 elements of axis 1.]`,
  );
});
