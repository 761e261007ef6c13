/**
 * Module 3.91 — How elements lie in buffers, and as what they are computed with.
 *
 * One row for each dtype. WGSL addresses nothing smaller than a word but f16, so u8 and bool take
 * four bytes here; u8 is computed in u32 and cut back to its byte, f16 in f32 and rounded.
 */
import { type DType, dtypes } from "@mt/operators";

/** Which arithmetic a dtype has. */
export type Lanes = "float" | "signed" | "unsigned" | "bool";

export interface StorageRow {
  readonly lanes: Lanes;
  readonly bytes: number;
  /** The WGSL type of an element in a buffer. */
  readonly element: string;
  /** The WGSL type of a value. */
  readonly register: string;
  /** A value from an element, and back. */
  readonly load: (element: string) => string;
  readonly store: (value: string) => string;
  /** Brings the result of an operation to the dtype. */
  readonly narrow: ((value: string) => string) | null;
  /** A value from the word a number of the run travels as. */
  readonly decode: (word: string) => string;
}

const same = (x: string): string => x;
const word = (type: "f32" | "i32" | "u32", lanes: Lanes): StorageRow => ({
  lanes,
  bytes: 4,
  element: type,
  register: type,
  load: same,
  store: same,
  narrow: null,
  decode: (bits) => (type === "u32" ? bits : `bitcast<${type}>(${bits})`),
});

const rows: { readonly [D in DType]?: StorageRow } = {
  f32: word("f32", "float"),
  f16: {
    ...word("f32", "float"),
    bytes: 2,
    element: "f16",
    load: (x) => `f32(${x})`,
    store: (x) => `f16(${x})`,
    narrow: (x) => `f32(f16(${x}))`,
  },
  i32: word("i32", "signed"),
  u32: word("u32", "unsigned"),
  u8: { ...word("u32", "unsigned"), narrow: (x) => `(${x} & 255u)` },
  bool: {
    ...word("u32", "bool"),
    register: "bool",
    load: (x) => `(${x} != 0u)`,
    store: (x) => `select(0u, 1u, ${x})`,
    decode: (bits) => `(${bits} != 0u)`,
  },
};
/** The element types there are rows for; f16 needs a feature. */
export const storedDtypes: readonly DType[] = Object.keys(rows) as DType[];

export const storageOf = (dtype: DType): StorageRow => rows[dtype] as StorageRow;

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
/** The bits of a number as f32. */
function bitsOf(value: number): number {
  float[0] = value;
  return floatBits[0] as number;
}

/** The word a number of the run travels as. */
export function encodeNumber(value: number, dtype: DType): number {
  const rounded = dtypes[dtype].fromFloat(value);
  return storageOf(dtype).lanes === "float" ? bitsOf(rounded) : rounded >>> 0;
}

const smallestNormal = 2 ** -126;
/** Compilers refuse infinities and NaN, and give −0 and subnormal numbers away: bits keep them. */
const isPlain = (x: number): boolean =>
  Number.isFinite(x) && !Object.is(x, -0) && (x === 0 || Math.abs(x) >= smallestNormal);

/** A number of which compilers do not know which one it is. */
export const hidden = (x: number): string => `float_of_bits(0x${bitsOf(x).toString(16)}u)`;

const literals: { readonly [L in Lanes]: (value: number) => string } = {
  float: (x) => (isPlain(x) ? `${x}f` : hidden(x)),
  signed: (x) => (x === -(2 ** 31) ? "i32(-2147483648)" : `${x}i`),
  unsigned: (x) => `${x}u`,
  bool: (x) => String(x !== 0),
};
/** A constant as WGSL; a negative one in parentheses. */
export function literal(value: number, dtype: DType): string {
  const text = literals[storageOf(dtype).lanes](dtypes[dtype].fromFloat(value));
  return text.startsWith("-") ? `(${text})` : text;
}
