/**
 * Module 0.6 — The derivative of a formula is a formula.
 *
 * Forward mode over the shared tree: each node's derivative is the sum over its inputs of the
 * row's partial times the input's derivative. Zeros are structural (`null`), never found by
 * folding x·0, which would be wrong for ∞ and NaN.
 */
import { isFloat } from "./dtype.ts";
import { type Expr, type Operand, postorder } from "./expression.ts";
import { call, rowOf } from "./primitives.ts";

type Derivative = Expr | null;

const times = (partial: Operand | null | undefined, dx: Derivative | undefined): Derivative =>
  partial === null || partial === undefined || !dx ? null : call("mul", dx, partial);
const plus = (a: Derivative, b: Derivative): Derivative => (a && b ? call("add", a, b) : (a ?? b));

/** de, given the derivative of each argument. */
export function differentiate(
  e: Expr,
  ofArgument: (index: number, x: Expr) => Derivative,
): Derivative {
  const known = new Map<Expr, Derivative>();
  for (const x of postorder(e)) {
    if (x.kind === "const") known.set(x, null);
    else if (x.kind === "arg") known.set(x, ofArgument(x.index, x));
    else {
      const dx = x.args.map((a) => known.get(a) ?? null);
      if (x.primitive === "cast" || x.primitive === "promote") {
        known.set(x, isFloat(x.dtype) ? (dx[0] ?? null) : null);
        continue;
      }
      const row = rowOf(x.primitive);
      if (dx.every((d) => d === null)) known.set(x, null);
      else if (row.chain) known.set(x, row.chain(dx, ...x.args));
      else {
        const partials = row.partials(x, ...x.args);
        known.set(x, dx.map((d, i) => times(partials[i], d)).reduce(plus, null));
      }
    }
  }
  return known.get(e) ?? null;
}
