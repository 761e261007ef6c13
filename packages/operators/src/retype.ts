/**
 * Module 0.5 — The same formula at other dtypes, or in fewer primitives.
 *
 * An operator is written once. Its expression at other input dtypes is found by typing every node
 * anew; what a device sees is its expression with calls of user-defined rows written out.
 */
import { constant, type Expr, node, type Operand, postorder } from "./expression.ts";
import { cast, settle } from "./primitive.ts";
import { call, isDefined, rowOf } from "./primitives.ts";

/** The same formula over arguments of other dtypes: every node is typed anew. */
export function retype(e: Expr, values: readonly Operand[]): Operand {
  const made = new Map<Expr, Operand>();
  const of = (x: Expr): Operand => made.get(x) as Operand;
  for (const x of postorder(e)) {
    if (x.kind === "arg") made.set(x, values[x.index] as Operand);
    else if (x.kind === "const") made.set(x, x.value);
    else if (x.primitive === "promote") made.set(x, of(x.args[0] as Expr));
    else if (x.primitive === "cast") {
      const value = of(x.args[0] as Expr);
      made.set(x, typeof value === "number" ? constant(value, x.dtype) : cast(value, x.dtype));
    } else made.set(x, call(x.primitive, ...x.args.map(of)));
  }
  return of(e);
}

/** Replaces calls of operators that override their derivative by their definitions. */
export function expand(e: Expr): Expr {
  const made = new Map<Expr, Expr>();
  for (const x of postorder(e)) {
    if (x.kind !== "call") {
      made.set(x, x);
      continue;
    }
    const args = x.args.map((a) => made.get(a) as Expr);
    const written = isDefined(x.primitive) && rowOf(x.primitive).lower;
    made.set(
      x,
      written ? expand(settle(written(...args), x.dtype)) : node(x.primitive, args, x.dtype),
    );
  }
  return made.get(e) as Expr;
}
