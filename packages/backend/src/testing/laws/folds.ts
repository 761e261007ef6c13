/** Module 3.42 — Laws of folding. */
import { argument, call, type DType, dtypes, type Expr, isFloat } from "@mt/operators";
import type { Combine, LoopKernel } from "../../kernel.ts";
import { integer, loopTrial, signOf } from "../arbitrary.ts";
import { exact, unit } from "../distance.ts";
import { agree, agreeOn, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";
import { sizes } from "./accesses.ts";

/** The four monoids of numbers and the two of bools. */
export function monoidsOf(dtype: DType): readonly Combine[] {
  const identities: Readonly<Record<string, number>> =
    dtype === "bool"
      ? { or: 0, and: 1 }
      : { add: 0, mul: 1, max: dtypes[dtype].lowest, min: dtypes[dtype].highest };
  return Object.entries(identities).map(([name, identity]) => ({
    name,
    combine: call(name, argument(0, dtype), argument(1, dtype)),
    identity,
  }));
}
/** The value itself, or a sign where products of it would not stay exact. */
export const foldable = ({ name }: Combine, dtype: DType): Expr => {
  const x = argument(0, dtype);
  return name === "mul" && isFloat(dtype) ? signOf(call("sub", x, 3)) : x;
};
export const plainValues = (length: number, dtype: DType): number[] =>
  Array.from({ length }, (_, i) => (dtype === "bool" ? Number(i % 5 === 0) : (i * 7) % 13));

/** One fold of each row. */
function foldTrial(
  monoid: Combine,
  dtype: DType,
  rows: number,
  values: readonly number[],
  body: Expr = foldable(monoid, dtype),
): Trial {
  const length = values.length / Math.max(1, rows);
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [rows],
    inner: [length],
    inputs: [
      { kind: "read", slot: 0, dtype, offset: 0, strides: [length, 1], guards: [], fill: 0 },
    ],
    folds: [{ monoid, body }],
    stores: [{ slot: 1, dtype, inside: false, offset: 0, strides: [1], body: argument(1, dtype) }],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values },
      { role: "result", dtype, length: rows },
    ],
    scalars: [],
  };
}

export const folds: readonly Law[] = [
  {
    name: "folds 0, 1, 17, 65 and 1025 values by every monoid in every dtype",
    check: async (subject) => {
      for (const dtype of subject.dtypes)
        for (const monoid of monoidsOf(dtype))
          for (const length of sizes)
            await agree(subject, foldTrial(monoid, dtype, 3, plainValues(3 * length, dtype)));
    },
  },
  {
    name: "folds many rows at once",
    check: async (subject) => {
      const [sum] = monoidsOf("f32") as [Combine];
      for (const [rows, length] of [
        [1025, 5],
        [65, 257],
        [1, 5000],
      ] as const)
        await agree(subject, foldTrial(sum, "f32", rows, plainValues(rows * length, "f32")));
    },
  },
  {
    name: "folds over any box, in any dtype, of any access",
    check: (subject) => agreeOn(subject, (known) => loopTrial({ dtypes: known, folds: [1, 1] })),
  },
  {
    name: "uses the results of earlier folds in later ones and in stores",
    check: (subject) =>
      agreeOn(subject, (known) =>
        loopTrial({
          dtypes: known,
          folds: [2, 3],
          inputs: ["strided", "scalar"],
          inner: (draw) => [integer(draw, 0, 40)],
        }),
      ),
  },
  {
    name: "lets NaN win in minimum and maximum, and infinities over all else",
    check: async (subject) => {
      if (!subject.stated.specials) return subject.account.skipped();
      const rows = [
        [1, Number.NaN, 2, 3],
        [Number.NaN, 1, 2, 3],
        [3, -Infinity, Infinity, 0],
        [-Infinity, -Infinity, -Infinity, -Infinity],
      ];
      for (const dtype of subject.dtypes.filter(isFloat))
        for (const monoid of monoidsOf(dtype).slice(2))
          await agree(subject, foldTrial(monoid, dtype, rows.length, rows.flat()));
    },
  },
  {
    name: "adds floats with no more rounding than it states",
    check: async (subject) => {
      const { sums } = subject.stated;
      for (const dtype of subject.dtypes.filter(isFloat))
        for (const length of [17, 1025, 20000]) {
          const values = Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 43.75);
          const [sum] = monoidsOf(dtype) as [Combine];
          const square = call("mul", argument(0, dtype), argument(0, dtype));
          const total = values.reduce((s, x) => s + x * x, 0);
          const allowed = { ...exact, absolute: sums * unit(total, dtype), stated: "sums" };
          await agree(subject, foldTrial(sum, dtype, 1, values, square), allowed);
        }
    },
  },
];
