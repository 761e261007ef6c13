/** Module 2.22a — Selected by value: against lists, on devices with and without sorting. */
import { check, record, referenceBackend } from "@mt/backend";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  eager,
  grad,
  maskedSelect,
  realize,
  type Tensor,
  tensor,
  unique,
  vmap,
  zeros,
} from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { devices } from "./plain.ts";
import { any, refuses } from "./refusals.ts";

const read = (x: Tensor): number[] => [...x.dataSync()];
const f64 = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor =>
  tensor(Float64Array.from(data), { shape });
const filled = (list: readonly number[], size: number, fill: number): number[] =>
  Array.from({ length: size }, (_, k) => list[k] ?? fill);

const lists = fc.array(
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e-300, 2.5),
  ),
  { maxLength: 12 },
);
const sizes = fc.integer({ min: 0, max: 14 });

describe.each(Object.entries(devices))("on the %s device", (_, own) => {
  // whatever it reads or writes lies within its bounds
  const backend = check(own);
  const of = (data: readonly number[]): Tensor => tensor(Float64Array.from(data), { backend });

  test("maskedSelect keeps what the mask has, as far as there is room", () =>
    fc.assert(
      fc.property(lists, fc.integer(), sizes, (data, salt, size) => {
        const mask = data.map((_, i) => ((i * 7 + salt) % 3 === 0 ? 0 : 1));
        const kept = data.filter((_, i) => mask[i] === 1);
        const y = maskedSelect(of(data), of(mask), { size, fill: 9 });
        expect(y.shape).toEqual([size]);
        expect(read(y)).toEqual(filled(kept, size, 9));
      }),
      { numRuns: 60 },
    ));

  test("unique has every value once, in order, with its count; NaN is one value", () =>
    fc.assert(
      fc.property(lists, sizes, (data, size) => {
        const same = (a: number, b: number): boolean => a === b || Object.is(a, b);
        const nan = (v: number): number => Number(Number.isNaN(v));
        const sorted = [...data].sort((a, b) => (a < b ? -1 : a > b ? 1 : nan(a) - nan(b)));
        const once = sorted.filter((v, k) => k === 0 || !same(v, sorted[k - 1] as number));
        const { values, counts, inverse } = unique(of(data), { size, fill: 9 });
        expect(read(values).map((v) => v + 0)).toEqual(filled(once, size, 9).map((v) => v + 0));
        const often = once.map((v) => data.filter((w) => same(v, w)).length);
        expect(read(counts)).toEqual(filled(often, size, 0));
        expect(read(inverse)).toEqual(data.map((v) => once.findIndex((w) => same(v, w))));
      }),
      { numRuns: 60 },
    ));

  test("every dtype keeps its own", () => {
    for (const dtype of ["bool", "u8", "i32", "u32", "f32", "f64"] as const) {
      const x = tensor([3, 0, 2, 0, 3], { dtype, backend });
      const once = dtype === "bool" ? [0, 1] : [0, 2, 3];
      const { values } = unique(x, { size: 4, fill: 1 });
      expect([values.dtype, ...read(values)]).toEqual([dtype, ...filled(once, 4, 1)]);
      const y = maskedSelect(x, x, { size: 4 });
      const kept = dtype === "bool" ? [1, 1, 1, 0] : [3, 2, 3, 0];
      expect([y.dtype, ...read(y)]).toEqual([dtype, ...kept]);
    }
  });
});

test("a mask of fewer axes selects what it is repeated over, in row-major order", () => {
  const x = f64([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(read(maskedSelect(x, tensor([true, false, true]), { size: 4 }))).toEqual([1, 3, 4, 6]);
  expect(read(maskedSelect(tensor(7), x.gt(4), { size: 3 }))).toEqual([7, 7, 0]);
});

test("gradients go back to what was selected, and nowhere else", () => {
  checkVjp("maskedSelect", (x) => maskedSelect(x as Tensor, f64([1, 0, 1, 1]), { size: 3 }), [
    apart([4]),
  ]);
  checkVjp(
    "maskedSelect of its own",
    (x) => maskedSelect((x as Tensor).square(), (x as Tensor).gt(0), { size: 5, fill: 2 }),
    [apart([2, 4])],
  );
  checkVjp("unique", (x) => unique((x as Tensor).square(), { size: 4 }).values, [apart([5])]);
  // of equal values, the first
  const sum = (x: Tensor): Tensor => unique(x, { size: 3 }).values.sum();
  expect(read(grad(sum)(f64([2, 1, 2, 1])))).toEqual([1, 1, 0, 0]);
});

test("vmap selects for each example", () => {
  const x = f64([1, 2, 1, 5, 5, 0], [2, 3]);
  const each = vmap((row: Tensor) => unique(row, { size: 3, fill: 7 }))(x);
  expect([each.values, each.counts, each.inverse].map(read)).toEqual([
    [1, 2, 7, 0, 5, 7],
    [2, 1, 0, 1, 2, 0],
    [0, 1, 0, 1, 1, 0],
  ]);
  const large = vmap((row: Tensor) => maskedSelect(row, row.gt(1), { size: 2 }))(x);
  expect(read(large)).toEqual([2, 0, 5, 5]);
});

test("counts and places cost nothing unless they are read, and can be read later", () => {
  const backend = record(referenceBackend());
  const x = tensor([3, 1, 3, 2], { backend });
  const made = (f: () => unknown): number => {
    realize(x);
    backend.clear();
    f();
    return backend.kernels.length;
  };
  const { values, counts } = unique(x, { size: 3 });
  const alone = made(() => read(values));
  expect(made(() => read(counts))).toBeGreaterThan(0);
  const all = made(() => {
    const { values: v, counts: c, inverse } = unique(x, { size: 3 });
    realize(v, c, inverse);
  });
  expect(alone).toBeLessThan(all);
  expect(read(counts)).toEqual([1, 1, 2]);
});

test("eagerly the same", () => {
  const f = (): number[] => {
    const { values, counts, inverse } = unique(f64([4, 2, 4]), { size: 2 });
    return [values, counts, inverse].flatMap(read);
  };
  expect(eager(f)).toEqual(f());
});

refuses({
  sizes: [
    [
      "none",
      "TensorError: maskedSelect: size undefined must be a whole number ≥ 0.",
      () => maskedSelect(zeros([2]), zeros([2]), any({})),
    ],
    [
      "negative",
      "TensorError: unique: size -1 must be a whole number ≥ 0.",
      () => unique(zeros([2]), { size: -1 }),
    ],
  ],
  masks: [
    [
      "of another shape",
      "ShapeError: maskedSelect: cannot broadcast [2] with [3]: axis 0 is 2 and 3 (must match, or be 1).",
      () => maskedSelect(zeros([2]), zeros([3]), { size: 1 }),
    ],
    [
      "that are lists",
      "TensorError: maskedSelect: takes a tensor and was given a list: tensor() makes one.",
      () => maskedSelect(zeros([2]), any([true, false]), { size: 1 }),
    ],
  ],
});
