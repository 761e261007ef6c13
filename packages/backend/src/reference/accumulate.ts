/**
 * Module 3.10 — How the reference device folds.
 *
 * Sums and products of floats are carried in f64 and rounded to the fold's dtype once, at the end:
 * fewer roundings than any device makes, and the same ones whether a value was computed in one
 * kernel or in several. Every other fold combines in its own dtype, step by step; integers wrap.
 * The order is that of the inner box, the last axis fastest.
 */
import { type Expr, isFloat } from "@mt/operators";
import type { Combine } from "../kernel.ts";

const isArgument = (x: Expr | undefined, index: number, like: Expr): boolean =>
  x?.kind === "arg" && x.index === index && x.dtype === like.dtype;

/** The JavaScript sign of a fold that is carried in f64, else null. */
export function wideSign({ combine }: Combine): "+" | "*" | null {
  if (combine.kind !== "call" || !isFloat(combine.dtype)) return null;
  const sign = combine.primitive === "add" ? "+" : combine.primitive === "mul" ? "*" : null;
  const [x, y] = combine.args;
  const plain =
    (isArgument(x, 0, combine) && isArgument(y, 1, combine)) ||
    (isArgument(x, 1, combine) && isArgument(y, 0, combine));
  return plain ? sign : null;
}
