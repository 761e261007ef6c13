/**
 * Module 3.64 — From one element type to another.
 *
 * Floats to integers truncate and saturate, NaN becomes 0; integers wrap; bools are 1 and 0; to bool
 * is "not zero". One entry for each pair of lanes, and what is left to do for narrow types.
 */
import type { DType } from "@mt/operators";
import type { Local } from "../wasm/code.ts";
import { roundHalf } from "./half.ts";
import { type Lanes, lanesOf, type Vectors } from "./vectors.ts";

type Convert = (v: Vectors, x: Local) => Local;
const same: Convert = (_, x) => x;
const one = (v: Vectors, x: Local): Local => v.op("v128.and", x, v.i32(1));
const notZero: Convert = (v, x) => v.op("i32x4.ne", x, v.i32(0));
const integers = { signed: same, unsigned: same, mask: notZero } as const;

const conversions: Readonly<Record<Lanes, Readonly<Record<Lanes, Convert>>>> = {
  float: {
    float: same,
    signed: (v, x) => v.op("i32x4.trunc_sat_f32x4_s", x),
    unsigned: (v, x) => v.op("i32x4.trunc_sat_f32x4_u", x),
    mask: (v, x) => v.op("f32x4.ne", x, v.f32(0)),
  },
  signed: { ...integers, float: (v, x) => v.op("f32x4.convert_i32x4_s", x) },
  unsigned: { ...integers, float: (v, x) => v.op("f32x4.convert_i32x4_u", x) },
  mask: {
    float: (v, x) => v.op("v128.and", x, v.f32(1)),
    signed: one,
    unsigned: one,
    mask: same,
  },
};

/** Brings a result to what its dtype can hold, where lanes are wider: integers wrap. */
export const narrowing: Readonly<Partial<Record<DType, Convert>>> = {
  u8: (v, x) => v.op("v128.and", x, v.i32(255)),
  f16: roundHalf,
};
/** The same for what a float becomes: it saturates. */
const saturating: Readonly<Partial<Record<DType, Convert>>> = {
  u8: (v, x) => v.op("i32x4.min_s", v.op("i32x4.max_s", x, v.i32(0)), v.i32(255)),
  f16: roundHalf,
};

/** `x` of dtype `from` as one of dtype `to`. */
export function convert(v: Vectors, x: Local, from: DType, to: DType): Local {
  if (from === to) return x;
  const [a, b] = [lanesOf[from], lanesOf[to]];
  const made = conversions[a][b](v, x);
  const last = (a === "float" ? saturating : narrowing)[to];
  return last ? last(v, made) : made;
}
