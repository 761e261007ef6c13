/** Module 3.29 — Laws of folding. */
import { argument, call, type DType, dtypes, type Expr, isFloat } from "@mt/operators";
import type { LoopKernel } from "../../kernel.ts";
import { integer, loopTrial, signOf } from "../arbitrary.ts";
import { agree, agreeOn, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";
import { sizes } from "./accesses.ts";

/** The four monoids of numbers and the two of bools, with their values over nothing. */
const identities = (dtype: DType): Readonly<Record<string, number>> =>
  dtype === "bool"
    ? { or: 0, and: 1 }
    : { add: 0, mul: 1, max: dtypes[dtype].lowest, min: dtypes[dtype].highest };

/** One fold over an axis of `length`, for each of `rows` points. */
function foldTrial(name: string, dtype: DType, rows: number, length: number): Trial {
  const x: Expr = argument(0, dtype);
  const combine = call(name, argument(0, dtype), argument(1, dtype));
  const body = name === "mul" && isFloat(dtype) ? signOf(call("sub", x, 3)) : x;
  const values = Array.from({ length: rows * length }, (_, i) =>
    dtype === "bool" ? Number(i % 5 === 0) : (i * 7) % 13,
  );
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [rows],
    inner: [length],
    inputs: [
      { kind: "read", slot: 0, dtype, offset: 0, strides: [length, 1], guards: [], fill: 0 },
    ],
    folds: [{ monoid: { name, combine, identity: identities(dtype)[name] as number }, body }],
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
        for (const name of Object.keys(identities(dtype)))
          for (const length of sizes) await agree(subject, foldTrial(name, dtype, 3, length));
    },
  },
  {
    name: "folds many rows at once",
    check: async (subject) => {
      for (const [rows, length] of [
        [1025, 5],
        [65, 257],
        [1, 5000],
      ] as const)
        await agree(subject, foldTrial("add", "f32", rows, length));
    },
  },
  {
    name: "folds over any box, in any dtype, of any access",
    check: (subject) => agreeOn(subject, loopTrial({ dtypes: subject.dtypes, folds: [1, 1] })),
  },
  {
    name: "uses the results of earlier folds in later ones and in stores",
    check: (subject) =>
      agreeOn(
        subject,
        loopTrial({
          dtypes: subject.dtypes,
          folds: [2, 3],
          inputs: ["strided", "scalar"],
          inner: (draw) => [integer(draw, 0, 40)],
        }),
      ),
  },
];
