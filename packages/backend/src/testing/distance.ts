/**
 * Module 3.26 — How far one number is from another, in units of the last place.
 *
 * All about a float's format is read off the rounding in its dtype's row.
 */
import { type DType, dtypes, isFloat } from "@mt/operators";

interface Format {
  /** Binary digits after the leading one. */
  readonly digits: number;
  readonly smallest: number;
  /** The power of two that is too large. */
  readonly limit: number;
}

const formats = new Map<DType, Format>();
function formatOf(dtype: DType): Format {
  const known = formats.get(dtype);
  if (known) return known;
  const { round } = dtypes[dtype];
  let digits = 0;
  while (round(1 + 2 ** -(digits + 1)) > 1) digits++;
  let smallest = 1;
  while (round(smallest / 2) > 0) smallest /= 2;
  let large = 1;
  while (round(large * 2) < Infinity) large *= 2;
  const format = { digits, smallest, limit: large * 2 };
  formats.set(dtype, format);
  return format;
}

/** The step from `y` to the next number of its dtype. */
export function unit(y: number, dtype: DType): number {
  const { digits, smallest } = formatOf(dtype);
  const exponent = Math.floor(Math.log2(Math.abs(y)));
  return Math.max(smallest, 2 ** (exponent - digits));
}

/** The smallest number with all its digits. */
export function smallestNormal(dtype: DType): number {
  const { digits, smallest } = formatOf(dtype);
  return smallest * 2 ** digits;
}
/** Whether a number of this dtype has fewer digits than others, being so small. */
export function isSubnormal(y: number, dtype: DType): boolean {
  return isFloat(dtype) && y !== 0 && Math.abs(y) < smallestNormal(dtype);
}

/** In units of `y`; NaN is at no distance from NaN, and −0 at none from 0. */
export function distance(x: number, y: number, dtype: DType): number {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  if (Number.isNaN(x) || Number.isNaN(y)) return Infinity;
  if (!isFloat(dtype)) return Infinity;
  const { limit } = formatOf(dtype); // an overflow is a step past the largest number
  const bounded = (z: number): number => Math.max(-limit, Math.min(limit, z));
  const apart = Math.abs(bounded(x) - bounded(y));
  return apart / unit(Math.min(Math.abs(bounded(y)), limit / 2), dtype);
}

/** What is allowed between a device and the reference. */
export interface Allowance {
  readonly ulp: number;
  readonly absolute: number;
  /** A subnormal number may come out as zero. */
  readonly flushes?: boolean;
  /** The option that grants it, for messages. */
  readonly stated?: string;
}
export const exact: Allowance = { ulp: 0, absolute: 0 };

/** Whether `x` may stand for `y`: floats within the allowance, all else exactly. */
export function isNear(x: number, y: number, dtype: DType, allowed: Allowance): boolean {
  if (x === y) return true;
  if (isFloat(dtype) && Math.abs(x - y) <= allowed.absolute) return true;
  if (allowed.flushes && x === 0 && isSubnormal(y, dtype)) return true;
  return distance(x, y, dtype) <= allowed.ulp;
}

/**
 * Holds elements to what they must be, as the laws do; what a printed counterexample ends with.
 * @throws Error naming the first element that is too far off.
 * @example
 * mustMatch([1, 2], Float32Array.of(1, 2), "f32"); // undefined
 * mustMatch([1, 3], Float32Array.of(1, 2), "f32"); // Error: element 1 is 3 and must be 2
 */
export function mustMatch(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  dtype: DType,
  allowed: Allowance = exact,
): void {
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [found[i] as number, expected[i] as number];
    if (!isNear(x, y, dtype, allowed)) throw new Error(`element ${i} is ${x} and must be ${y}`);
  }
}
