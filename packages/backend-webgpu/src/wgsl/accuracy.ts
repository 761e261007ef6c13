/**
 * Module 3.95a — How far from exact.
 *
 * Units in the last place of f32. What is not listed is exact to the bit after the one rounding its
 * definition makes: sums, products, comparisons, remainders, all integers. Quotients and roots are the
 * hardware's, for which WGSL grants 2.5 units; sums of contractions and a · b + c may be rounded once;
 * subnormal numbers may be taken for zero.
 */
import type { Accuracy } from "@mt/backend/testing";

export const accuracy: Readonly<Record<string, Accuracy>> = {};
