/**
 * Module 3.10a — How the reference device folds.
 *
 * Sums and products of floats are carried in f64 and rounded to the fold's dtype once, at the end:
 * fewer roundings than any device makes, and the same ones whether a value was computed in one
 * kernel or in several. Every other fold combines in its own dtype, step by step; integers wrap.
 * The order is that of the inner box, the last axis fastest.
 */
import { isFloat } from "@mt/operators";
import type { Combine } from "../kernel.ts";

const signs: Readonly<Record<string, "+" | "*">> = { add: "+", mul: "*" };

/** The JavaScript sign of a fold that is carried in f64, if it is one. */
export function wideSign({ combine }: Combine): "+" | "*" | undefined {
  if (combine.kind !== "call" || !isFloat(combine.dtype)) return undefined;
  const { args, dtype, primitive } = combine;
  const plain = args.every((x) => x.kind === "arg" && x.dtype === dtype) && args[0] !== args[1];
  return plain ? signs[primitive] : undefined;
}
