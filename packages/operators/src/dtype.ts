/**
 * Module 0.1 — What a number may be.
 *
 * One table holds everything that depends on an element type: how wide it is, how a result is
 * rounded to it, which typed array stores it and where it stands in promotion. No other file
 * branches on a dtype: it asks this table.
 */
export type DType = "f64" | "f32" | "f16" | "u32" | "i32" | "u8" | "bool";

/** A typed array that can hold the elements of some dtype. */
export type TypedArray = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;

export interface DTypeRow {
  /** A small integer, for keys. */
  readonly code: number;
  readonly kind: "float" | "integer" | "bool";
  /** Bytes of one element in host memory. */
  readonly bytes: number;
  /** Place in promotion: the higher wins; two different dtypes of one rank do not mix. */
  readonly rank: number;
  readonly lowest: number;
  readonly highest: number;
  /** Rounds the exact result of an operation to this dtype (integers wrap around). */
  readonly round: (x: number) => number;
  /** The same as JavaScript text. */
  readonly roundText: (x: string) => string;
  /** From a float: integers truncate and saturate, NaN becomes 0; bool is "not zero". */
  readonly fromFloat: (x: number) => number;
  readonly fromFloatText: (x: string) => string;
  readonly array: {
    new (length: number): TypedArray;
    new (values: ArrayLike<number>): TypedArray;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  };
}

const clamp = (low: number, high: number) => ({
  fromFloat: (x: number): number => Math.max(low, Math.min(high, Math.trunc(x))) || 0,
  fromFloatText: (x: string): string =>
    `(Math.max(${low}, Math.min(${high}, Math.trunc(${x}))) || 0)`,
  lowest: low,
  highest: high,
});
const floating = (
  round: (x: number) => number,
  roundText: (x: string) => string,
): Pick<
  DTypeRow,
  "kind" | "lowest" | "highest" | "round" | "roundText" | "fromFloat" | "fromFloatText"
> => ({
  kind: "float",
  lowest: -Infinity,
  highest: Infinity,
  round,
  roundText,
  fromFloat: round,
  fromFloatText: roundText,
});
/** ECMAScript 2025: a host that has none of it has no f16 (`dtypeNames`). */
interface Halves {
  readonly f16round: (x: number) => number;
  readonly Float16Array: typeof Float32Array;
}

export const dtypes: { readonly [D in DType]: DTypeRow } = {
  f64: {
    code: 0,
    bytes: 8,
    rank: 5,
    array: Float64Array,
    ...floating(
      (x) => x,
      (x) => x,
    ),
  },
  f32: {
    code: 1,
    bytes: 4,
    rank: 4,
    array: Float32Array,
    ...floating(Math.fround, (x) => `Math.fround(${x})`),
  },
  f16: {
    code: 2,
    bytes: 2,
    rank: 3,
    array: (globalThis as unknown as Halves).Float16Array,
    ...floating((Math as unknown as Halves).f16round, (x) => `Math.f16round(${x})`),
  },
  u32: {
    code: 3,
    kind: "integer",
    bytes: 4,
    rank: 2,
    array: Uint32Array,
    round: (x) => x >>> 0,
    roundText: (x) => `((${x}) >>> 0)`,
    ...clamp(0, 4294967295),
  },
  i32: {
    code: 4,
    kind: "integer",
    bytes: 4,
    rank: 2,
    array: Int32Array,
    round: (x) => x | 0,
    roundText: (x) => `((${x}) | 0)`,
    ...clamp(-2147483648, 2147483647),
  },
  u8: {
    code: 5,
    kind: "integer",
    bytes: 1,
    rank: 1,
    array: Uint8Array,
    round: (x) => x & 255,
    roundText: (x) => `((${x}) & 255)`,
    ...clamp(0, 255),
  },
  bool: {
    code: 6,
    kind: "bool",
    bytes: 1,
    rank: 0,
    array: Uint8Array,
    lowest: 0,
    highest: 1,
    round: (x) => (x !== 0 ? 1 : 0),
    roundText: (x) => `((${x}) !== 0 ? 1 : 0)`,
    fromFloat: (x) => (x !== 0 ? 1 : 0),
    fromFloatText: (x) => `((${x}) !== 0 ? 1 : 0)`,
  },
};

/** The dtypes whose elements this host can hold (some have no f16), in the order of their codes. */
export const dtypeNames: readonly DType[] = (Object.keys(dtypes) as DType[]).filter(
  (dtype) => dtypes[dtype].array,
);

export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === "float";

/**
 * The dtype that holds both: the one of higher rank; `null` if they do not mix (i32 with u32).
 * @example
 * promote("bool", "i32"); // "i32"
 */
export function promote(a: DType, b: DType): DType | null {
  if (a === b) return a;
  const rank = dtypes[a].rank - dtypes[b].rank;
  return rank > 0 ? a : rank < 0 ? b : null;
}
