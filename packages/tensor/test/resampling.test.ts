/** Module 4 — Images at other sizes and windows put back, each against a loop over its elements. */
import { record, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import { fold, interpolate, realize, registerBackend, type Tensor, tensor } from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { reading } from "./indexed.ts";
import { indicesOf } from "./oracle.ts";
import { any, refuses } from "./refusals.ts";

const device = record(referenceBackend());
registerBackend(device);
const f64 = (shape: readonly number[]): Tensor =>
  tensor(new Float64Array(apart(shape).data), { shape });

const targets = [
  [4, 6],
  [2, 3],
  [1, 1],
  [6, 9],
  [3, 4],
  [5, 7],
  [11, 2],
] as const;
const shapes = [
  [2, 3],
  [4, 6],
  [2, 1, 4, 5],
  [1, 1],
];

test("nearest reads the element at the same share of the way, rounded down", () => {
  for (const shape of shapes)
    for (const size of targets) {
      const [h, w] = shape.slice(-2) as [number, number];
      const to = [...shape.slice(0, -2), ...size];
      reading(
        `nearest ${shape} to ${size}`,
        (x) => interpolate(x, { size }),
        shape,
        to,
        (index) => [
          ...index.slice(0, -2),
          Math.floor(((index.at(-2) as number) * h) / size[0]),
          Math.floor(((index.at(-1) as number) * w) / size[1]),
        ],
      );
    }
});
test("nearest passes on infinities and NaN where they are, and nowhere else", () => {
  const x = tensor([[Infinity, 1, Number.NaN]]);
  expect([...interpolate(x, { size: [1, 2] }).dataSync()]).toEqual([Infinity, 1]);
});

/** Two neighbors of where place i of `to` lies among `from`, and the share of the second. */
function between(i: number, from: number, to: number, corners: boolean): [number, number, number] {
  const step = corners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const at = corners ? step * i : Math.min(from - 1, Math.max(0, (i + 0.5) * step - 0.5));
  const low = Math.min(from - 1, Math.floor(at));
  return [low, Math.min(from - 1, low + 1), at - low];
}
test.each([false, true])(
  "bilinear weighs four neighbors by distance (corners: %s)",
  (alignCorners) => {
    for (const shape of shapes)
      for (const size of targets) {
        const [h, w] = shape.slice(-2) as [number, number];
        const x = f64(shape);
        const data = x.dataSync();
        const y = interpolate(x, { size, mode: "bilinear", alignCorners });
        expect(y.shape).toEqual([...shape.slice(0, -2), ...size]);
        const values = y.dataSync();
        let n = 0;
        for (const index of indicesOf(y.shape)) {
          const image = Math.floor(n / (size[0] * size[1])) * h * w;
          const [i, j] = index.slice(-2) as [number, number];
          const [a, b, t] = between(i, h, size[0], alignCorners);
          const [c, d, s] = between(j, w, size[1], alignCorners);
          const at = (row: number, column: number) => data[image + row * w + column] as number;
          const upper = at(a, c) * (1 - s) + at(a, d) * s;
          const lower = at(b, c) * (1 - s) + at(b, d) * s;
          expect(values[n++]).toBeCloseTo(upper * (1 - t) + lower * t, 10);
        }
      }
    const f = (x: Tensor) => interpolate(x, { size: [5, 2], mode: "bilinear", alignCorners });
    checkVjp("bilinear", f, [apart([2, 3, 4])]);
  },
);
test("a scale is a size, rounded down", () => {
  expect(interpolate(f64([3, 4]), { scale: 2 }).shape).toEqual([6, 8]);
  expect(interpolate(f64([3, 4]), { scale: [0.5, 1.6] }).shape).toEqual([1, 6]);
});
test("the matrices of bilinear are products' operands, not data", () => {
  const x = f64([2, 8, 8]);
  realize();
  device.clear();
  realize(interpolate(x, { scale: 2, mode: "bilinear" }));
  expect(device.kernels.filter(({ kind }) => kind === "contract").length).toBeLessThanOrEqual(2);
  expect(device.kernels.length).toBeLessThanOrEqual(4);
});

test("fold adds up windows where unfold took them", () => {
  for (const shape of [[5], [2, 6], [3, 4, 2], [1, 7, 1]])
    for (const [axis, n] of shape.entries())
      for (const [size, step, dilation] of [
        [1, 1, 1],
        [2, 1, 1],
        [2, 2, 1],
        [2, 3, 2],
        [3, 1, 2],
      ] as const) {
        // biome-ignore format: windows
        if (dilation * (size - 1) + 1 > n) continue;
        const x = f64(shape);
        const windows = x.unfold(axis, size, step, dilation);
        const y = fold(windows, axis, n, step, dilation);
        expect(y.shape).toEqual(shape);
        const expected = new Array<number>(x.size).fill(0);
        const strides = shape.map((_, k) => shape.slice(k + 1).reduce((p, s) => p * s, 1));
        const values = windows.dataSync();
        let at = 0;
        for (const index of indicesOf(windows.shape)) {
          const inside = index.at(-1) as number;
          const place = index
            .slice(0, -1)
            .map((i, k) => (k === axis ? i * step + inside * dilation : i))
            .reduce((p, i, k) => p + i * (strides[k] as number), 0);
          expected[place] = (expected[place] as number) + (values[at++] as number);
        }
        [...y.dataSync()].forEach((v, i) => {
          expect(v).toBeCloseTo(expected[i] as number, 12);
        });
      }
  checkVjp("fold", (x) => fold(x, 0, 6, 2, 1), [apart([3, 2])]);
  checkVjp("fold overlapping", (x) => fold(x, 1, 5), [apart([2, 4, 2])]);
});

const x = tensor([[1, 2]]);
refuses({
  interpolate: [
    [
      "a vector",
      "ShapeError: interpolate: [1] has 1 axes; two or more are needed.",
      () => interpolate(tensor([1]), { size: 2 }),
    ],
    [
      "neither size nor scale",
      "TensorError: interpolate: give size or scale, one of the two.",
      () => interpolate(x, {}),
    ],
    [
      "no elements",
      "ShapeError: interpolate: [0, 1]: the image has no elements.",
      () => interpolate(tensor(new Float32Array(0), { shape: [0, 1] }), { size: 2 }),
    ],
    [
      "a size of 0",
      "TensorError: interpolate: size 0 must be a whole number ≥ 1.",
      () => interpolate(x, { size: 0 }),
    ],
    [
      "a scale that leaves nothing",
      "TensorError: interpolate: size 0 must be a whole number ≥ 1.",
      () => interpolate(x, { scale: 0.5 }),
    ],
    [
      "an unknown mode",
      'TensorError: interpolate: "cubic": give nearest or bilinear.',
      () => interpolate(x, { size: 2, mode: any("cubic") }),
    ],
  ],
  fold: [
    [
      "windows that do not fill the length",
      "ShapeError: fold: [1, 2]: an axis of 5 has 4 windows of 2 (step 1, dilation 1), and there are 1.",
      () => fold(x, 0, 5),
    ],
    [
      "no axis inside the windows",
      "ShapeError: fold: [2] has 1 axes; an axis of windows and one inside them.",
      () => fold(tensor([1, 2]), 0, 2),
    ],
    [
      "a step of 0",
      "TensorError: fold: 0 is no step or dilation: use 1, 2, …",
      () => fold(x, 0, 2, 0),
    ],
  ],
});
