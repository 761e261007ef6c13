/**
 * Module 3.67 — How far from exact.
 *
 * Units in the last place of f32 (below the smallest normal number, of that). What is not listed is
 * exact to the bit, after the one rounding its definition makes: sums, products, quotients, roots,
 * remainders, comparisons, all integers. Tests sample every function over all of f32; the largest
 * errors found are a little below these.
 */
export const accuracy: Readonly<Record<string, number>> = {
  // with a row of their own
  exp: 1,
  expm1: 1.6,
  log: 0.8,
  log1p: 1.5,
  pow: 0.51,
  sin: 1.6,
  cos: 1.6,
  tanh: 1.4,
  // written in those by the lowerings of @mt/operators
  exp2: 3,
  log2: 1.9,
  sinh: 3,
  cosh: 3,
  asinh: 2.4,
  acosh: 3,
  atanh: 2.6,
  tan: 3.8,
  atan: 2.2,
  asin: 3,
  acos: 3,
  atan2: 2.3,
  hypot: 2.1,
};

/**
 * How far a sum of floats of any length may be off, in units of the last place of the sum of
 * magnitudes. (What is scattered into one place is added one after the other: half as many units as
 * there are terms.)
 */
export const sumUnits = 40;
/** The same for products in tiles, of which pieces of up to 4095 terms are made at once. */
export const contractionUnits = 2080;
