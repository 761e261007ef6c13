/**
 * Module 3.57 — eˣ and ln x, four at a time.
 *
 * Range reduction as in Cephes (https://www.netlib.org/cephes/, `single/expf.c`, `logf.c`), and
 * polynomials fitted to what is left. Infinities, NaN and subnormal numbers come out right;
 * accuracy.ts states the errors, which hold with and without fused multiply-add.
 */
import type { Local } from "../wasm/code.ts";
import type { Vectors } from "./vectors.ts";

/** Adding this rounds an f32 below 2²² in magnitude to a whole number, left in its low bits. */
const magic = 1.5 * 2 ** 23;
/** ln 2 in two parts, the first so short that its products with exponents are exact. */
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;

/** (e^r − 1 − r) / r² for |r| ≤ ½·ln 2. */
const expRest = (v: Vectors, r: Local): Local =>
  v.polynomial(r, [4.9999994e-1, 1.6666521e-1, 4.166839e-2, 8.368745e-3, 1.381454e-3]);
/** x = n·ln 2 + r: n + `shift` in the low bits, behind the magic number's, and r. */
function reduceExp(v: Vectors, x: Local, shift: number): readonly [shifted: Local, r: Local] {
  const start = v.f32(magic + shift);
  const shifted = v.fused(x, v.f32(Math.LOG2E), start);
  const n = v.sub(shifted, start);
  return [shifted, v.less(v.less(x, n, v.f32(ln2High)), n, v.f32(ln2Low))];
}
/** The power of two whose exponent's bits are the lowest of `n`. */
const power = (v: Vectors, n: Local): Local => v.shift("i32x4.shl", n, 23);

export function exp(v: Vectors, x: Local): Local {
  // beyond these the result is 0 or ∞
  const y = v.clamp(x, -104, 89);
  // 2ⁿ in two factors, neither of which leaves the normal range: their exponents' bits say 127 more
  const [n, r] = reduceExp(v, y, 2 * 127);
  const one = v.f32(1);
  const rest = expRest(v, r);
  // of the ways to add up 1 + r + r²·rest the one with the smaller error
  const p = v.fuses
    ? v.fused(v.fused(rest, r, one), r, one)
    : v.add(v.fused(rest, v.mul(r, r), r), one);
  const half = v.shift("i32x4.shr_u", n, 1);
  return v.mul(v.mul(p, power(v, half)), power(v, v.op("i32x4.sub", n, half)));
}

/** eˣ − 1, also where eˣ is near 1. */
export function expm1(v: Vectors, x: Local): Local {
  const y = v.clamp(x, -40, 89);
  // 2ⁿ·(1 + p) − 1 = (2ⁿ·p) + (2ⁿ − 1), from their halves as n may be 128
  const [n, r] = reduceExp(v, y, 127 - 1);
  const half = power(v, n); // 2ⁿ⁻¹
  const p = v.fused(expRest(v, r), v.mul(r, r), r);
  const sum = v.fused(p, half, v.sub(half, v.f32(0.5)));
  const far = v.add(sum, sum);
  const tiny = v.op("f32x4.lt", v.op("f32x4.abs", x), v.f32(1e-7));
  return v.select(tiny, x, far);
}

/** What an f32's exponent counts in, in its bits. */
const exponentUnit = 2 ** 23;

/** x = 2ᵉ·(1 + m) with √½ ≤ 1 + m < √2, for positive normal numbers: e·2²³ as an integer, and m. */
function splitLog(v: Vectors, x: Local): readonly [exponent: Local, m: Local] {
  const above = v.op("i32x4.sub", x, v.i32(0x3f3504f3)); // √½
  const exponent = v.op("v128.and", above, v.i32(-exponentUnit));
  return [exponent, v.sub(v.op("i32x4.sub", x, exponent), v.f32(1))];
}
/** ln(1 + m) + e·ln 2, given e·2²³. */
function logOf(v: Vectors, exponent: Local, m: Local): Local {
  const e = v.op("f32x4.convert_i32x4_s", exponent);
  const p = v.polynomial(
    m,
    [
      3.3333313e-1, -2.500001e-1, 2.0002119e-1, -1.6667996e-1, 1.4219552e-1, -1.2405589e-1,
      1.1888162e-1, -1.1675652e-1, 6.746641e-2,
    ],
  );
  // m − m²/2 + m³·p, the small terms first
  const rest = v.fused(p, v.mul(m, m), v.mul(m, v.f32(-0.5)));
  const near = v.fused(rest, m, v.mul(e, v.f32(ln2Low / exponentUnit)));
  return v.fused(e, v.f32(ln2High / exponentUnit), v.add(m, near));
}

export function log(v: Vectors, x: Local): Local {
  // what is below the normal numbers, 2²³ times as large
  const tiny = v.op("i32x4.lt_s", x, v.i32(exponentUnit));
  const more = v.op("v128.and", tiny, v.i32(23 * exponentUnit));
  const y = v.mul(x, v.op("i32x4.add", more, v.f32(1)));
  const [exponent, m] = splitLog(v, y);
  return logLimits(v, x, logOf(v, v.op("i32x4.sub", exponent, more), m));
}

/** ln x where x is not positive and finite. */
function logLimits(v: Vectors, x: Local, y: Local): Local {
  const finite = v.select(v.op("f32x4.lt", x, v.f32(Infinity)), y, x);
  // all bits set: NaN
  const positive = v.op("v128.or", finite, v.shift("i32x4.shr_s", x, 31));
  return v.select(v.op("f32x4.eq", x, v.f32(0)), v.f32(-Infinity), positive);
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
