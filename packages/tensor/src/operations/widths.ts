/** Module 2.16k — How far a tensor is padded: elements before and after each axis. */
import type { Shape } from "@mt/backend";
import { badValue, show } from "../errors.ts";

export type Widths = readonly (readonly [before: number, after: number])[];

const isWidth = (n: unknown): boolean => Number.isInteger(n) && (n as number) >= 0;

/** A pair for every axis; a list shorter than the rank is of the last axes. @throws TensorError */
export function widthsOf(shape: Shape, given: Widths): Widths {
  const arePairs =
    Array.isArray(given) &&
    given.length <= shape.length &&
    given.every((pair: Widths[number]) => pair?.length === 2 && pair.every(isWidth));
  if (!arePairs)
    throw badValue(
      "pad",
      `widths ${String(given)} of ${show(shape)} must be pairs of whole numbers from 0, at most one ` +
        "for each axis; slice() cuts off.",
    );
  return shape.map((_, k) => given[k - shape.length + given.length] ?? [0, 0]);
}
