/** Module 2 — Triangles and diagonals against the rows and columns they are defined by. */
import { record, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import { diag, realize, registerBackend, type Tensor, tensor, tril, triu } from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { reading, shapesOfRank } from "./indexed.ts";
import { refuses } from "./refusals.ts";

const device = record(referenceBackend());
registerBackend(device);
const offsets = [-9, -2, -1, 0, 1, 3, 9];
/** Column − row of the last two axes. */
const above = (index: readonly number[]): number =>
  (index.at(-1) as number) - (index.at(-2) as number);

test("triu keeps columns from row + offset on, tril columns up to it", () => {
  for (const shape of shapesOfRank(2))
    for (const k of offsets) {
      reading(
        `triu ${k}`,
        (x) => triu(x, k),
        shape,
        shape,
        (i) => (above(i) >= k ? i : null),
      );
      reading(
        `tril ${k}`,
        (x) => tril(x, k),
        shape,
        shape,
        (i) => (above(i) <= k ? i : null),
      );
    }
});
test("a triangle leaves nothing of what it drops, NaN and ∞ least of all", () => {
  const x = tensor([
    [Number.NaN, 1],
    [Infinity, 2],
  ]);
  expect(triu(x, 1).dataSync()).toEqual(Float32Array.of(0, 1, 0, 0));
});

test("diag of a vector has its elements on the diagonal", () => {
  for (const n of [0, 1, 4])
    for (const k of offsets.slice(1, -1)) {
      const size = n + Math.abs(k);
      reading(
        `diag ${k}`,
        (x) => diag(x, k),
        [n],
        [size, size],
        (index) => (above(index) === k ? [Math.min(...index)] : null),
      );
    }
});
test.each(["f64", "f32", "i32", "u32", "u8", "bool"] as const)("diag keeps %s", (dtype) => {
  const y = diag(tensor([1, 0], { dtype }));
  expect([y.dtype, ...y.dataSync()]).toEqual([dtype, 1, 0, 0, 0]);
});
test("diag of a matrix is its diagonal", () => {
  for (const [m, n] of [[3, 4], [4, 2], [1, 1], [0, 3]] as [number, number][]) // biome-ignore format: shapes
    for (const k of offsets) {
      const length = Math.max(0, Math.min(m - Math.max(0, -k), n - Math.max(0, k)));
      reading(
        `diag ${k}`,
        (x) => diag(x, k),
        [m, n],
        [length],
        ([i]) => [(i as number) + Math.max(0, -k), (i as number) + Math.max(0, k)],
      );
    }
});

test("trace adds up the diagonal of the last two axes", () => {
  const x = apart([2, 3, 4]);
  const y = tensor(new Float64Array(x.data), x).trace();
  const sum = (row: number): number =>
    [0, 5, 10].reduce((total, k) => total + (x.data[row * 12 + k] as number), 0);
  expect(y.shape).toEqual([2]);
  expect(y.dataSync()[0]).toBeCloseTo(sum(0), 12);
  expect(y.dataSync()[1]).toBeCloseTo(sum(1), 12);
  checkVjp("trace", (v) => (v as Tensor).trace(), [x]);
  expect(
    tensor([
      [true, false],
      [false, true],
    ] as never)
      .trace()
      .itemSync(),
  ).toBe(2);
});

test("triangles are one kernel with what they work on", () => {
  const x = tensor(new Float64Array(16), { shape: [4, 4] });
  for (const f of [(y: Tensor) => triu(y), (y: Tensor) => tril(y, 1).exp().sum()]) {
    realize();
    device.clear();
    realize(f(x.exp()));
    expect(device.kernels).toHaveLength(1);
  }
});

refuses({
  matrices: [
    [
      "a triangle of a vector",
      "ShapeError: triu: [2] has 1 axes; two or more are needed.",
      () => triu(tensor([1, 2])),
    ],
    [
      "an offset between diagonals",
      "TensorError: tril: an offset of 0.5 must be a whole number.",
      () => tril(tensor([[1]]), 0.5),
    ],
    [
      "diag of three axes",
      "ShapeError: diag: [1, 1, 1] has 3 axes; it takes a vector or a matrix; diagonal() takes more.",
      () => diag(tensor([[[1]]])),
    ],
    [
      "trace of a vector",
      "ShapeError: diagonal: axis -2 is out of range for [1]: axes go from -1 to 0.",
      () => tensor([1]).trace(),
    ],
  ],
});
