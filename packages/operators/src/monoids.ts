/**
 * Module 0.10 — Folds.
 *
 * An associative, commutative way to make one value of many, with the value of "none at all".
 * A reduction of a tensor holds one of these; devices see only its formula.
 */
import { type DType, dtypes } from "./dtype.ts";
import type { Operator } from "./operator.ts";
import { add, maximum, minimum, mul } from "./operators.ts";

export interface Monoid {
  readonly name: string;
  /** A small integer, for keys. */
  readonly id: number;
  readonly combine: Operator<2>;
  identity(dtype: DType): number;
}

let count = 0;
/** A fold of your own, from an associative and commutative operator. */
export const defineMonoid = (
  name: string,
  combine: Operator<2>,
  identity: (dtype: DType) => number,
): Monoid => ({ name, id: count++, combine, identity });

export const monoids: {
  readonly sum: Monoid;
  readonly prod: Monoid;
  readonly max: Monoid;
  readonly min: Monoid;
} = {
  sum: defineMonoid("sum", add, () => 0),
  prod: defineMonoid("prod", mul, () => 1),
  max: defineMonoid("max", maximum, (dtype) => dtypes[dtype].lowest),
  min: defineMonoid("min", minimum, (dtype) => dtypes[dtype].highest),
};
