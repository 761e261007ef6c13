/**
 * Module 3.57 — eˣ and ln x, four at a time.
 *
 * Range reduction and a minimax polynomial, after Cephes (https://www.netlib.org/cephes/,
 * `single/expf.c`, `logf.c`), without fused multiply-add, so that every host gives the same bits.
 * Infinities, NaN and subnormal numbers come out right; accuracy.ts states the errors.
 */
import type { Local } from "../wasm/code.ts";
import type { Vectors } from "./vectors.ts";

/** Adding this rounds an f32 below 2²² in magnitude to a whole number, left in its low bits. */
const magic = 1.5 * 2 ** 23;
/** ln 2 in two parts, the first so short that its products with exponents are exact. */
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;

/** r + r²·(½ + …): e^r − 1 for |r| ≤ ½·ln 2. */
function expNear(v: Vectors, r: Local): Local {
  const p = v.polynomial(
    r,
    [
      5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3,
      1.98756915e-4,
    ],
  );
  return v.add(v.mul(p, v.mul(r, r)), r);
}
/** x = n·ln 2 + r: n with the magic number in it, and r. */
function reduceExp(v: Vectors, x: Local): readonly [shifted: Local, n: Local, r: Local] {
  const shifted = v.add(v.mul(x, v.f32(Math.LOG2E)), v.f32(magic));
  const n = v.sub(shifted, v.f32(magic));
  const near = v.sub(x, v.mul(n, v.f32(ln2High)));
  return [shifted, n, v.sub(near, v.mul(n, v.f32(ln2Low)))];
}
/** 2ⁿ for a whole number in the low bits of `n`, −126 … 127. */
const power = (v: Vectors, n: Local): Local =>
  v.shift("i32x4.shl", v.op("i32x4.add", n, v.i32(127)), 23);

export function exp(v: Vectors, x: Local): Local {
  // beyond these the result is 0 or ∞
  const y = v.clamp(x, -104, 89);
  const [shifted, , r] = reduceExp(v, y);
  const p = v.add(expNear(v, r), v.f32(1));
  // 2ⁿ in two factors, neither of which leaves the normal range
  const n = v.op("i32x4.sub", shifted, v.f32(magic));
  const half = v.shift("i32x4.shr_s", n, 1);
  const rest = v.op("i32x4.sub", n, half);
  return v.mul(v.mul(p, power(v, half)), power(v, rest));
}

/** eˣ − 1, also where eˣ is near 1. */
export function expm1(v: Vectors, x: Local): Local {
  const y = v.clamp(x, -40, 89);
  const [shifted, , r] = reduceExp(v, y);
  const p = expNear(v, r);
  // 2ⁿ·(1 + p) − 1 = (2ⁿ·p) + (2ⁿ − 1); 2ⁿ in two factors as n may be 128
  const n = v.op("i32x4.sub", shifted, v.f32(magic));
  const less = v.op("i32x4.sub", n, v.i32(1));
  const half = power(v, less); // 2ⁿ⁻¹
  const sum = v.add(v.mul(p, half), v.sub(half, v.f32(0.5)));
  const far = v.add(sum, sum);
  const tiny = v.op("f32x4.lt", v.op("f32x4.abs", x), v.f32(1e-7));
  return v.select(tiny, x, far);
}

/** x = 2ᵉ·(1 + m) with √½ ≤ 1 + m < √2: e as f32, and m. For positive normal numbers. */
function splitLog(v: Vectors, x: Local): readonly [e: Local, m: Local] {
  const root = v.i32(0x3f3504f3); // √½
  const above = v.op("i32x4.sub", x, root);
  const e = v.op("f32x4.convert_i32x4_s", v.shift("i32x4.shr_s", above, 23));
  const fraction = v.op("v128.and", above, v.i32(0x007fffff));
  return [e, v.sub(v.op("i32x4.add", fraction, root), v.f32(1))];
}
/** ln(1 + m) + e·ln 2. */
function logOf(v: Vectors, e: Local, m: Local): Local {
  const z = v.mul(m, m);
  const p = v.polynomial(
    m,
    [
      3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1,
      -1.2420140846e-1, 1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
    ],
  );
  const near = v.add(v.mul(v.mul(p, m), z), v.mul(e, v.f32(ln2Low)));
  const sum = v.add(m, v.sub(near, v.mul(z, v.f32(0.5))));
  return v.add(sum, v.mul(e, v.f32(ln2High)));
}

export function log(v: Vectors, x: Local): Local {
  const tiny = v.op("f32x4.lt", x, v.f32(2 ** -126));
  const [e, m] = splitLog(v, v.select(tiny, v.mul(x, v.f32(2 ** 23)), x));
  const exponent = v.sub(e, v.op("v128.and", tiny, v.f32(23)));
  return logLimits(v, x, logOf(v, exponent, m));
}

/** ln x where x is not positive and finite. */
function logLimits(v: Vectors, x: Local, y: Local): Local {
  const zero = v.f32(0);
  const nonNegative = v.op("f32x4.ge", x, zero);
  const defined = v.select(nonNegative, y, v.f32(Number.NaN));
  const finite = v.select(v.op("f32x4.eq", x, zero), v.f32(-Infinity), defined);
  return v.select(v.op("f32x4.eq", x, v.f32(Infinity)), x, finite);
}

/** ln(1 + x), also where x is near 0. */
export function log1p(v: Vectors, x: Local): Local {
  // u = 1 + x rounded; what rounding lost, c, is small beside u: ln(1 + x) ≈ ln u + c/u
  const u = v.add(v.f32(1), x);
  const big = v.op("f32x4.ge", u, v.f32(2));
  const lost = v.select(big, v.sub(v.f32(1), v.sub(u, x)), v.sub(x, v.sub(u, v.f32(1))));
  const [e, m] = splitLog(v, u);
  const y = v.add(logOf(v, e, m), v.div(lost, u));
  const tiny = v.op("f32x4.lt", v.op("f32x4.abs", x), v.f32(2 ** -24));
  return v.select(tiny, x, logLimits(v, u, y));
}
