/**
 * Module 3.51 — The instructions that kernels are made of, by the names of the standard.
 *
 * Those of one byte, those of vectors, which stand behind the prefix 0xfd, and a few behind 0xfc
 * (https://webassembly.github.io/spec/core/appendix/index-instructions.html). Only what kernels may
 * use is listed.
 */

/** Instructions without operands in the code. */
export const plain = {
  unreachable: 0,
  return: 15,
  drop: 26,
  select: 27,
  "i32.eqz": 69,
  "i32.lt_s": 72,
  "i32.lt_u": 73,
  "i32.gt_s": 74,
  "i32.ge_u": 79,
  "i64.eqz": 80,
  "i64.lt_s": 83,
  "f64.ne": 98,
  "i32.add": 106,
  "i32.sub": 107,
  "i32.mul": 108,
  "i32.div_u": 110,
  "i32.rem_s": 111,
  "i32.rem_u": 112,
  "i32.and": 113,
  "i32.or": 114,
  "i32.shl": 116,
  "i32.shr_u": 118,
  "i64.add": 124,
  "i64.sub": 125,
  "i64.mul": 126,
  "i64.or": 132,
  "i64.shl": 134,
  "i64.shr_s": 135,
  "i64.shr_u": 136,
  "f32.neg": 140,
  "f64.mul": 162,
  "i32.wrap_i64": 167,
  "i64.extend_i32_s": 172,
  "i64.extend_i32_u": 173,
  "f32.demote_f64": 182,
  "f64.convert_i64_s": 185,
  "i32.reinterpret_f32": 188,
} as const;

/** Floats to integers that saturate. */
export const extended = {
  "i32.trunc_sat_f64_s": 2,
  "i32.trunc_sat_f64_u": 3,
} as const;

/** Instructions on whole vectors; from 256 on relaxed ones, which hosts may round differently. */
export const vector = {
  "i32x4.splat": 17,
  "f32x4.splat": 19,
  "i32x4.eq": 55,
  "i32x4.ne": 56,
  "i32x4.lt_s": 57,
  "i32x4.lt_u": 58,
  "i32x4.le_s": 61,
  "i32x4.le_u": 62,
  "i32x4.ge_u": 64,
  "f32x4.eq": 65,
  "f32x4.ne": 66,
  "f32x4.lt": 67,
  "f32x4.gt": 68,
  "f32x4.le": 69,
  "f32x4.ge": 70,
  "f64x2.lt": 73,
  "f64x2.gt": 74,
  "f64x2.ge": 76,
  "v128.not": 77,
  "v128.and": 78,
  "v128.andnot": 79,
  "v128.or": 80,
  "v128.xor": 81,
  "v128.bitselect": 82,
  "v128.any_true": 83,
  "f32x4.demote_f64x2_zero": 94,
  "f64x2.promote_low_f32x4": 95,
  "i8x16.narrow_i16x8_u": 102,
  "f32x4.ceil": 103,
  "f32x4.floor": 104,
  "f32x4.trunc": 105,
  "f32x4.nearest": 106,
  "f64x2.trunc": 122,
  "i16x8.narrow_i32x4_u": 134,
  "i16x8.extend_low_i8x16_u": 137,
  "i32x4.abs": 160,
  "i32x4.neg": 161,
  "i32x4.all_true": 163,
  "i32x4.bitmask": 164,
  "i32x4.extend_low_i16x8_u": 169,
  "i32x4.shl": 171,
  "i32x4.shr_s": 172,
  "i32x4.shr_u": 173,
  "i32x4.add": 174,
  "i32x4.sub": 177,
  "i32x4.mul": 181,
  "i32x4.min_s": 182,
  "i32x4.min_u": 183,
  "i32x4.max_s": 184,
  "i32x4.max_u": 185,
  "i64x2.shl": 203,
  "i64x2.shr_s": 204,
  "i64x2.add": 206,
  "i64x2.sub": 209,
  "f32x4.abs": 224,
  "f32x4.neg": 225,
  "f32x4.sqrt": 227,
  "f32x4.add": 228,
  "f32x4.sub": 229,
  "f32x4.mul": 230,
  "f32x4.div": 231,
  "f32x4.min": 232,
  "f32x4.max": 233,
  "f32x4.pmin": 234,
  "f32x4.pmax": 235,
  "f64x2.add": 240,
  "f64x2.sub": 241,
  "f64x2.mul": 242,
  "f64x2.div": 243,
  "f64x2.pmin": 246,
  "f64x2.pmax": 247,
  "i32x4.trunc_sat_f32x4_s": 248,
  "i32x4.trunc_sat_f32x4_u": 249,
  "f32x4.convert_i32x4_s": 250,
  "f32x4.convert_i32x4_u": 251,
  "f64x2.convert_low_i32x4_s": 254,
  "f32x4.relaxed_madd": 261,
  "f32x4.relaxed_nmadd": 262,
  "i32x4.relaxed_laneselect": 267,
} as const;

/** Loads and stores: they name an offset. */
export const memory = {
  "i32.load": 40,
  "i64.load": 41,
  "f64.load": 43,
  "i32.load8_u": 45,
  "i32.load16_u": 47,
  "i32.store": 54,
  "i64.store": 55,
} as const;
export const vectorMemory = {
  "v128.load": 0,
  "v128.load16x4_u": 4,
  "v128.load32_splat": 9,
  "v128.store": 11,
  "v128.load32_zero": 92,
} as const;
/** These name a lane, too. */
export const laneMemory = {
  "v128.load32_lane": 86,
  "v128.store8_lane": 88,
  "v128.store16_lane": 89,
  "v128.store32_lane": 90,
  "v128.store64_lane": 91,
} as const;
/** One lane out of a vector, or into it. */
export const lanes = {
  "i32x4.extract_lane": 27,
  "i32x4.replace_lane": 28,
  "f32x4.extract_lane": 31,
  "f32x4.replace_lane": 32,
} as const;

export type Instruction = keyof typeof plain | keyof typeof vector | keyof typeof extended;
export type Access = keyof typeof memory | keyof typeof vectorMemory;
export type LaneAccess = keyof typeof laneMemory;
export type LaneInstruction = keyof typeof lanes;

/** An instruction's number, behind a prefix that is not 0. */
export interface Encoding {
  readonly prefix: number;
  readonly code: number;
}
export const encodings: ReadonlyMap<string, Encoding> = new Map(
  [
    { prefix: 0, codes: { ...plain, ...memory } },
    { prefix: 0xfd, codes: { ...vector, ...vectorMemory, ...laneMemory, ...lanes } },
    { prefix: 0xfc, codes: extended },
  ].flatMap(({ prefix, codes }) =>
    Object.entries(codes).map(([name, code]) => [name, { prefix, code }] as const),
  ),
);
