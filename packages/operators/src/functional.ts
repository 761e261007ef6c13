/**
 * Module 0.13 — Functions of functions.
 *
 * MiniTorch's first exercise: `map`, `zipWith` and `reduce` take a function of numbers and give one
 * of lists. Tensors are made of the same three, over devices instead of lists.
 */
import { listsDiffer } from "./errors.ts";
import { add, mul, neg } from "./operators.ts";

type List = readonly number[];

/**
 * Applies `fn` to every number of a list.
 * @example
 * map(square)([1, 2, 3]); // [1, 4, 9]
 */
export const map =
  (fn: (x: number) => number): ((list: List) => number[]) =>
  (list) =>
    list.map((x) => fn(x));

/**
 * Joins two lists number by number.
 * @throws RangeError if the lists differ in length.
 * @example
 * zipWith(mul)([1, 2], [3, 4]); // [3, 8]
 */
export const zipWith =
  (fn: (x: number, y: number) => number): ((a: List, b: List) => number[]) =>
  (a, b) => {
    if (a.length !== b.length) throw listsDiffer(a.length, b.length);
    return a.map((x, i) => fn(x, b[i] as number));
  };

/**
 * Folds a list to one number, from the left; an empty list gives `start`.
 * @example
 * reduce(maximum, -Infinity)([3, 1, 2]); // 3
 */
export const reduce =
  (fn: (x: number, y: number) => number, start: number): ((list: List) => number) =>
  (list) =>
    list.reduce((result, x) => fn(result, x), start);

/** Every number with the other sign. */
export const negList: (list: List) => number[] = map(neg);
/** Two lists, added number by number. */
export const addLists: (a: List, b: List) => number[] = zipWith(add);
/** The sum of a list; 0 for an empty one. */
export const sum: (list: List) => number = reduce(add, 0);
/** The product of a list; 1 for an empty one. */
export const prod: (list: List) => number = reduce(mul, 1);
