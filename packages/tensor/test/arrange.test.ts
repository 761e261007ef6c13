/** Module 2 — Pieces, copies and paddings, each against the index it reads. */
import { record, referenceBackend } from "@mt/backend";
import { describe, expect, test } from "vitest";
import {
  chunk,
  pad,
  realize,
  registerBackend,
  repeat,
  repeatInterleave,
  roll,
  split,
  type Tensor,
  tensor,
  tile,
} from "../src/index.ts";
import { reading, shapes, shapesOfRank } from "./indexed.ts";
import { any, refuses } from "./refusals.ts";

const device = record(referenceBackend());
registerBackend(device);
const axesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => axis);
const modulo = (i: number, n: number): number => ((i % n) + n) % n;

test("at reads what stands at positions of the first axes", () => {
  for (const shape of shapesOfRank(1)) {
    if (shape.includes(0)) continue;
    const last = shape.map((n) => n - 1);
    for (let count = 0; count <= shape.length; count++)
      reading(
        `at ${last.slice(0, count)}`,
        (x) => x.at(...last.slice(0, count).map((i, k) => (k % 2 ? i : -1))),
        shape,
        shape.slice(count),
        (index) => [...last.slice(0, count), ...index],
      );
  }
});
test("flatten makes one axis of several", () => {
  const x = tensor(new Float64Array(120), { shape: [2, 3, 4, 5] });
  expect(x.flatten().shape).toEqual([120]);
  expect(x.flatten(1).shape).toEqual([2, 60]);
  expect(x.flatten(-3, -2).shape).toEqual([2, 12, 5]);
  expect(x.flatten(2, 2).node).toBe(x.node);
  expect(tensor(7).flatten().shape).toEqual([1]);
  expect(tensor([]).flatten().shape).toEqual([0]);
});

test("split cuts an axis into pieces that begin where the last one ended", () => {
  for (const shape of shapesOfRank(1))
    for (const axis of axesOf(shape)) {
      const n = shape[axis] as number;
      for (const sizes of [[n], [0, n], [Math.floor(n / 2), 0, Math.ceil(n / 2)]]) {
        let start = 0;
        sizes.forEach((size, k) => {
          const begin = start;
          start += size;
          reading(
            `piece ${k} of ${sizes}`,
            (x) => split(x, sizes, axis)[k] as Tensor,
            shape,
            shape.with(axis, size),
            (index) => index.with(axis, (index[axis] as number) + begin),
          );
        });
      }
    }
});
test("pieces of one size are all of that size but the last", () => {
  const sizesOf = (list: readonly Tensor[]): number[] => list.map((x) => x.size);
  const x = tensor([0, 1, 2, 3, 4, 5, 6]);
  expect(sizesOf(split(x, 3))).toEqual([3, 3, 1]);
  expect(sizesOf(split(x, 7))).toEqual([7]);
  expect(sizesOf(split(x, 9))).toEqual([7]);
  expect(sizesOf(chunk(x, 3))).toEqual([3, 3, 1]);
  expect(sizesOf(chunk(x, 5))).toEqual([2, 2, 2, 1]);
  expect(sizesOf(chunk(x, 99))).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(sizesOf(chunk(tensor([]), 2))).toEqual([0]);
  expect([...(chunk(x, 3)[1] as Tensor).dataSync()]).toEqual([3, 4, 5]);
});

test("roll reads so many elements before, round the end", () => {
  for (const shape of shapesOfRank(1))
    for (const axis of axesOf(shape))
      for (const shift of [0, 1, -1, 3, -17]) {
        const n = shape[axis] as number;
        const before = (index: readonly number[]) =>
          index.with(axis, modulo((index[axis] as number) - shift, n));
        reading(
          `roll ${shift} ${axis}`,
          (x) => roll(x, shift, axis - shape.length),
          shape,
          shape,
          before,
        );
      }
});
test("roll of several axes rolls each; without axes the elements in row-major order", () => {
  reading(
    "both",
    (x) => roll(x, [1, -1], [0, 1]),
    [3, 4],
    [3, 4],
    ([i, j]) => [modulo((i as number) - 1, 3), modulo((j as number) + 1, 4)],
  );
  reading(
    "one shift",
    (x) => roll(x, 2, [0, 1]),
    [3, 4],
    [3, 4],
    ([i, j]) => [modulo((i as number) - 2, 3), modulo((j as number) - 2, 4)],
  );
  reading(
    "flat",
    (x) => roll(x, 5),
    [3, 4],
    [3, 4],
    ([i, j]) => {
      const place = modulo(4 * (i as number) + (j as number) - 5, 12);
      return [Math.floor(place / 4), place % 4];
    },
  );
});

test("tile and repeat read modulo the sizes", () => {
  for (const shape of shapes)
    for (const repetitions of [[], [2], [3, 1], [0, 2], [2, 1, 2], [1, 1, 2, 1, 3]]) {
      const rank = Math.max(shape.length, repetitions.length);
      const sizes = [...new Array(rank - shape.length).fill(1), ...shape];
      const times = [...new Array(rank - repetitions.length).fill(1), ...repetitions];
      const to = sizes.map((n, k) => n * times[k]);
      const reads = (index: readonly number[]) =>
        index.map((i, k) => i % sizes[k]).slice(rank - shape.length);
      reading(`tile ${repetitions}`, (x) => tile(x, ...repetitions), shape, to, reads);
      if (repetitions.length >= shape.length)
        reading(`repeat ${repetitions}`, (x) => repeat(x, ...repetitions), shape, to, reads);
    }
});
test("repeatInterleave reads each element so many times in a row", () => {
  for (const shape of shapesOfRank(1))
    for (const axis of axesOf(shape))
      for (const times of [0, 1, 3])
        reading(
          `repeatInterleave ${times}`,
          (x) => repeatInterleave(x, times, axis),
          shape,
          shape.with(axis, (shape[axis] as number) * times),
          (index) => index.with(axis, Math.floor((index[axis] as number) / times)),
        );
  reading(
    "flat",
    (x) => repeatInterleave(x, 2),
    [2, 3],
    [12],
    ([i]) => {
      const place = Math.floor((i as number) / 2);
      return [Math.floor(place / 3), place % 3];
    },
  );
});

const outside = {
  reflect: (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  replicate: (i: number, n: number) => Math.min(n - 1, Math.max(0, i)),
  circular: (i: number, n: number) => modulo(i, n),
};
describe.each(Object.entries(outside))("padding by %s", (mode, place) => {
  const by = mode as keyof typeof outside;
  test("reads the tensor's own elements", () => {
    for (const shape of shapesOfRank(1)) {
      if (shape.includes(0)) continue;
      const most = (n: number): number => (by === "reflect" ? n - 1 : by === "circular" ? n : 3);
      const widths = shape.map(
        (n, k) => [Math.min(most(n), k % 2 ? 2 : 1), Math.min(most(n), k % 3 ? 0 : 2)] as const,
      );
      for (const first of [0, shape.length - 1]) {
        const used = widths.slice(first);
        const before = (k: number) =>
          (k < first ? 0 : (widths[k] as readonly number[])[0]) as number;
        const to = shape.map((n, k) =>
          k < first ? n : n + (widths[k]?.[0] ?? 0) + (widths[k]?.[1] ?? 0),
        );
        reading(
          `${by} ${JSON.stringify(used)}`,
          (x) => pad(x, used, by),
          shape,
          to,
          (index) => index.map((i, k) => place(i - before(k), shape[k] as number)),
        );
      }
    }
  });
  test("by nothing changes nothing, an axis without elements either", () => {
    const x = tensor([[1, 2]]);
    expect(pad(x, [[0, 0]], by).node).toBe(x.node);
    expect(pad(tensor([]), [[0, 0]], by).shape).toEqual([0]);
  });
});

test("copies and rolls fuse with what makes and what takes their elements", () => {
  const x = tensor(new Float64Array(12), { shape: [3, 4] });
  for (const f of [
    (y: Tensor) => tile(y, 2, 2),
    (y: Tensor) => repeatInterleave(y, 3, 0),
    (y: Tensor) => split(y, 2)[0] as Tensor,
  ]) {
    realize();
    device.clear();
    realize(f(x).exp().sum());
    expect(device.kernels.length).toBeLessThanOrEqual(2);
  }
});

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
refuses({
  positions: [
    [
      "that are not there",
      "ShapeError: at: [2, 3]: index 3 is out of range for axis 1 of 3.",
      () => x.at(0, 3),
    ],
    ["too many", "ShapeError: at: [2, 3] has 2 axes; 3 indices are too many.", () => x.at(0, 0, 0)],
    [
      "the wrong way round",
      "TensorError: flatten: axis 0 comes before axis 1.",
      () => x.flatten(1, 0),
    ],
  ],
  pieces: [
    [
      "sizes that do not add up",
      "ShapeError: split: [2, 3]: sizes [1, 1] add up to 2, not to 3.",
      () => split(x, [1, 1], 1),
    ],
    [
      "a size of 0",
      "TensorError: split: a size of 0 must be a whole number ≥ 1.",
      () => split(x, 0),
    ],
    [
      "no pieces",
      "TensorError: chunk: a number of 0 must be a whole number ≥ 1.",
      () => chunk(x, 0),
    ],
    [
      "an axis that is not there",
      "ShapeError: chunk: axis 2 is out of range for [2, 3]: axes go from -2 to 1.",
      () => chunk(x, 2, 2),
    ],
  ],
  rolls: [
    [
      "a fraction",
      "TensorError: roll: a shift of 0.5 must be a whole number.",
      () => roll(x, 0.5, 0),
    ],
    [
      "several without axes",
      "TensorError: roll: several shifts [1, 2] need as many axes.",
      () => roll(x, [1, 2]),
    ],
    [
      "fewer than axes",
      "TensorError: roll: 1 shifts do not go with 2 axes.",
      () => roll(x, [1], [0, 1]),
    ],
  ],
  copies: [
    [
      "negative",
      "TensorError: tile: a repetition -1 must be a whole number ≥ 0.",
      () => tile(x, -1),
    ],
    [
      "fewer than axes",
      "ShapeError: repeat: [2, 3] has 2 axes; [2] needs a number for each.",
      () => repeat(x, 2),
    ],
    [
      "no number",
      "TensorError: repeatInterleave: a repetition undefined must be a whole number ≥ 0.",
      () => repeatInterleave(x, any(undefined)),
    ],
  ],
  padding: [
    [
      "an unknown mode",
      'TensorError: pad: "mirror": give a number, reflect, replicate, circular.',
      () => pad(x, [[1, 1]], any("mirror")),
    ],
    [
      "a mode for the method of numbers",
      "TensorError: pad: reflect is no number: the function pad() takes modes.",
      () => x.pad([[1, 1]], any("reflect")),
    ],
    [
      "wider than there are elements to mirror",
      'ShapeError: pad: [2, 3]: [3, 0] on axis 1 of 3: "reflect" takes at most 2 elements.',
      () => pad(x, [[3, 0]], "reflect"),
    ],
    [
      "of nothing with its outermost element",
      'ShapeError: pad: [0]: [1, 0] on axis 0 of 0: "replicate" takes at most 0 elements.',
      () => pad(tensor([]), [[1, 0]], "replicate"),
    ],
    [
      "a negative width",
      "TensorError: pad: widths -1,0 of [2, 3] must be pairs of whole numbers from 0, at most one for each axis; slice() cuts off.",
      () => pad(x, [[-1, 0]], "circular"),
    ],
  ],
});
