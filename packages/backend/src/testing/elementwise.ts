/**
 * Module 3.34 — The plainest kernel: a formula at every place of some columns.
 */
import type { DType, Expr } from "@mt/operators";
import type { LoopKernel } from "../kernel.ts";
import type { Trial } from "./trial.ts";

export interface Column {
  readonly dtype: DType;
  readonly values: readonly number[];
}

/** The formula's arguments are the columns, all of one length; the result is one more. */
export function elementwise(body: Expr, columns: readonly Column[], extra = 0): Trial {
  const length = columns[0]?.values.length ?? 0;
  const line = { offset: 0, strides: [1] };
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: columns.map(({ dtype }, slot) => ({
      kind: "read",
      slot,
      dtype,
      ...line,
      guards: [],
      fill: 0,
    })),
    folds: [],
    stores: [{ slot: columns.length, dtype: body.dtype, inside: false, ...line, body }],
  };
  return {
    kernels: [kernel],
    slots: [
      ...columns.map(({ dtype, values }) => ({ role: "argument", dtype, values }) as const),
      { role: "result", dtype: body.dtype, length: length + extra },
    ],
    scalars: [],
  };
}

/** Every pair of values, as two columns. */
export const pairs = (x: readonly number[], y: readonly number[]): [number[], number[]] => [
  x.flatMap((a) => y.map(() => a)),
  x.flatMap(() => y),
];
