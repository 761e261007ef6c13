/**
 * Module 3.66 — How elements lie in memory, and how they get into lanes.
 *
 * One row for each width: four neighbours at once, the same element in all lanes, or one lane. Raw
 * lanes hold what memory holds, widened with zeros; `decode` makes the value of it, `encode` makes it
 * ready to be stored again. A load of four may touch a few bytes past its last element, which the
 * heap allows.
 */
import { type DType, dtypes } from "@mt/operators";
import type { Code, Local } from "../wasm/code.ts";
import type { Access, LaneAccess } from "../wasm/instructions.ts";
import { decodeHalf, encodeHalf } from "./half.ts";
import type { Vectors } from "./vectors.ts";

interface Width {
  readonly loadFour: (v: Vectors, offset: number) => Local;
  /** One element as an i32; words have ways of their own. */
  readonly loadOne: Access;
  /** Narrows raw lanes to neighbours in memory. */
  readonly pack: (v: Vectors, raw: Local) => Local;
  readonly storeFour: (code: Code, offset: number) => void;
  readonly storeLane: LaneAccess;
}
const widths: Readonly<Record<number, Width>> = {
  4: {
    loadFour: ({ code }, offset) => code.at("v128.load", offset).keep("v128"),
    loadOne: "i32.load",
    pack: (_, raw) => raw,
    storeFour: (code, offset) => void code.at("v128.store", offset),
    storeLane: "v128.store32_lane",
  },
  2: {
    loadFour: ({ code }, offset) => code.at("v128.load16x4_u", offset).keep("v128"),
    loadOne: "i32.load16_u",
    pack: (v, raw) => v.op("i16x8.narrow_i32x4_u", raw, raw),
    storeFour: (code, offset) => void code.laneAt("v128.store64_lane", 0, offset),
    storeLane: "v128.store16_lane",
  },
  1: {
    loadFour: ({ code }, offset) =>
      code
        .at("v128.load32_zero", offset)
        .op("i16x8.extend_low_i8x16_u")
        .op("i32x4.extend_low_i16x8_u")
        .keep("v128"),
    loadOne: "i32.load8_u",
    pack: (v, raw) => {
      const words = v.op("i16x8.narrow_i32x4_u", raw, raw);
      return v.op("i8x16.narrow_i16x8_u", words, words);
    },
    storeFour: (code, offset) => void code.laneAt("v128.store32_lane", 0, offset),
    storeLane: "v128.store8_lane",
  },
};
/** Bytes of an element here: those of host memory, but f16 takes two. */
export const bytesOf = (dtype: DType): number => dtypes[dtype].bytes;
const widthOf = (dtype: DType): Width => widths[bytesOf(dtype)] as Width;

const decodings: Readonly<Partial<Record<DType, (v: Vectors, raw: Local) => Local>>> = {
  bool: (v, raw) => v.op("i32x4.ne", raw, v.i32(0)),
  f16: decodeHalf,
};
const encodings: Readonly<Partial<Record<DType, (v: Vectors, x: Local) => Local>>> = {
  bool: (v, x) => v.op("v128.and", x, v.i32(1)),
  f16: encodeHalf,
};
export const decode = (v: Vectors, dtype: DType, raw: Local): Local =>
  decodings[dtype]?.(v, raw) ?? raw;

/** Four neighbours from `address + offset` on. */
export function loadFour(v: Vectors, dtype: DType, address: Local, offset: number): Local {
  v.code.get(address);
  return decode(v, dtype, widthOf(dtype).loadFour(v, offset));
}
/** One element in all lanes. */
export function loadSplat(v: Vectors, dtype: DType, address: Local, offset: number): Local {
  const { code } = v;
  code.get(address);
  const { loadOne } = widthOf(dtype);
  if (loadOne === "i32.load") code.at("v128.load32_splat", offset);
  else code.at(loadOne, offset).op("i32x4.splat");
  return decode(v, dtype, code.keep("v128"));
}
/** One raw element into a lane of `raw`; `address` writes an address on the stack. */
export function loadLane(
  code: Code,
  dtype: DType,
  raw: Local,
  lane: number,
  address: () => void,
  offset: number,
): void {
  const { loadOne } = widthOf(dtype);
  if (loadOne === "i32.load") {
    address();
    code.get(raw).laneAt("v128.load32_lane", lane, offset).set(raw);
    return;
  }
  code.get(raw);
  address();
  code.at(loadOne, offset).lane("i32x4.replace_lane", lane).set(raw);
}

/** A value ready for `storeFour` and `storeLane`. */
export const encode = (v: Vectors, dtype: DType, x: Local): Local =>
  widthOf(dtype).pack(v, encodings[dtype]?.(v, x) ?? x);
/** To four neighbours from `address + offset` on. */
export function storeFour(
  code: Code,
  dtype: DType,
  packed: Local,
  address: Local,
  offset: number,
): void {
  code.get(address).get(packed);
  widthOf(dtype).storeFour(code, offset);
}
export function storeLane(
  code: Code,
  dtype: DType,
  packed: Local,
  lane: number,
  address: Local,
  offset: number,
): void {
  code.get(address).get(packed).laneAt(widthOf(dtype).storeLane, lane, offset);
}
