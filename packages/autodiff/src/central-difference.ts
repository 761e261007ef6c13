/**
 * Module 1.6 — The derivative by definition.
 *
 * (f(x + h) − f(x − h)) / 2h: no rules, only values. Slow and inexact, and independent of
 * everything else here; that makes it the judge of the rest.
 */
import { checkFunction } from "./errors.ts";

/**
 * ∂f/∂x_index at `at`, by a central difference. Truncation costs about h², rounding about ε·|f|/h;
 * h = ∛ε·max(1, |x|) balances the two and leaves some ten digits of a smooth function.
 * @throws RangeError if `at` has no such index.
 * @example
 * Math.round(centralDifference((x, y) => x * x * y, [3, 2])); // 12
 */
export function centralDifference(
  f: (...x: number[]) => number,
  at: readonly number[],
  index = 0,
  step?: number,
): number {
  checkFunction("centralDifference", f);
  const x = at[index];
  if (x === undefined)
    throw new RangeError(`centralDifference: index ${index} of ${at.length} values.`);
  const h = step ?? Math.cbrt(Number.EPSILON) * Math.max(1, Math.abs(x));
  const above = x + h;
  const below = x - h;
  // The distance that floating point made of 2h, not 2h itself.
  return (f(...at.with(index, above)) - f(...at.with(index, below))) / (above - below);
}
