/**
 * Module 3.95a — How far from exact.
 *
 * Units in the last place of f32, over all of it. What is not listed is exact to the bit after the one
 * rounding its definition makes: sums, products, comparisons, remainders, all integers. Quotients and
 * roots are the hardware's, and as WGSL grants them; what is built on them was measured where they are
 * exact. Besides, a · b + c may be rounded once, and subnormal numbers may be taken for zero.
 */
import type { Accuracy } from "@mt/backend/testing";

const ulp = (units: number): Accuracy => ({ ulp: units });

export const accuracy: Readonly<Record<string, Accuracy>> = {
  // the hardware's
  div: ulp(3),
  sqrt: ulp(3),
  // functions of the prelude
  exp: ulp(2),
  log: ulp(2),
  log1p: ulp(3),
  pow: ulp(3),
  sin: ulp(3),
  cos: ulp(3),
  // written in those by the lowerings of @mt/operators
  exp2: ulp(3),
  expm1: ulp(3),
  log2: ulp(3),
  tan: ulp(5),
  asin: ulp(4),
  acos: ulp(4),
  atan: ulp(3),
  atan2: ulp(3),
  hypot: ulp(3),
  sinh: ulp(4),
  cosh: ulp(4),
  tanh: ulp(5),
  asinh: ulp(4),
  acosh: ulp(4),
  atanh: ulp(4),
};
/**
 * How far a sum of floats may be off, in units of the last place of the sum of magnitudes: folds carry
 * what they lose, so any number of terms.
 */
export const sumUnits = 8;
/** The same for what is added to memory, or step by step: scatters and running sums. */
export const serialUnits = (terms: number): number => Math.max(sumUnits, terms / 2);

/** Terms of a contraction that are added up by themselves: about the root of how many there are. */
export const chunkOf = (terms: number): number =>
  terms <= 256 ? terms : Math.max(256, 2 ** Math.ceil(Math.log2(terms) / 2));
/** The same for contractions in f32: a chunk may be half as long as it should. By subgroups: terms / 2. */
export const contractionUnits = (terms: number): number =>
  sumUnits + chunkOf(terms) / 2 + terms / chunkOf(terms);
