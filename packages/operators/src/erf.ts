/**
 * Module 0.9a — The error function, in primitives.
 *
 * Near 0 by its series, erf(x) = 2/√π · Σ (−1)ᵏ x²ᵏ⁺¹ / (k!·(2k + 1)); away from it, with t = |x|,
 * erfc(t) = 2t/π · e^(−t²) · ∫₀^∞ e^(−v²) / (t² + v²) dv by the trapezoidal rule of step h, which
 * misses by the pole at v = it, 2 / (e^(2πt/h) − 1), and by a share of e^(−π²/h²) (Chiarella and
 * Reichel, Mathematics of Computation 22, 1968). erf is within 3 units of its last place, erfc
 * within 7, tiny values too.
 */
import { dtypes } from "./dtype.ts";
import type { Expr, Operand } from "./expression.ts";
import { add, call, div, mul, neg, sub, where } from "./primitives.ts";

interface Precision {
  /** Of the series. */
  readonly terms: number;
  /** Of the rule: h, and how many of them until e^(−v²) counts for nothing. */
  readonly step: number;
  readonly steps: number;
  /** Whole steps of 1/grid have a square that is exact. */
  readonly grid: number;
  /** erfc is 0 from here on. */
  readonly end: number;
}
const narrow: Precision = { terms: 7, step: 0.7, steps: 6, grid: 256, end: 11 };
const wide: Precision = { terms: 13, step: 0.5, steps: 12, grid: 1048576, end: 28 };
const precisionOf = (x: Expr): Precision => (dtypes[x.dtype].bytes > 4 ? wide : narrow);

/** Horner's rule. */
const polynomial = (coefficients: readonly Operand[], x: Expr): Operand =>
  coefficients.reduceRight((sum, c) => add(mul(sum, x), c));

function near(x: Expr): Expr {
  let c = 2 / Math.sqrt(Math.PI);
  const coefficients = Array.from({ length: precisionOf(x).terms }, (_, k) => {
    c /= -k || 1;
    return c / (2 * k + 1);
  });
  return mul(x, polynomial(coefficients, mul(x, x)));
}

/** erfc(t) for t ≥ ½. */
function far(magnitude: Expr): Expr {
  const { step, steps, grid, end } = precisionOf(magnitude);
  const t = call("min", magnitude, end);
  // e^(−t²) = e^(−s²) · e^(−d), s on the grid and d small: the rounding of t² would cost ½t² ulp
  const s = mul(call("floor", mul(t, grid)), 1 / grid);
  const d = mul(sub(s, t), add(s, t));
  const small = polynomial([1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120], d);
  const gauss = mul(call("exp", neg(mul(s, s))), small);
  const fractions = Array.from({ length: steps + 1 }, (_, n) => {
    const square = (n * step) ** 2;
    const weight = (step * Math.exp(-square) * (n ? 2 : 1)) / Math.PI;
    return div(weight, add(mul(t, t), square));
  });
  const sum = fractions.reduceRight((smaller, x) => add(smaller, x));
  const pole = div(2, sub(call("exp", mul((2 * Math.PI) / step, t)), 1));
  return sub(mul(mul(gauss, t), sum), where(call("lt", t, Math.PI / step), pole, 0));
}

/** What is made of the near piece at x, or of the far one at |x|, by the sign of x. */
function pieces(x: Expr, inside: Expr, outside: (far: Expr) => readonly [Expr, Expr]): Expr {
  const t = call("abs", x);
  const [above, below] = outside(far(t));
  return where(call("lt", t, 0.5), inside, where(call("lt", x, 0), below, above));
}

export const erfFormula = (x: Expr): Expr =>
  pieces(x, near(x), (far) => [sub(1, far), neg(sub(1, far))]);
export const erfcFormula = (x: Expr): Expr =>
  pieces(x, sub(1, near(x)), (far) => [far, sub(2, far)]);
