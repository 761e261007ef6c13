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
 * How far a sum of so many floats may be off, in units of the last place of the sum of magnitudes.
 * Each addition that a term goes through may cost such a unit: 63 in a page, 63 in a page of pages,
 * …, which is 10.5 for each doubling of the length; 40 are for remainders, for the lanes, copies and
 * pieces at the end, and for summed axes (a dozen) that do not join. (What is scattered into one
 * place is added one after the other: half as many units as there are terms.)
 */
export const sumUnits = (terms: number): number => 10.5 * Math.log2(terms) + 40;
/**
 * The same for up to 65 000 products in tiles, summed over one axis: pieces of up to 2048 are made at
 * once, or all of 4095. (2300 for any that fit into memory. Of several axes what lies at one place of
 * the longest is never cut: about as many units as that has points, if those are more than 2048.)
 */
export const contractionUnits = 2080;
