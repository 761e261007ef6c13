/**
 * Module 0.9 — The operators.
 *
 * One line each. From a line follow the function on numbers, every derivative, the kernel on each
 * device, the tensor and Scalar methods with this documentation, and its tests.
 */

import { binary, type Operator, primitive, ternary, unary } from "./operator.ts";
import { call } from "./primitives.ts";

/** `x`. */
export const id: Operator<1> = unary("id", (x) => x);
/** `x + y`. */
export const add: Operator<2> = primitive("add", 2);
/** `x − y`. */
export const sub: Operator<2> = primitive("sub", 2);
/** `x · y`. */
export const mul: Operator<2> = primitive("mul", 2);
/** `x / y`; integers give f32. */
export const div: Operator<2> = primitive("div", 2);
/** `−x`. */
export const neg: Operator<1> = primitive("neg", 1);
/** `1 / x`. */
export const inv: Operator<1> = unary("inv", (x) => div(1, x));
/** `eˣ`. */
export const exp: Operator<1> = primitive("exp", 1);
/** Natural logarithm. */
export const log: Operator<1> = primitive("log", 1);
/** `√x`. */
export const sqrt: Operator<1> = primitive("sqrt", 1);
/** The larger of `x` and `y`; NaN wins; equal values share the derivative. */
export const maximum: Operator<2> = primitive("max", 2);
/** The smaller of `x` and `y`; NaN wins; equal values share the derivative. */
export const minimum: Operator<2> = primitive("min", 2);
/** `x = y`. */
export const eq: Operator<2> = primitive("eq", 2);
/** `x ≠ y`. */
export const ne: Operator<2> = primitive("ne", 2);
/** `x < y`. */
export const lt: Operator<2> = primitive("lt", 2);
/** `x ≤ y`. */
export const le: Operator<2> = primitive("le", 2);
/** `x > y`. */
export const gt: Operator<2> = binary("gt", (x, y) => lt(y, x));
/** `x ≥ y`. */
export const ge: Operator<2> = binary("ge", (x, y) => le(y, x));
/** `x` where the condition holds, else `y`. */
export const where: Operator<3> = ternary("where", (condition, x, y) =>
  call("where", condition, x, y),
);
/** `max(x, 0)`; derivative 0 at 0. */
export const relu: Operator<1> = unary("relu", (x) => where(le(x, 0), 0, x));
/** `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Operator<1> = unary("sigmoid", (x) => div(1, add(1, exp(neg(x)))), {
  partials: (y) => [mul(y, sub(1, y))],
});
