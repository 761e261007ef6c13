/**
 * Module 2.16b — Reductions.
 *
 * Each is a fold, or a few folds over the same axes, which the scheduler makes one kernel. Axes may
 * be negative, one, several or all (undefined).
 */
import { noGrad } from "@mt/autodiff";
import {
  abs,
  add,
  binary,
  div,
  eq,
  exp,
  log,
  logicalOr,
  lt,
  type Monoid,
  monoids,
  mul,
  ne,
  type Operator,
  sub,
  unary,
  where,
} from "@mt/operators";
import { mismatch } from "../errors.ts";
import type { Node, NodeOf } from "../graph/node.ts";
import { cast, iota, map, numberLeaf, reduce, reshape } from "../graph/record.ts";
import { axesOf, dims } from "../shape.ts";
import { counting, floating } from "./lift.ts";
import { diagonal, squeeze } from "./moves.ts";
import { root } from "./root.ts";

export type Axes = number | readonly number[] | undefined;
export interface ReduceOptions {
  /** Keep each folded axis, with one element. */
  readonly keepDims?: boolean;
}
export interface VarianceOptions extends ReduceOptions {
  /** What n is lessened by: 1 without, which is unbiased; 0 for the elements themselves. */
  readonly correction?: number;
}

function fold(
  operation: string,
  monoid: Monoid,
  x: Node,
  axes: Axes,
  options: ReduceOptions | undefined,
): Node {
  const list = axesOf(operation, axes, x.shape.dims);
  if (list.length === 0) return x;
  const y = reduce(monoid, x, list) as NodeOf<"reduce">;
  return options?.keepDims ? reshape(y, y.by.kept) : y;
}

/** Sum over axes (all without any); bool and u8 add up as i32. */
export const sum = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("sum", monoids.sum, counting(x), axes, options);

/** Product over axes; its gradient is right where elements are 0, too. */
export const prod = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("prod", monoids.prod, counting(x), axes, options);

/** How many elements of x each one of y is folded of. */
const countOf = (x: Node, y: Node): number => x.shape.size / y.shape.size;

/** Mean over axes; integers give f32. */
export function mean(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const y = fold("mean", monoids.sum, floating(x), axes, options);
  return map(mul, [y, numberLeaf(1 / countOf(x, y), y.dtype, y.recorder)]);
}

function extremum(
  operation: string,
  monoid: Monoid,
  x: Node,
  axes: Axes,
  options?: ReduceOptions,
): Node {
  const list = axesOf(operation, axes, x.shape.dims);
  const empty = list.find((k) => x.shape.dims[k] === 0);
  if (empty !== undefined)
    throw mismatch(operation, [x.shape.dims], `axis ${empty} has no elements, so no ${operation}`);
  return fold(operation, monoid, x, list, options);
}
/** Greatest element over axes; NaN wins; ties share the gradient. */
export const max = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  extremum("max", monoids.max, x, axes, options);
/** Smallest element over axes; NaN wins; ties share the gradient. */
export const min = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  extremum("min", monoids.min, x, axes, options);

/**
 * The sum of the diagonal of the last two axes.
 * @example
 * await tensor([[1, 2], [3, 4]]).trace().item(); // 5
 */
export const trace = (x: Node): Node => sum(diagonal(x), -1);

/** Whether every element over the axes is not zero. */
export const all = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("all", monoids.min, cast(x, "bool"), axes, options);
/** Whether some element over the axes is not zero. */
export const any = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("any", monoids.max, cast(x, "bool"), axes, options);

/** Whether the extremum stands here; NaN counts as the extremum. */
const attains: Operator<2> = binary("attains", (x, extreme) => logicalOr(eq(x, extreme), ne(x, x)));

const kept = { keepDims: true } as const;

function argExtremum(
  operation: string,
  monoid: Monoid,
  x: Node,
  axis: number | undefined,
  options: ReduceOptions | undefined,
): Node {
  const list = axesOf(operation, axis, x.shape.dims);
  const places = dims(x.shape.dims.map((n, k) => (list.includes(k) ? n : 1)));
  const found = map(attains, [x, extremum(operation, monoid, x, list, kept)]);
  const end = numberLeaf(places.size, "i32", x.recorder);
  const index = map(where as Operator, [found, iota(places, "i32", x.recorder), end]);
  return fold(operation, monoids.min, index, list, options);
}
/** Position (i32) of the first greatest element along an axis; without one, of all elements. */
export const argmax = (x: Node, axis?: number, options?: ReduceOptions): Node =>
  noGrad(() => argExtremum("argmax", monoids.max, x, axis, options));
/** Position (i32) of the first smallest element along an axis; without one, of all elements. */
export const argmin = (x: Node, axis?: number, options?: ReduceOptions): Node =>
  noGrad(() => argExtremum("argmin", monoids.min, x, axis, options));

/** A finite stand-in for infinite maxima, so that ∞ − ∞ does not arise. */
const finite: Operator<1> = unary("finite", (x) => where(lt(abs(x), Infinity), x, 0));

interface Exponentials {
  readonly list: readonly number[];
  readonly shift: Node;
  /** x − shift */
  readonly rest: Node;
  readonly e: Node;
  readonly total: Node;
}
/** eˣ and Σ eˣ over axes, without overflow: of x less its greatest value (0 of none), a constant. */
function exponentials(operation: string, input: Node, axes: Axes): Exponentials {
  const x = floating(input);
  const list = axesOf(operation, axes, x.shape.dims);
  const shift = noGrad(() => map(finite, [fold(operation, monoids.max, x, list, kept)]));
  const rest = map(sub, [x, shift]);
  const e = map(exp, [rest]);
  return { list, shift, rest, e, total: sum(e, list, kept) };
}

/** `log Σ eˣ` over axes, without overflow; −∞ over none. */
export function logsumexp(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const { list, total, shift } = exponentials("logsumexp", x, axes);
  const y = map(add, [map(log, [total]), shift]);
  return options?.keepDims ? y : squeeze(y, list);
}

/**
 * `eˣ / Σ eˣ` along an axis.
 * @example
 * await tensor([0, 0]).softmax().toArray(); // [0.5, 0.5]
 */
export function softmax(x: Node, axis = -1): Node {
  const { e, total } = exponentials("softmax", x, axis);
  return map(div, [e, total]);
}

/** `x − log Σ eˣ` along an axis. */
export function logSoftmax(x: Node, axis = -1): Node {
  const { rest, total } = exponentials("logSoftmax", x, axis);
  return map(sub, [rest, map(log, [total])]);
}

/** `variance`, as PyTorch calls it. */
export { variance as var };
/**
 * Variance over axes (all without any): squares of distances from the mean, divided by n − 1, or by
 * n − correction.
 * @example
 * await tensor([1, 3]).var(0).item(); // 2
 * await tensor([1, 3]).var(0, { correction: 0 }).item(); // 1
 */
export const variance = (x: Node, axes?: Axes, options?: VarianceOptions): Node =>
  spread("variance", x, axes, options);

/**
 * Standard deviation over axes, the root of the variance; derivative 0 where all are equal.
 * @example
 * await tensor([1, 3]).std(0, { correction: 0 }).item(); // 1
 */
export const std = (x: Node, axes?: Axes, options?: VarianceOptions): Node =>
  map(root, [spread("std", x, axes, options)]);

function spread(
  operation: string,
  input: Node,
  axes: Axes,
  { correction = 1, ...options }: VarianceOptions = {},
): Node {
  const x = floating(input);
  const list = axesOf(operation, axes, x.shape.dims);
  const centered = map(sub, [x, mean(x, list, kept)]);
  const squares = sum(map(mul, [centered, centered]), list, options);
  const degrees = Math.max(0, countOf(x, squares) - correction);
  return map(mul, [squares, numberLeaf(1 / degrees, x.dtype, x.recorder)]);
}
