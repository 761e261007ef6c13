/**
 * Module 2.16d — Views, as users ask for them: checked, with negative axes and sizes to infer.
 *
 * Nothing is copied. Each function is a method of tensors.
 */
import type { Shape } from "@mt/backend";
import { dtypes } from "@mt/operators";
import { badValue, mismatch, repeatedAxis, show, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { expand as expandTo, move, reshape as reshapeTo } from "../graph/record.ts";
import { axesOf, axisOf, dims, sizeOf } from "../shape.ts";
import { type Widths, widthsOf } from "./widths.ts";

/** Numbers one by one, or a list of them. */
export type Numbers = number[] | [Shape];
const listOf = (numbers: Numbers): Shape =>
  Array.isArray(numbers[0]) ? (numbers[0] as Shape) : (numbers as Shape);

/** The same elements under another shape; one size may be −1. */
export function reshape(x: Node, ...sizes: Numbers): Node {
  const shape = listOf(sizes);
  const { size } = x.shape;
  const open = shape.indexOf(-1);
  const others = shape.reduce((n, s, k) => (k === open ? n : n * s), 1);
  const left = open < 0 ? 1 : size / others;
  if (others * left !== size || left < 0 || left % 1)
    throw mismatch(
      "reshape",
      [x.shape.dims, shape],
      `the number of elements, ${size}, must stay; one size may be −1, for what is left`,
    );
  return reshapeTo(x, dims(open < 0 ? shape : shape.with(open, left), "reshape"));
}

/**
 * Neighboring axes as one: all of them, or those from `start` to `end`, both included.
 * @example
 * ones([2, 3, 4]).flatten(1).shape; // [2, 12]
 */
export function flatten(x: Node, start = 0, end = -1): Node {
  const shape = x.shape.rank ? x.shape.dims : [1];
  const [first, last] = [axisOf("flatten", start, shape), axisOf("flatten", end, shape) + 1];
  if (last <= first) throw badValue("flatten", `axis ${end} comes before axis ${start}.`);
  const size = sizeOf(shape.slice(first, last));
  return reshapeTo(x, dims([...shape.slice(0, first), size, ...shape.slice(last)]));
}

/** Axes in another order. */
export function permute(x: Node, ...order: Numbers): Node {
  const axes = listOf(order).map((axis) => axisOf("permute", axis, x.shape.dims));
  if (axes.length !== x.shape.rank || new Set(axes).size !== axes.length)
    throw wrongRank("permute", x.shape.dims, `${show(listOf(order))} must name each axis once`);
  return axes.every((axis, k) => axis === k) ? x : move("permute", x, axes);
}

/** Two axes exchanged: the last two, without any. */
export function transpose(x: Node, a = -2, b = -1): Node {
  const [i, j] = [axisOf("transpose", a, x.shape.dims), axisOf("transpose", b, x.shape.dims)];
  const order = x.shape.dims.map((_, k) => (k === i ? j : k === j ? i : k));
  return permute(x, order);
}

/** Axes of one element repeated to these sizes; −1 keeps a size. */
export function expand(x: Node, ...sizes: Numbers): Node {
  const given = listOf(sizes);
  const old = x.shape.dims;
  const to = dims(
    given.map((n, k) => (n === -1 ? (old[k - given.length + old.length] ?? n) : n)),
    "expand",
  );
  if (x.shape.with(to) !== to)
    throw mismatch("expand", [old, given], "axes of one element are repeated, others must stay");
  return expandTo(x, to);
}

/** Without axes of one element: these, or all. */
export function squeeze(x: Node, axes?: number | Shape): Node {
  const shape = x.shape.dims;
  const gone = axes === undefined ? null : axesOf("squeeze", axes, shape);
  const wide = gone?.find((k) => shape[k] !== 1);
  if (wide !== undefined)
    throw mismatch("squeeze", [shape], `axis ${wide} has ${shape[wide]} elements, not 1`);
  return reshapeTo(x, dims(shape.filter((n, k) => !(gone ? gone.includes(k) : n === 1))));
}

/** With one more axis of one element at this place. */
export function unsqueeze(x: Node, axis: number): Node {
  const k = axisOf("unsqueeze", axis, [...x.shape.dims, 1]);
  return reshapeTo(x, dims(x.shape.dims.toSpliced(k, 0, 1)));
}

/** A range of an axis: start, end (exclusive) and step; missing ends are the axis's own. */
export interface Range {
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}
/** For each axis: a position (the axis goes), a range, or null for all of it. */
export type Index = number | Range | null;

/**
 * A part: for each axis a position, a range, or null for all of it. Negative positions count from
 * the end, ranges are clipped to the axis.
 * @example
 * await tensor([[1, 2, 3], [4, 5, 6]]).slice(1, { step: -1 }).toArray(); // [6, 5, 4]
 */
export const slice = (x: Node, ...indices: Index[]): Node => part("slice", x, indices);

/**
 * What stands at these positions of the first axes; negative ones count from the end.
 * @throws ShapeError for a position that is not there.
 * @example
 * await tensor([[1, 2], [3, 4]]).at(-1, 0).item(); // 3
 */
export const at = (x: Node, ...positions: number[]): Node => part("at", x, positions);

function part(operation: string, x: Node, indices: readonly Index[]): Node {
  const shape = x.shape.dims;
  if (indices.length > shape.length)
    throw wrongRank(operation, shape, `${indices.length} indices are too many`);
  const parameters: number[] = [];
  const kept: number[] = [];
  let whole = true;
  shape.forEach((n, axis) => {
    const index = indices[axis] ?? everything;
    const [start, count, step] =
      typeof index === "number"
        ? placeOf(operation, index, shape, axis)
        : rangeOf(operation, index, shape, axis);
    parameters.push(start, count, step);
    whole &&= count === n && step === 1;
    if (typeof index !== "number") kept.push(count);
  });
  return reshapeTo(whole ? x : move("slice", x, parameters), dims(kept));
}

type Part = readonly [start: number, count: number, step: number];

function placeOf(operation: string, index: number, shape: Shape, axis: number): Part {
  const n = shape[axis] as number;
  const place = index < 0 ? index + n : index;
  if (!(Number.isInteger(place) && place >= 0 && place < n))
    throw mismatch(operation, [shape], `index ${index} is out of range for axis ${axis} of ${n}`);
  return [place, 1, 1];
}

const everything: Range = {};
const isWhole = (x: number | undefined): boolean => x === undefined || Number.isInteger(x);

function rangeOf(operation: string, range: Range, shape: Shape, axis: number): Part {
  const { start, end, step = 1 } = range;
  const n = shape[axis] as number;
  if (typeof range !== "object" || !isWhole(start) || !isWhole(end) || !isWhole(step) || !step)
    throw badValue(
      operation,
      `axis ${axis}: start ${start}, end ${end}, step ${step}. Give whole numbers, no step of 0; or ` +
        "a position; or null.",
    );
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const clipped = (v: number): number => Math.min(high, Math.max(low, v < 0 ? v + n : v));
  const first = start === undefined ? (step > 0 ? low : high) : clipped(start);
  const last = end === undefined ? (step > 0 ? high : low) : clipped(end);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return [count && first, count, step];
}

/** Axes read backwards: these, or all. */
export function flip(x: Node, axes?: number | Shape): Node {
  const list = axesOf("flip", axes, x.shape.dims);
  return slice(x, ...x.shape.dims.map((_, k) => (list.includes(k) ? { step: -1 } : null)));
}

/**
 * More elements, all one number, before and after the (last) axes. The function `pad` repeats the
 * tensor's own.
 * @example
 * await tensor([1, 2]).pad([[2, 1]]).toArray(); // [0, 0, 1, 2, 0]
 */
export function pad(x: Node, widths: Widths, value = 0): Node {
  if (typeof value !== "number")
    throw badValue("pad", `${String(value)} is no number: the function pad() takes modes.`);
  const parameters = widthsOf(x.shape.dims, widths).flat();
  return parameters.some((n) => n)
    ? move("pad", x, parameters, dtypes[x.dtype].fromFloat(value))
    : x;
}

/** The diagonal of two axes, as a new last axis. */
export function diagonal(x: Node, a = -2, b = -1): Node {
  const [i, j] = [axisOf("diagonal", a, x.shape.dims), axisOf("diagonal", b, x.shape.dims)];
  if (i === j) throw repeatedAxis("diagonal", i, x.shape.dims);
  return move("diagonal", x, [i, j]);
}

/** Sliding windows along an axis, as a new last axis. */
export function unfold(x: Node, axis: number, size: number, step = 1, dilation = 1): Node {
  const k = axisOf("unfold", axis, x.shape.dims);
  const n = x.shape.dims[k] as number;
  const whole = [size, step, dilation].every((v) => Number.isInteger(v) && v > 0);
  if (!whole || dilation * (size - 1) >= n)
    throw mismatch(
      "unfold",
      [x.shape.dims],
      `size ${size}, step ${step} and dilation ${dilation} must be whole numbers from 1, and a ` +
        `window must fit the ${n} elements of axis ${k}`,
    );
  return move("window", x, [k, size, step, dilation]);
}
