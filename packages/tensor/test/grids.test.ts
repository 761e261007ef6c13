/** Module 2 — Regular tensors against their formulas, and tensors like others. */
import { describe, expect, test } from "vitest";
import {
  allClose,
  eye,
  fullLike,
  lerp,
  linspace,
  meshgrid,
  oneHot,
  onesLike,
  rand,
  randLike,
  randnLike,
  type Tensor,
  type TensorOptions,
  tensor,
  zerosLike,
} from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { reading } from "./indexed.ts";
import { any, refuses } from "./refusals.ts";

const wide: TensorOptions = { dtype: "f64" };
const read = (x: Tensor): number[] => [...x.dataSync()];

describe("linspace", () => {
  test("is in even steps, with both ends exact and the middle symmetric", () => {
    for (const [start, end] of [[0, 1], [-3, 0.1], [5, -2], [1, 1]] as [number, number][]) // biome-ignore format: ends
      for (const n of [2, 3, 4, 11]) {
        const x = read(linspace(start, end, n, wide));
        x.forEach((v, i) => {
          expect(v).toBeCloseTo(start + (i * (end - start)) / (n - 1), 12);
        });
        expect([x[0], x[n - 1]]).toEqual([start, end]);
        expect([...read(linspace(end, start, n, wide))].reverse()).toEqual(x);
      }
  });
  test("of one number is its start, of none is empty, of integers truncates", () => {
    expect(read(linspace(3, 9, 1))).toEqual([3]);
    expect(linspace(3, 9, 0).shape).toEqual([0]);
    const whole = linspace(0, 10, 5, { dtype: "i32" });
    expect([whole.dtype, ...read(whole)]).toEqual(["i32", 0, 2, 5, 7, 10]);
  });
});

test("eye is 1 where row and column are equal", () => {
  expect(read(eye(2, 3))).toEqual([1, 0, 0, 0, 1, 0]);
  expect(eye(0).shape).toEqual([0, 0]);
  expect(eye(2, 2, { dtype: "bool" }).dtype).toBe("bool");
  expect(read(eye(3, 1))).toEqual([1, 0, 0]);
});

test("meshgrid has each vector along an axis of its own", () => {
  const others = [tensor([1, 2, 3]), tensor([4, 5])];
  const reads = (k: number) => (index: readonly number[]) => [index[k] as number];
  reading("first", (x) => meshgrid([x, ...others])[0] as Tensor, [4], [4, 3, 2], reads(0));
  reading("last", (x) => meshgrid([...others, x])[2] as Tensor, [4], [3, 2, 4], reads(2));
  const xy = { indexing: "xy" } as const;
  reading("x", (x) => meshgrid([x, ...others], xy)[0] as Tensor, [4], [3, 4, 2], reads(1));
  reading("y", (x) => meshgrid([others[0] as Tensor, x], xy)[1] as Tensor, [4], [4, 3], reads(0));
  expect(meshgrid([others[0] as Tensor], xy)[0]?.shape).toEqual([3]);
  expect(meshgrid([])).toEqual([]);
});

test.each(["f64", "i32", "u32", "u8"] as const)("oneHot of %s is 1 at the class", (dtype) => {
  const indices = tensor([[2, 0, 1], [3, 1, 1]], { dtype }); // biome-ignore format: rows
  const y = oneHot(indices, 3);
  expect([y.dtype, ...y.shape]).toEqual(["f32", 2, 3, 3]);
  const rows = [2, 0, 1, 3, 1, 1].flatMap((c) => [0, 1, 2].map((k) => Number(k === c)));
  expect(read(y)).toEqual(rows);
  expect(oneHot(indices, 3, { dtype: "bool" }).dtype).toBe("bool");
});
test("what is no class has no 1", () => {
  expect(read(oneHot(tensor([-1, 0.5, Number.NaN, 2]), 2))).toEqual(new Array(8).fill(0));
  expect(read(oneHot(tensor([255], { dtype: "u8" }), 256)).indexOf(1)).toBe(255);
});

test("tensors like another have its shape, dtype and device, unless said otherwise", () => {
  const x = tensor(new Int32Array(6), { shape: [2, 3] });
  for (const y of [zerosLike(x), onesLike(x), fullLike(x, 7)])
    expect([y.shape, y.dtype]).toEqual([[2, 3], "i32"]);
  expect(read(fullLike(x, 7))).toEqual([7, 7, 7, 7, 7, 7]);
  expect(zerosLike(x, { dtype: "f64" }).dtype).toBe("f64");
  for (const y of [randLike(x), randnLike(x)]) expect([y.shape, y.dtype]).toEqual([[2, 3], "f32"]);
  expect(randnLike(rand([2], wide)).dtype).toBe("f64");
});

test("lerp goes from one tensor to the other", () => {
  const { data } = apart([4]);
  const [x, y] = [tensor(data, wide), tensor([1, 1, 2, 2], wide)];
  expect(read(lerp(x, y, 0))).toEqual(read(x));
  expect(read(lerp(x, y, 1))).toEqual(read(y));
  expect(read(lerp(x, y, 0.25))[1]).toBeCloseTo(0.75 * (data[1] as number) + 0.25, 12);
  const inputs = [apart([2, 3]), apart([3], 2), apart([2, 1], 3)];
  checkVjp("lerp", (a, b, t) => lerp(a as Tensor, b as Tensor, t as Tensor), inputs);
});

describe("allClose", () => {
  const agree = (x: number[], y: number[], options = {}): boolean =>
    allClose(tensor(x, wide), tensor(y, wide), options).itemSync() === 1;
  test("allows a share of the second and an absolute distance", () => {
    expect(agree([1, 100], [1 + 1e-6, 100 + 1e-4])).toBe(true);
    expect(agree([1, 100], [1 + 1e-6, 100 + 1e-2])).toBe(false);
    expect(agree([0], [1e-9])).toBe(true);
    expect(agree([0], [1e-7])).toBe(false);
    expect(agree([0], [1e-7], { absolute: 1e-6 })).toBe(true);
    expect(agree([10], [11], { relative: 0.1 })).toBe(true);
    expect(agree([11.05], [10], { relative: 0.1 })).toBe(false);
  });
  test("takes equal infinities as close, others and NaN not", () => {
    expect(agree([Infinity, -Infinity], [Infinity, -Infinity])).toBe(true);
    expect(agree([Infinity], [-Infinity])).toBe(false);
    expect(agree([1], [Infinity])).toBe(false);
    expect(agree([Number.NaN], [Number.NaN])).toBe(false);
    expect(agree([Number.NaN, 1], [Number.NaN, 1], { equalNaN: true })).toBe(true);
    expect(agree([Number.NaN], [1], { equalNaN: true })).toBe(false);
  });
  test("is one truth value, of tensors that broadcast and of any dtype", () => {
    const y = allClose(tensor([[3], [3]], { dtype: "u32" }), tensor([3, 3]));
    expect([y.dtype, y.shape, y.itemSync()]).toEqual(["bool", [], 1]);
    expect(allClose(tensor([3], { dtype: "u8" }), tensor([4], { dtype: "u8" })).itemSync()).toBe(0);
    expect(allClose(tensor([]), tensor([])).itemSync()).toBe(1);
  });
});

const sizes =
  "give a list of whole numbers from 0 to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.";
refuses({
  grids: [
    [
      "a count that is no size",
      `ShapeError: linspace: [2.5] is not a shape: ${sizes}`,
      () => linspace(0, 1, 2.5),
    ],
    ["negative rows", `ShapeError: eye: [-1, -1] is not a shape: ${sizes}`, () => eye(-1)],
    [
      "a matrix among vectors",
      "ShapeError: meshgrid: [1, 1] has 2 axes; it takes vectors.",
      () => meshgrid([tensor([1]), tensor([[1]])]),
    ],
    [
      "an unknown order",
      'TensorError: meshgrid: indexing is "yx": give "ij" or "xy".',
      () => meshgrid([tensor([1])], { indexing: any("yx") }),
    ],
    [
      "classes that are no number",
      `ShapeError: oneHot: [NaN] is not a shape: ${sizes}`,
      () => oneHot(tensor([1]), Number.NaN),
    ],
    [
      "shapes that do not broadcast",
      "ShapeError: allClose: cannot broadcast [2] with [3]: axis 0 is 2 and 3 (must match, or be 1).",
      () => allClose(tensor([1, 2]), tensor([1, 2, 3])),
    ],
  ],
});
