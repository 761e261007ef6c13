/**
 * Module 0.9a — The error function, in primitives.
 *
 * Two pieces, each a minimax polynomial (Remez, relative error below 1e-8 for 32 bits and below
 * 1e-17 for 64): near 0, erf(x) = x·core(x²); away from it, with t = |x|,
 * erfc(t) = e^(−t²) · u · tail(1 − 2u), u = 4 / (4 + t), the substitution of Shepherd and
 * Laframboise (https://doi.org/10.1090/S0025-5718-1981-0595058-X). erf is within 3 units of its last
 * place, erfc within 7, tiny values too.
 */
import { dtypes } from "./dtype.ts";
import type { Expr, Operand } from "./expression.ts";
import { add, call, div, mul, neg, sub, where } from "./primitives.ts";

interface Fit {
  /** Lowest power first. */
  readonly core: readonly number[];
  readonly tail: readonly number[];
  /** Whole steps of 1/grid have a square that is exact. */
  readonly grid: number;
  /** erfc is 0 from here on. */
  readonly end: number;
}
const narrow: Fit = {
  core: [1.128379165, -0.3761261876, 0.1128337659, -0.02683462555, 0.00511434748, -0.0006749526378],
  tail: [
    0.2739989155, -0.2441371679, 0.1933021297, -0.1352142689, 0.08271405854, -0.04348978485,
    0.01908908669, -0.006673773739, 0.001513547116, 0.0001157808661,
  ],
  grid: 256,
  end: 11,
};
const wide: Fit = {
  core: [
    1.1283791670955126, -0.37612638903183715, 0.11283791670952481, -0.026866170644402505,
    0.005223977615122478, -0.0008548326169099293, 0.00012055288777441123, -1.4924176641252721e-5,
    1.6430388267190272e-6, -1.5937600422335303e-7, 1.1463759280676906e-8,
  ],
  tail: [
    0.27399891525012277, -0.2441371822702205, 0.1933021755663091, -0.13521345782830987,
    0.08271289696951514, -0.0435027343099401, 0.019095378726989944, -0.006592513335852687,
    0.0015280139187570498, -7.023970909975931e-5, -0.00011376321145823398, 4.4203165080989436e-5,
    -9.085831948414534e-7, -4.715094633345005e-6, 1.1729186524736713e-6, 3.558139262141037e-7,
    -2.1015609125361194e-7, -1.8663781981069774e-8, 2.9359517356546e-8, 1.622804467801006e-10,
    -2.80849547772535e-9,
  ],
  grid: 1048576,
  end: 28,
};
const fitOf = (x: Expr): Fit => (dtypes[x.dtype].bytes > 4 ? wide : narrow);

/** Horner's rule. */
const polynomial = (coefficients: readonly Operand[], x: Expr): Operand =>
  coefficients.reduceRight((sum, c) => add(mul(sum, x), c));

const near = (x: Expr): Expr => mul(x, polynomial(fitOf(x).core, mul(x, x)));

/** erfc(t) for t ≥ ¾. */
function far(magnitude: Expr): Expr {
  const { tail, grid, end } = fitOf(magnitude);
  const t = call("min", magnitude, end);
  const u = div(4, add(4, t));
  // e^(−t²) = e^(−s²) · e^(−d), s on the grid and d small: the rounding of t² would cost ½t² ulp
  const s = mul(call("floor", mul(t, grid)), 1 / grid);
  const d = mul(sub(s, t), add(s, t));
  const small = polynomial([1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120], d);
  const gauss = mul(call("exp", neg(mul(s, s))), small);
  return mul(mul(gauss, u), polynomial(tail, sub(1, mul(2, u))));
}

/** What is made of the near piece at x, or of the far one at |x|, by the sign of x. */
function pieces(x: Expr, inside: Expr, outside: (far: Expr) => readonly [Expr, Expr]): Expr {
  const t = call("abs", x);
  const [above, below] = outside(far(t));
  return where(call("lt", t, 0.75), inside, where(call("lt", x, 0), below, above));
}

export const erfFormula = (x: Expr): Expr =>
  pieces(x, near(x), (far) => [sub(1, far), neg(sub(1, far))]);
export const erfcFormula = (x: Expr): Expr =>
  pieces(x, sub(1, near(x)), (far) => [far, sub(2, far)]);
