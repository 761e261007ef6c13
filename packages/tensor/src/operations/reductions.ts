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
  defineOperator,
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
  where,
} from "@mt/operators";
import { mismatch } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { cast, iota, map, move, numberLeaf, reduce, reshape } from "../graph/record.ts";
import { axesOf, axisOf, dims } from "../shape.ts";
import { counting, floating } from "./lift.ts";
import { diagonal } from "./moves.ts";
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

/** A reduction of x over `list`, with the folded axes put back. */
const withAxes = (y: Node, x: Node, list: readonly number[]): Node =>
  reshape(y, dims(x.shape.dims.map((n, k) => (list.includes(k) ? 1 : n))));

function fold(
  operation: string,
  monoid: Monoid,
  x: Node,
  axes: Axes,
  keepDims: boolean | undefined,
): Node {
  const list = axesOf(operation, axes, x.shape.dims);
  if (list.length === 0) return x;
  const y = reduce(monoid, x, list);
  return keepDims ? withAxes(y, x, list) : y;
}

/** Sum over axes (all without any); bool and u8 add up as i32. */
export const sum = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("sum", monoids.sum, counting(x), axes, options?.keepDims);

/** Product over axes; its gradient is right where elements are 0, too. */
export const prod = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("prod", monoids.prod, counting(x), axes, options?.keepDims);

/** Mean over axes; integers give f32. */
export function mean(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const list = axesOf("mean", axes, x.shape.dims);
  const count = list.reduce((n, k) => n * (x.shape.dims[k] as number), 1);
  const y = fold("mean", monoids.sum, floating(x), list, options?.keepDims);
  return map(mul, [y, numberLeaf(1 / count, y.dtype, y.recorder)]);
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
  return fold(operation, monoid, x, list, options?.keepDims);
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
  fold("all", monoids.min, cast(x, "bool"), axes, options?.keepDims);
/** Whether some element over the axes is not zero. */
export const any = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  fold("any", monoids.max, cast(x, "bool"), axes, options?.keepDims);

/** Whether the extremum stands here; NaN counts as the extremum. */
const attains: Operator<2> = defineOperator("attains", (x, extreme) =>
  logicalOr(eq(x, extreme), ne(x, x)),
);

function argExtremum(
  operation: string,
  monoid: Monoid,
  x: Node,
  axis: number | undefined,
  options: ReduceOptions | undefined,
): Node {
  const flat = axis === undefined;
  const rows = flat ? move("reshape", x, [x.shape.size]) : x;
  const k = flat ? 0 : axisOf(operation, axis, x.shape.dims);
  const count = rows.shape.dims[k] as number;
  const extreme = withAxes(extremum(operation, monoid, rows, k), rows, [k]);
  const along = dims(rows.shape.dims.map((n, d) => (d === k ? n : 1)));
  const index = iota(along, "i32", x.recorder);
  const end = numberLeaf(count, "i32", x.recorder);
  const found = map(attains, [rows, extreme]);
  const y = reduce(monoids.min, map(where as Operator, [found, index, end]), [k]);
  return options?.keepDims ? withAxes(y, x, axesOf(operation, axis, x.shape.dims)) : y;
}
/** Position (i32) of the first greatest element along an axis; without one, of all elements. */
export const argmax = (x: Node, axis?: number, options?: ReduceOptions): Node =>
  noGrad(() => argExtremum("argmax", monoids.max, x, axis, options));
/** Position (i32) of the first smallest element along an axis; without one, of all elements. */
export const argmin = (x: Node, axis?: number, options?: ReduceOptions): Node =>
  noGrad(() => argExtremum("argmin", monoids.min, x, axis, options));

/** A finite stand-in for infinite maxima, so that ∞ − ∞ does not arise. */
const finite: Operator<1> = defineOperator("finite", (x) => where(lt(abs(x), Infinity), x, 0));

/** x less its greatest value along the axes, which is a constant for the derivative. */
function shifted(operation: string, x: Node, list: readonly number[]): { shift: Node; rest: Node } {
  const shift = noGrad(() =>
    map(finite, [withAxes(extremum(operation, monoids.max, x, list), x, list)]),
  );
  return { shift, rest: map(sub, [x, shift]) };
}
const kept = { keepDims: true } as const;

/** `log Σ eˣ` over axes, without overflow. */
export function logsumexp(input: Node, axes?: Axes, options?: ReduceOptions): Node {
  const x = floating(input);
  const list = axesOf("logsumexp", axes, x.shape.dims);
  if (list.length === 0) return x;
  const { shift, rest } = shifted("logsumexp", x, list);
  const y = map(add, [map(log, [sum(map(exp, [rest]), list, kept)]), shift]);
  return options?.keepDims
    ? y
    : move(
        "reshape",
        y,
        x.shape.dims.filter((_, k) => !list.includes(k)),
      );
}

/**
 * `eˣ / Σ eˣ` along an axis.
 * @example
 * await tensor([0, 0]).softmax().toArray(); // [0.5, 0.5]
 */
export function softmax(input: Node, axis = -1): Node {
  const x = floating(input);
  const list = [axisOf("softmax", axis, x.shape.dims)];
  const e = map(exp, [shifted("softmax", x, list).rest]);
  return map(div, [e, sum(e, list, kept)]);
}

/** `x − log Σ eˣ` along an axis. */
export function logSoftmax(input: Node, axis = -1): Node {
  const x = floating(input);
  const list = [axisOf("logSoftmax", axis, x.shape.dims)];
  const { rest } = shifted("logSoftmax", x, list);
  return map(sub, [rest, map(log, [sum(map(exp, [rest]), list, kept)])]);
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
  const count = list.reduce((n, k) => n * (x.shape.dims[k] as number), 1);
  const centered = map(sub, [x, mean(x, list, kept)]);
  const squares = sum(map(mul, [centered, centered]), list, options);
  return map(mul, [squares, numberLeaf(1 / Math.max(0, count - correction), x.dtype, x.recorder)]);
}
