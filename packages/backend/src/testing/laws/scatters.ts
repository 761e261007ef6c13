/** Module 3.43 — Laws of scattering: stores at positions that are data. */
import { argument, type DType, dtypes } from "@mt/operators";
import fc from "fast-check";
import { check as checked } from "../../check.ts";
import type { Combine, Input, ScatterKernel } from "../../kernel.ts";
import {
  argumentSlot,
  chance,
  convert,
  type Draw,
  drafted,
  drawFormula,
  exactValues,
  finished,
  integer,
  pick,
  rowMajor,
  size,
} from "../arbitrary.ts";
import { agree, agreeOn, type Law, mustThrow } from "../law.ts";
import { runTrial, type Trial } from "../trial.ts";
import { monoidsOf } from "./folds.ts";

type Way = Combine | "set";
/** All ways to combine updates of a dtype; products of floats would leave what is exact. */
const waysOf = (dtype: DType): readonly Way[] => [
  "set",
  ...monoidsOf(dtype).filter(({ name }) => name !== "mul"),
];

/** Updates of elements of one row, combined in some way. */
export function rowTrial(
  way: Way,
  dtype: DType,
  base: readonly number[],
  positions: readonly number[],
  updates: readonly number[],
  by: DType = "i32",
): Trial {
  const line = { kind: "read", offset: 0, strides: [1], guards: [], fill: 0 } as const;
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer: [base.length],
    inner: [positions.length],
    inputs: [
      { ...line, slot: 0, dtype },
      { ...line, slot: 1, dtype: by },
      { ...line, slot: 2, dtype },
    ],
    base: 0,
    at: 1,
    stride: 1,
    extent: base.length,
    monoid: way,
    value: argument(2, dtype),
    target: { offset: 0, strides: [0] },
    store: { slot: 3, dtype, offset: 0, strides: [1] },
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: base },
      { role: "argument", dtype: by, values: positions },
      { role: "argument", dtype, values: updates },
      { role: "result", dtype, length: base.length + 1 },
    ],
    scalars: [],
  };
}
const few = (dtype: DType, values: readonly number[]): number[] =>
  dtype === "bool" ? values.map((x) => x % 2) : [...values];

/** A view: axes in any order, with gaps, from any offset. */
function drawPlaces(draw: Draw, box: readonly number[]): { offset: number; strides: number[] } {
  const order = box.map((_, axis) => axis);
  if (chance(draw, 50)) order.reverse();
  const step = integer(draw, 1, 2);
  const along = rowMajor(order.map((axis) => box[axis] as number));
  const strides = box.map((_, axis) => step * (along[order.indexOf(axis)] as number));
  return { offset: integer(draw, 0, 2), strides };
}

/**
 * Updates of rows along any axis of a box, into a view, from views: positions are one for a whole
 * slice or one for each element, and some of them are outside.
 */
function drawScatter(draw: Draw, known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const way = pick(draw, waysOf(dtype));
  const outer = Array.from({ length: integer(draw, 1, 3) }, () => integer(draw, 1, 4));
  const axis = integer(draw, 0, outer.length - 1);
  const extent = chance(draw, 5) ? 0 : (outer[axis] as number);
  const inner = outer.with(axis, integer(draw, 0, 6));
  const draft = drafted(draw, known, outer, inner);
  const view = (box: readonly number[], as: DType, values?: readonly number[]): Input => {
    const { offset, strides } = drawPlaces(draw, box);
    const length = offset + 2 * size(box) + 2;
    const slot = argumentSlot(draft, as, length);
    if (values)
      draft.slots[slot] = {
        role: "argument",
        dtype: as,
        values: Array.from({ length }, (_, i) => values[i % values.length] as number),
      };
    return { kind: "read", slot, dtype: as, offset, strides, guards: [], fill: 0 };
  };
  const integers = known.filter((x) => dtypes[x].kind === "integer");
  const by = integers.length ? pick(draw, integers) : "i32";
  const spread = exactValues(draw, "i32", 17).map((x) => (((x % 7) + 7) % 7) - 1);
  const positions = view(
    inner,
    by,
    spread.map((x) => Math.max(dtypes[by].lowest, x)),
  );
  const whole = { ...positions, strides: outer.map((_, i) => Number(i === axis)) } as Input;
  const guard = { offset: -1, strides: inner.map((_, i) => Number(i === axis)), extent: 3 };
  const update = view(inner, dtype) as Extract<Input, { kind: "read" }>;
  const scalar = draft.scalars.push({ dtype, value: exactValues(draw, dtype, 1)[0] as number }) - 1;
  const inputs: Input[] = [
    chance(draw, 20) ? { kind: "scalar", dtype, index: scalar } : view(outer, dtype),
    chance(draw, 50) ? whole : positions,
    chance(draw, 30) ? { ...update, guards: [guard], fill: 1 } : update,
    { kind: "index", dtype: "i32", offset: 0, strides: inner.map(() => 1) },
  ];
  const places = drawPlaces(draw, outer);
  const slot = draft.slots.push({
    role: "result",
    dtype,
    length: places.offset + 2 * size(outer) + 2,
  });
  const from = [argument(2, dtype), argument(3, "i32")];
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer,
    inner,
    inputs,
    base: 0,
    at: 1,
    stride: places.strides[axis] as number,
    extent,
    monoid: way,
    value: convert(drawFormula(draw, from, dtype, 1), dtype),
    target: { offset: places.offset, strides: places.strides.with(axis, 0) },
    store: { slot: slot - 1, dtype, ...places },
  };
  return finished({ ...draft, inputs }, kernel);
}

export const scatters: readonly Law[] = [
  {
    name: "copies the base where there are no updates, and gives nothing for an empty base",
    check: async (subject) => {
      for (const dtype of subject.dtypes) {
        await agree(subject, rowTrial("set", dtype, few(dtype, [4, 5, 6]), [], []));
        await agree(subject, rowTrial("set", dtype, [], [0, 1], few(dtype, [7, 8])));
      }
    },
  },
  {
    name: "combines updates of one place in every way and every dtype; the last that is set wins",
    check: async (subject) => {
      for (const dtype of subject.dtypes)
        for (const way of waysOf(dtype)) {
          const base = few(dtype, [3, 3, 3, 3]);
          const updates = few(dtype, [5, 1, 7, 2, 4, 9]);
          await agree(subject, rowTrial(way, dtype, base, [2, 0, 2, 3, 0, 2], updates));
        }
    },
  },
  {
    name: "combines in ascending order, rounding at each step",
    check: async (subject) => {
      const [sum] = monoidsOf("f32") as [Combine];
      // 2²⁴ swallows a 1 that comes after it; −2²⁴ brings back what came before
      const updates = [1, 2 ** 24, 1, 1, -(2 ** 24), 1, 3, 2 ** 25, 1, -(2 ** 25), 1];
      const positions = updates.map((_, i) => i % 2);
      const same = updates.map(() => 0);
      await agree(subject, rowTrial(sum, "f32", [0, 0], same, updates));
      await agree(subject, rowTrial(sum, "f32", [1, 0], positions, updates));
    },
  },
  {
    name: "drops updates outside, by every integer dtype, however far",
    check: async (subject) => {
      const far = [-1, 3, 4, 255, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1, 2 ** 32 - 2];
      for (const by of subject.dtypes) {
        const { kind, lowest, highest } = dtypes[by];
        if (kind !== "integer") continue;
        const positions = [...far.filter((x) => lowest <= x && x <= highest), 1];
        const updates = positions.map((_, i) => i + 10);
        for (const way of waysOf("f32"))
          await agree(subject, rowTrial(way, "f32", [1, 2, 3], positions, updates, by));
      }
    },
  },
  {
    name: "scatters along any axis, from views into views, what formulas give",
    check: (subject) =>
      agreeOn(subject, (known) => fc.gen().map((draw) => drawScatter(draw, known))),
  },
  {
    name: "combines 1025 updates by every way",
    check: async (subject) => {
      const positions = Array.from({ length: 1025 }, (_, i) => (i * 37) % 70);
      const updates = positions.map((_, i) => (i * 11) % 29);
      const base = new Array<number>(65).fill(1);
      for (const way of waysOf("i32"))
        await agree(subject, rowTrial(way, "i32", base, positions, updates));
    },
  },
  {
    name: "tells of updates outside when it is checked",
    check: async ({ backend, account }) => {
      const device = checked(backend);
      await runTrial(device, rowTrial("set", "f32", [1, 2], [1, 0], [5, 6]));
      await mustThrow("an update outside", "index-out-of-range", () =>
        runTrial(device, rowTrial("set", "f32", [1, 2], [1, 2], [5, 6])),
      );
      account.held();
    },
  },
];
