/**
 * Module 3.24 — What a device states about its numbers.
 *
 * Everything that the laws take into account is said here, once, by the author of the device. What
 * is not stated is held to be exact, and what is used of a statement shows in the report: nothing is
 * widened in silence.
 */
import type { DType } from "@mt/operators";

/** How far a primitive may be from the reference, which rounds correctly; either bound will do. */
export interface Accuracy {
  /** Units in the last place of the result's dtype. */
  readonly ulp?: number;
  readonly absolute?: number;
  /** The arguments it is stated for; results at others are not looked at. All by default. */
  readonly domain?: (...x: readonly number[]) => boolean;
}

export interface Statement {
  /** The element types to test: all that the device knows, by default. */
  readonly dtypes?: readonly DType[];
  /** By primitive: `{ exp: { ulp: 2 }, sin: { absolute: 2 ** -11, domain: (x) => Math.abs(x) < 3 } }`. */
  readonly accuracy: Readonly<Record<string, Accuracy>>;
  /** How far a sum of floats may be off, in units of the last place of Σ |term|. */
  readonly sums: number;
  /** Whether NaN and infinities behave as IEEE 754 says; where not, nothing asks for them. */
  readonly specials: boolean;
  /** Whether subnormal numbers may be taken, and given, for zero. */
  readonly flushesSubnormals: boolean;
  /** Whether a · b + c may be rounded once instead of twice. */
  readonly contractsMultiplyAdd: boolean;
}

/** A device that computes as the reference does, to the bit. */
export const exactly: Statement = {
  accuracy: {},
  sums: 0,
  specials: true,
  flushesSubnormals: false,
  contractsMultiplyAdd: false,
};
