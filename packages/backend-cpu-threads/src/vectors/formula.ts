/**
 * Module 3.65 — From a formula to vector code.
 *
 * A formula is first written in the primitives that have a row; then each of its nodes becomes one
 * variable, computed once however often it is used.
 */
import {
  type Constant,
  dtypes,
  type Expr,
  expand,
  lower,
  postorder,
  rowOf,
  substitute,
} from "@mt/operators";
import type { Local } from "../wasm/code.ts";
import { convert, narrowing } from "./casts.ts";
import { type Emit, rows, widen } from "./primitives.ts";
import { lanesOf, type Vectors } from "./vectors.ts";

const hasRow = (primitive: string): boolean => primitive in rows;
const isReady = (x: Expr): boolean =>
  x.kind !== "call" || x.primitive === "cast" || x.primitive === "promote" || hasRow(x.primitive);
const written = new WeakMap<Expr, Expr>();

/** The formula in primitives that have a row. */
export function lowered(e: Expr): Expr {
  const known = written.get(e);
  if (known) return known;
  const made = postorder(e).every(isReady) ? e : lower(widened(expand(e)), hasRow);
  written.set(e, made);
  return made;
}
const widened = (e: Expr): Expr =>
  substitute(e, (x) => {
    const y = widen(x);
    return y === x ? undefined : y;
  });

/** A number in all lanes, as a value of its dtype. */
export function emitConstant(
  v: Vectors,
  { value, dtype }: Pick<Constant, "value" | "dtype">,
): Local {
  const x = dtypes[dtype].fromFloat(value);
  if (lanesOf[dtype] === "float") return v.f32(x);
  return v.i32(lanesOf[dtype] === "mask" ? -x : x);
}

/** One node, given the values of its operands. */
export function emitNode(v: Vectors, e: Expr, operands: readonly Local[]): Local {
  if (e.kind === "const") return emitConstant(v, e);
  if (e.kind === "arg") throw new Error(`argument ${e.index} has no value`);
  const [x = 0, y = 0, z = 0] = operands;
  const last = e.args[e.args.length - 1] as Expr; // of `where` the first is the condition
  if (e.primitive === "cast" || e.primitive === "promote")
    return convert(v, x, last.dtype, e.dtype);
  const row = rows[e.primitive]?.[lanesOf[last.dtype]] as Emit;
  const made = row(v, x, y, z, e);
  const narrow = rowOf(e.primitive).exact ? undefined : narrowing[e.dtype];
  return narrow ? narrow(v, made) : made;
}

/** The whole formula, given its arguments. */
export function emitFormula(v: Vectors, e: Expr, given: readonly Local[]): Local {
  const known = new Map<Expr, Local>();
  for (const x of postorder(e)) {
    const operands = x.kind === "call" ? x.args.map((a) => known.get(a) as Local) : [];
    known.set(x, x.kind === "arg" ? (given[x.index] as Local) : emitNode(v, x, operands));
  }
  return known.get(e) as Local;
}
