/**
 * Module 3.60 — xʸ, four at a time.
 *
 * 2^(y·log₂|x|) in f64, where neither the logarithm nor the product loses a digit that f32 could
 * see, then JavaScript's rules for bases below zero, zeros, infinities and NaN.
 */
import type { Local } from "../wasm/code.ts";
import type { Vectors } from "./vectors.ts";

/** log₂ of positive f64 (any f32 is normal there). */
function log2(v: Vectors, x: Local): Local {
  const root = v.f64(Math.SQRT1_2);
  const above = v.op("i64x2.sub", x, root);
  const exponent = v.shift("i64x2.shr_s", above, 52);
  const fraction = v.op("v128.and", above, v.code.words(-1, 0xfffff, -1, 0xfffff));
  const m = v.op("i64x2.add", fraction, root);
  const whole = v.op("f64x2.convert_low_i32x4_s", v.shuffleWords(exponent, exponent, 0, 2, 0, 2));
  // ln m = 2·artanh s, s = (m − 1)/(m + 1), |s| < 0.172
  const one = v.f64(1);
  const s = v.op("f64x2.div", v.op("f64x2.sub", m, one), v.op("f64x2.add", m, one));
  const odd = Array.from({ length: 10 }, (_, k) => (2 * Math.LOG2E) / (2 * k + 1));
  const series = v.polynomial64(v.op("f64x2.mul", s, s), odd);
  return v.op("f64x2.add", whole, v.op("f64x2.mul", s, series));
}

/** 2ᵗ for |t| ≤ 300. */
function exp2(v: Vectors, t: Local): Local {
  const magic = v.f64(1.5 * 2 ** 52);
  const shifted = v.op("f64x2.add", t, magic);
  const n = v.op("f64x2.sub", shifted, magic);
  let factorial = 1;
  const taylor = Array.from({ length: 12 }, (_, k) => {
    factorial *= k || 1;
    return Math.LN2 ** k / factorial;
  });
  const p = v.polynomial64(v.op("f64x2.sub", t, n), taylor);
  return v.op("i64x2.add", p, v.shift("i64x2.shl", shifted, 52));
}

export function pow(v: Vectors, x: Local, y: Local): Local {
  const magnitude = v.op("f32x4.abs", x);
  const size = v.inHalves(
    (base, exponent) => {
      return exp2(v, v.clamp64(v.op("f64x2.mul", exponent, log2(v, base)), -300, 300));
    },
    magnitude,
    y,
  );
  const [zero, one, infinity] = [v.f32(0), v.f32(1), v.f32(Infinity)];
  const rises = v.op("f32x4.gt", y, zero);
  // 0ʸ and ∞ʸ
  const isZero = v.op("f32x4.eq", magnitude, zero);
  const isLimit = v.op("v128.or", isZero, v.op("f32x4.eq", magnitude, infinity));
  const limit = v.op("v128.and", infinity, v.op("v128.xor", isZero, rises));
  const value = v.select(isLimit, limit, size);
  // the sign of a negative base stays for odd exponents; for broken ones there is no value
  const whole = v.op("f32x4.eq", v.op("f32x4.trunc", y), y);
  const half = v.mul(y, v.f32(0.5));
  const odd = v.op("v128.andnot", whole, v.op("f32x4.eq", v.op("f32x4.trunc", half), half));
  const sign = v.op("v128.and", v.op("v128.and", x, v.i32(-0x80000000)), odd);
  const signed = v.op("v128.or", value, sign);
  const broken = v.op("v128.andnot", v.op("f32x4.lt", x, zero), v.op("v128.or", whole, isLimit));
  const noUnit = v.op(
    "v128.and",
    v.op("f32x4.eq", magnitude, one),
    v.op("f32x4.eq", v.op("f32x4.abs", y), infinity),
  );
  const undefinedThere = v.op(
    "v128.or",
    v.op("v128.or", broken, noUnit),
    v.op("v128.or", v.op("f32x4.ne", x, x), v.op("f32x4.ne", y, y)),
  );
  const defined = v.select(undefinedThere, v.f32(Number.NaN), signed);
  return v.select(v.op("f32x4.eq", y, zero), one, defined);
}
