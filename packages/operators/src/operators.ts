/**
 * Module 0.9 — The operators.
 *
 * One line each. From a line follow the function on numbers, every derivative, the kernel on each
 * device, the tensor and Scalar methods with this documentation, and its tests. Options state a
 * derivative where the formula's own would overflow or lose digits.
 */

import { erfcFormula, erfFormula } from "./erf.ts";
import type { Expr } from "./expression.ts";
import { binary, type Operator, primitive, ternary, unary } from "./operator.ts";
import { call } from "./primitives.ts";

// ── Arithmetic ──────────────────────────────────────────────────────────────

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
/** `x − y·trunc(x / y)`: the remainder with the sign of `x`. */
export const rem: Operator<2> = primitive("rem", 2);
/** `xʸ`; integers give f32. */
export const pow: Operator<2> = primitive("pow", 2);
/** `−x`. */
export const neg: Operator<1> = primitive("neg", 1);
/** `1 / x`. */
export const inv: Operator<1> = unary("inv", (x) => div(1, x));
/** `x²`. */
export const square: Operator<1> = unary("square", (x) => mul(x, x), {
  partials: (_, x) => [mul(2, x)],
});
/** `√x`. */
export const sqrt: Operator<1> = primitive("sqrt", 1);
/** `1 / √x`. */
export const rsqrt: Operator<1> = unary("rsqrt", (x) => div(1, sqrt(x)), {
  partials: (y, x) => [div(mul(-0.5, y), x)],
});
/** `√(x² + y²)`, with no square out of range. */
export const hypot: Operator<2> = primitive("hypot", 2);
/** `|x|`; derivative 0 at 0. */
export const abs: Operator<1> = primitive("abs", 1);
// ── Comparisons and logic: 1 or 0, in tensors bool ──────────────────────────

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
/** `|x − y| < 0.01`, MiniTorch's measure of "the same". */
export const isClose: Operator<2> = binary("isClose", (x, y) => lt(abs(sub(x, y)), 0.01));
/** Whether `x` is not a number. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the name everyone looks for
export const isNaN: Operator<1> = unary("isNaN", (x) => ne(x, x));
/** Whether `x` is neither infinite nor NaN. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the name everyone looks for
export const isFinite: Operator<1> = unary("isFinite", (x) => lt(abs(x), Infinity));
/** Both are nonzero. */
export const logicalAnd: Operator<2> = binary("logicalAnd", (x, y) => call("and", x, y));
/** One of the two is nonzero, or both. */
export const logicalOr: Operator<2> = binary("logicalOr", (x, y) => call("or", x, y));
/** `x` is zero. */
export const logicalNot: Operator<1> = unary("logicalNot", (x) => call("not", x));
/** Exactly one of the two is nonzero. */
export const logicalXor: Operator<2> = binary("logicalXor", (x, y) =>
  ne(logicalNot(x), logicalNot(y)),
);
/** `x` where the condition holds, else `y`. */
export const where: Operator<3> = ternary("where", (condition, x, y) =>
  call("where", condition, x, y),
);

// ── Rounding, bounds and signs ──────────────────────────────────────────────

/** The largest whole number ≤ `x`. */
export const floor: Operator<1> = primitive("floor", 1);
/** The smallest whole number ≥ `x`. */
export const ceil: Operator<1> = primitive("ceil", 1);
/** The nearest whole number; halves go to the even one. */
export const round: Operator<1> = primitive("round", 1);
/** `x` without its fraction. */
export const trunc: Operator<1> = primitive("trunc", 1);
/** The larger of `x` and `y`; NaN wins; equal values share the derivative. */
export const maximum: Operator<2> = binary("maximum", (x, y) => call("max", x, y));
/** The smaller of `x` and `y`; NaN wins; equal values share the derivative. */
export const minimum: Operator<2> = binary("minimum", (x, y) => call("min", x, y));
/** `x` brought into `low … high`; derivative 1 from bound to bound, both included. */
export const clamp: Operator<3> = ternary("clamp", (x, low, high) =>
  where(lt(high, x), high, where(lt(x, low), low, x)),
);
/** −1, 0 or 1 as `x` is negative, zero or positive. */
export const sign: Operator<1> = unary("sign", (x) => where(lt(0, x), 1, where(lt(x, 0), -1, x)), {
  partials: () => [null],
});
/** `x − y·floor(x / y)`: the remainder with the sign of `y`. */
export const mod: Operator<2> = binary("mod", (x, y) => {
  const r = rem(x, y);
  return where(logicalAnd(ne(r, 0), ne(lt(r, 0), lt(y, 0))), add(r, y), r);
});

// ── Bits of integers ────────────────────────────────────────────────────────

const bits = { dtype: "u32" } as const;
/** Bits that are set in both. */
export const bitAnd: Operator<2> = primitive("bitAnd", 2, bits);
/** Bits that are set in one of the two, or in both. */
export const bitOr: Operator<2> = primitive("bitOr", 2, bits);
/** Bits that are set in exactly one of the two. */
export const bitXor: Operator<2> = primitive("bitXor", 2, bits);
/** Every bit of `x`, inverted. */
export const bitNot: Operator<1> = primitive("bitNot", 1, bits);
/** `x · 2ʸ` modulo 2ⁿ, for `y` from 0 to 31. */
export const shiftLeft: Operator<2> = primitive("shiftLeft", 2, bits);
/** The bits of `x` moved down by `y` (0 to 31), zeros coming in from above. */
export const shiftRight: Operator<2> = primitive("shiftRight", 2, bits);

// ── Exponentials and logarithms ─────────────────────────────────────────────

/** `eˣ`. */
export const exp: Operator<1> = primitive("exp", 1);
/** `2ˣ`. */
export const exp2: Operator<1> = primitive("exp2", 1);
/** `eˣ − 1`, exact near 0. */
export const expm1: Operator<1> = primitive("expm1", 1);
/** Natural logarithm. */
export const log: Operator<1> = primitive("log", 1);
/** Logarithm to base 2. */
export const log2: Operator<1> = primitive("log2", 1);
/** `ln(1 + x)`, exact near 0. */
export const log1p: Operator<1> = primitive("log1p", 1);

// ── Circular and hyperbolic functions: angles in radians ────────────────────

/** Sine. */
export const sin: Operator<1> = primitive("sin", 1);
/** Cosine. */
export const cos: Operator<1> = primitive("cos", 1);
/** Tangent. */
export const tan: Operator<1> = primitive("tan", 1);
/** The angle in `−π/2 … π/2` whose sine is `x`. */
export const asin: Operator<1> = primitive("asin", 1);
/** The angle in `0 … π` whose cosine is `x`. */
export const acos: Operator<1> = primitive("acos", 1);
/** The angle in `−π/2 … π/2` whose tangent is `x`. */
export const atan: Operator<1> = primitive("atan", 1);
/** The angle of the point (`y`, `x`): first the ordinate, then the abscissa. */
export const atan2: Operator<2> = primitive("atan2", 2);
/** `(eˣ − e⁻ˣ) / 2`. */
export const sinh: Operator<1> = primitive("sinh", 1);
/** `(eˣ + e⁻ˣ) / 2`. */
export const cosh: Operator<1> = primitive("cosh", 1);
/** `(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`. */
export const tanh: Operator<1> = primitive("tanh", 1);
/** Inverse hyperbolic sine. */
export const asinh: Operator<1> = primitive("asinh", 1);
/** Inverse hyperbolic cosine, for `x ≥ 1`. */
export const acosh: Operator<1> = primitive("acosh", 1);
/** Inverse hyperbolic tangent, for `|x| ≤ 1`. */
export const atanh: Operator<1> = primitive("atanh", 1);
/** `2/√π · ∫₀ˣ e^(−t²) dt`. */
export const erf: Operator<1> = unary("erf", erfFormula, {
  partials: (_, x) => [mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))],
});
/** `1 − erf(x)`, to full precision where that is tiny. */
export const erfc: Operator<1> = unary("erfc", erfcFormula, {
  partials: (_, x) => [mul(-2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))],
});

// ── Activations ─────────────────────────────────────────────────────────────

/** `max(x, 0)`; derivative 0 at 0. */
export const relu: Operator<1> = unary("relu", (x) => where(le(x, 0), 0, x), {
  partials: (y) => [where(le(y, 0), 0, 1)], // of the output: the input need not be kept
});
/** `x`, or `slope·x` where `x ≤ 0`. */
export const leakyRelu: Operator<2> = binary("leakyRelu", (x, slope) =>
  where(le(x, 0), mul(slope, x), x),
);
/** `x`, or `alpha·(eˣ − 1)` where `x ≤ 0`: https://arxiv.org/abs/1511.07289. */
export const elu: Operator<2> = binary("elu", (x, alpha) =>
  where(le(x, 0), mul(alpha, expm1(x)), x),
);
/** `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Operator<1> = unary("sigmoid", (x) => div(1, add(1, exp(neg(x)))), {
  partials: (y) => [mul(y, sub(1, y))],
});
/** `ln(1 + eˣ)`, as `max(x, 0) + ln(1 + e^(−|x|))`. */
export const softplus: Operator<1> = unary(
  "softplus",
  (x) => add(maximum(x, 0), log1p(exp(neg(abs(x))))),
  { partials: (_, x) => [sigmoid(x)] },
);
/** `ln(sigmoid(x))`. */
export const logSigmoid: Operator<1> = unary("logSigmoid", (x) => neg(softplus(neg(x))));

/** Beyond it the gates below are 0 or 1 at every precision: a bound here spares ∞ · 0. */
const FAR = 1e4;
/** `x · sigmoid(x)`, and 0 at −∞: https://arxiv.org/abs/1702.03118. */
export const silu: Operator<1> = unary("silu", (x) => div(maximum(x, -FAR), add(1, exp(neg(x)))), {
  partials: (_, x) => [gated(sigmoid(x), clamp(x, -FAR, FAR))],
});
/** d(x·s) for a gate s = sigmoid(u): `s·(1 + (1 − s)·x·u′)`. */
function gated(s: Expr, slope: Expr): Expr {
  return mul(s, add(1, mul(sub(1, s), slope)));
}
/** `x · Φ(x)`, Φ the normal distribution, and 0 at −∞: https://arxiv.org/abs/1606.08415. */
export const gelu: Operator<1> = unary("gelu", (x) => mul(maximum(x, -FAR), normalBelow(x)), {
  partials: (_, x) => [add(normalBelow(x), mul(clamp(x, -FAR, FAR), normalDensity(x)))],
});
/** Φ(x), the share of a standard normal distribution below x. */
function normalBelow(x: Expr): Expr {
  return mul(0.5, erfc(mul(-Math.SQRT1_2, x)));
}
function normalDensity(x: Expr): Expr {
  return mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(x, x))));
}
const GELU = 2 * Math.sqrt(2 / Math.PI); // ½ + ½·tanh(v) = sigmoid(2v)
/** gelu with `½ + ½·tanh(√(2/π)·(x + 0.044715·x³))` for Φ: https://arxiv.org/abs/1606.08415. */
export const geluTanh: Operator<1> = unary(
  "geluTanh",
  (x) => mul(maximum(x, -FAR), sigmoid(cubic(x))),
  {
    partials: (_, x) => {
      const c = clamp(x, -30, 30); // the gate is 0 or 1 beyond: its slope counts for nothing
      const slope = mul(GELU, add(c, mul(3 * 0.044715, mul(c, mul(c, c)))));
      return [gated(sigmoid(cubic(x)), slope)];
    },
  },
);
function cubic(x: Expr): Expr {
  const c = clamp(x, -30, 30);
  return mul(GELU, add(c, mul(0.044715, mul(c, mul(c, c)))));
}
