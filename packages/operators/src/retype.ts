/**
 * Module 0.5 — The same formula at other dtypes, or in fewer primitives.
 *
 * An operator is written once. Its expression at other input dtypes is found by typing every node
 * anew; what a device sees is its expression with calls of user-defined rows written out.
 */
import { constant, type Expr, type Operand, rebuild, walk } from "./expression.ts";
import { cast, settle } from "./primitive.ts";
import { call, rowOf } from "./primitives.ts";

/** The same formula over arguments of other dtypes: every node is typed anew. */
export const retype = (e: Expr, values: readonly Operand[]): Operand =>
  walk<Operand>(e, (x, inputs) => {
    if (x.kind === "arg") return values[x.index] as Operand;
    if (x.kind === "const") return x.value;
    const [value] = inputs as [Operand];
    if (x.primitive === "promote") return value;
    if (x.primitive !== "cast") return call(x.primitive, ...inputs);
    return typeof value === "number" ? constant(value, x.dtype) : cast(value, x.dtype);
  });

/** Replaces calls of operators that override their derivative by their definitions. */
export const expand = (e: Expr): Expr =>
  walk<Expr>(e, (x, inputs) => {
    const written = x.kind === "call" && rowOf(x.primitive).lower;
    return written ? expand(settle(written(...inputs), x.dtype)) : rebuild(x, inputs);
  });
