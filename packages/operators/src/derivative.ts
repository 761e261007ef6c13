/**
 * Module 0.6 — The derivative of a formula is a formula.
 *
 * Forward mode over the shared tree: each node's derivative is the sum over its inputs of the
 * row's partial times the input's derivative. Zeros are structural (`null`), never found by
 * folding x·0, which would be wrong for ∞ and NaN.
 */
import { type Expr, type Operand, walk } from "./expression.ts";
import { call, rowOf } from "./primitives.ts";

type Derivative = Expr | null;

const times = (partial: Operand | null | undefined, dx: Derivative | undefined): Derivative =>
  dx && partial !== null && partial !== undefined ? call("mul", dx, partial) : null;
const plus = (a: Derivative, b: Derivative): Derivative => (a && b ? call("add", a, b) : (a ?? b));

/** de, given the derivative of each argument. */
export const differentiate = (
  e: Expr,
  ofArgument: (index: number, x: Expr) => Derivative,
): Derivative =>
  walk<Derivative>(e, (x, dx) => {
    if (x.kind === "arg") return ofArgument(x.index, x);
    if (x.kind === "const" || dx.every((d) => !d)) return null;
    const { chain, partials } = rowOf(x.primitive);
    if (chain) return chain(dx, ...x.args);
    const slopes = partials?.(x, ...x.args);
    return dx.map((d, i) => times(slopes?.[i], d)).reduce(plus, null);
  });
