/**
 * Module 2.16b — The root of a sum of squares.
 *
 * √x has the derivative ∞ at 0, which times the 0 behind it is NaN; here it is 0, the least
 * subgradient of what such roots measure: lengths and deviations.
 */
import { div, eq, type Operator, sqrt, unary, where } from "@mt/operators";

export const root: Operator<1> = unary("root", (x) => sqrt(x), {
  partials: (y) => [where(eq(y, 0), 0, div(0.5, y))],
});
