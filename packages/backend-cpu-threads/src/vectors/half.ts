/**
 * Module 3.62 — f16, held in lanes of f32.
 *
 * Sixteen bits: a sign, five of exponent, ten of fraction. Converted with integer arithmetic, to
 * nearest, ties to even, subnormal numbers, infinities and NaN as well; after each operation a value
 * of this dtype is rounded to what sixteen bits can hold.
 */
import type { Local } from "../wasm/code.ts";
import type { Vectors } from "./vectors.ts";

/** The bits of an f16 in each lane, as f32. */
export function decodeHalf(v: Vectors, bits: Local): Local {
  const size = v.shift("i32x4.shl", v.op("v128.and", bits, v.i32(0x7fff)), 13);
  // as f32 bits the exponent is 112 too small: a product with 2¹¹² mends it, subnormals too
  const scaled = v.mul(size, v.f32(2 ** 112));
  const special = v.op("i32x4.ge_u", size, v.i32(0x7c00 << 13));
  const whole = v.select(special, v.op("v128.or", size, v.i32(0x7f800000)), scaled);
  const sign = v.shift("i32x4.shl", v.op("v128.and", bits, v.i32(0x8000)), 16);
  return v.op("v128.or", whole, sign);
}

/** An f32 rounded to the nearest f16, as f32. */
export function roundHalf(v: Vectors, x: Local): Local {
  const size = v.op("f32x4.abs", x);
  // adding a power of two whose last bit is the last that f16 keeps rounds there: 2¹³ times the
  // value's own power of two, and no less than that of the smallest normal f16
  const exponent = v.op("v128.and", size, v.i32(0x7f800000));
  const least = v.op("i32x4.max_u", exponent, v.f32(2 ** -14));
  const adder = v.op("i32x4.add", v.op("i32x4.min_u", least, v.f32(2 ** 16)), v.i32(13 << 23));
  const rounded = v.sub(v.add(size, adder), adder);
  const large = v.op("f32x4.ge", rounded, v.f32(65520));
  const finite = v.select(large, v.f32(Infinity), rounded);
  const kept = v.select(v.op("f32x4.ne", x, x), x, finite);
  return v.op("v128.or", kept, v.op("v128.and", x, v.i32(-0x80000000)));
}

/** The bits of values that f16 can hold, in each lane. */
export function encodeHalf(v: Vectors, x: Local): Local {
  const size = v.op("f32x4.abs", x);
  const scaled = v.shift("i32x4.shr_u", v.mul(size, v.f32(2 ** -112)), 13);
  const special = v.select(v.op("f32x4.ne", x, x), v.i32(0x7e00), v.i32(0x7c00));
  const whole = v.select(v.op("f32x4.lt", size, v.f32(Infinity)), scaled, special);
  const sign = v.op("v128.and", v.shift("i32x4.shr_u", x, 16), v.i32(0x8000));
  return v.op("v128.or", whole, sign);
}
