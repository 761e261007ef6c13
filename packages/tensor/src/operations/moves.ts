/**
 * Module 2.16d — Views, as users ask for them: checked, with negative axes and sizes to infer.
 */

import type { Shape } from "@mt/backend";
import { add, dtypes, isFloat, logicalOr, promote } from "@mt/operators";
import {
  badAxis,
  badValue,
  cannotBroadcast,
  differentSize,
  mismatch,
  repeatedAxis,
  show,
  wrongRank,
} from "../errors.ts";
import type { Node } from "../graph/node.ts";
import {
  cast,
  expand as expandTo,
  map,
  move,
  reshape as reshapeTo,
  sameDevice,
} from "../graph/record.ts";
import { axesOf, axisOf, type Dims, dims } from "../shape.ts";

/** Sizes with at most one −1, which stands for what is left. */
export function reshape(x: Node, sizes: Shape): Node {
  const open = sizes.indexOf(-1);
  if (sizes.indexOf(-1, open + 1) > open && open >= 0)
    throw mismatch("reshape", [x.shape.dims, sizes], "one size may be −1, not several");
  let shape = sizes;
  if (open >= 0) {
    const rest = sizes.reduce((n, s, k) => (k === open ? n : n * s), 1);
    const size = x.shape.size / rest;
    if (!Number.isInteger(size))
      throw differentSize("reshape", x.shape.dims, sizes, x.shape.size, rest);
    shape = sizes.map((s, k) => (k === open ? size : s));
  }
  const to = dims(shape, "reshape");
  if (to.size !== x.shape.size)
    throw differentSize("reshape", x.shape.dims, shape, x.shape.size, to.size);
  return reshapeTo(x, to);
}

export function permute(x: Node, order: Shape): Node {
  const axes = order.map((axis) => axisOf("permute", axis, x.shape.dims));
  if (axes.length !== x.shape.rank || new Set(axes).size !== axes.length)
    throw wrongRank("permute", x.shape.dims, `${show(order)} must name each axis once`);
  return axes.every((axis, k) => axis === k) ? x : move("permute", x, axes);
}

export function transpose(x: Node, a = -2, b = -1): Node {
  if (x.shape.rank < 2 && a === -2 && b === -1)
    throw wrongRank("transpose", x.shape.dims, "two or more are needed");
  const [i, j] = [axisOf("transpose", a, x.shape.dims), axisOf("transpose", b, x.shape.dims)];
  return permute(
    x,
    x.shape.dims.map((_, k) => (k === i ? j : k === j ? i : k)),
  );
}

export function expand(x: Node, sizes: Shape): Node {
  const extra = sizes.length - x.shape.rank;
  const shape = sizes.map((n, k) =>
    n === -1 && k >= extra ? (x.shape.dims[k - extra] as number) : n,
  );
  const to = dims(shape, "expand");
  if (!x.shape.with(to)) throw cannotBroadcast("expand", x.shape.dims, shape);
  if (x.shape.with(to) !== to)
    throw mismatch("expand", [x.shape.dims, shape], "axes of more than one element do not shrink");
  return expandTo(x, to);
}

export function squeeze(x: Node, axes?: number | Shape): Node {
  const { dims: shape } = x.shape;
  const list =
    axes === undefined
      ? shape.flatMap((n, k) => (n === 1 ? [k] : []))
      : axesOf("squeeze", axes, shape);
  const wide = list.find((k) => shape[k] !== 1);
  if (wide !== undefined)
    throw mismatch("squeeze", [shape], `axis ${wide} has ${shape[wide]} elements, not 1`);
  return reshapeTo(x, dims(shape.filter((_, k) => !list.includes(k))));
}

export function unsqueeze(x: Node, axis: number): Node {
  const at = axis < 0 ? axis + x.shape.rank + 1 : axis;
  if (!(Number.isInteger(at) && at >= 0 && at <= x.shape.rank))
    throw badAxis("unsqueeze", axis, [...x.shape.dims, 1]);
  return reshapeTo(x, dims(x.shape.dims.toSpliced(at, 0, 1)));
}

/** A range of an axis: start, end (exclusive) and step; missing ends are the axis's own. */
export interface Range {
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}
/** For each axis: a position (the axis goes), a range, or null for all of it. */
export type Index = number | Range | null;

/** As Python's slices: negative positions count from the end, ranges are clipped to the axis. */
export function slice(x: Node, indices: readonly Index[], name = "slice"): Node {
  const shape = x.shape.dims;
  if (indices.length > shape.length)
    throw wrongRank(name, shape, `${indices.length} indices are too many`);
  const parameters: number[] = [];
  const gone: number[] = [];
  shape.forEach((n, axis) => {
    const index = indices[axis] ?? null;
    if (typeof index !== "number" && typeof index !== "object")
      throw badValue(name, `axis ${axis}: ${String(index)} is no position, range or null.`);
    if (typeof index === "number") {
      const at = index < 0 ? index + n : index;
      if (!(Number.isInteger(at) && at >= 0 && at < n))
        throw mismatch(name, [shape], `index ${index} is out of range for axis ${axis} of ${n}`);
      parameters.push(at, 1, 1);
      gone.push(axis);
    } else parameters.push(...rangeOf(index ?? {}, n, axis, shape));
  });
  const cut = move("slice", x, parameters);
  const whole = cut.shape === x.shape && parameters.every((p, k) => k % 3 !== 2 || p === 1);
  const y = whole ? x : cut;
  return gone.length ? reshapeTo(y, dims(y.shape.dims.filter((_, k) => !gone.includes(k)))) : y;
}

function rangeOf({ start, end, step = 1 }: Range, n: number, axis: number, shape: Shape): number[] {
  const wrong = [start, end, step].find((v) => v !== undefined && !Number.isInteger(v));
  if (wrong !== undefined || step === 0)
    throw badValue(
      "slice",
      `axis ${axis} of ${show(shape)}: ` +
        (wrong === undefined ? "a step of 0 leads nowhere." : `${wrong} is no whole number.`),
    );
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const place = (v: number | undefined, missing: number): number =>
    v === undefined ? missing : Math.min(high, Math.max(low, v < 0 ? v + n : v));
  const first = place(start, step > 0 ? 0 : n - 1);
  const last = place(end, step > 0 ? n : -1);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return [count ? first : 0, count, step];
}

export function flip(x: Node, axes?: number | Shape): Node {
  const list = axesOf("flip", axes, x.shape.dims);
  const range = (n: number, k: number): number[] =>
    list.includes(k) && n > 0 ? [n - 1, n, -1] : [0, n, 1];
  return list.length ? move("slice", x, x.shape.dims.flatMap(range)) : x;
}

/** Elements before and after each axis; a list shorter than the rank pads the last axes. */
export function pad(x: Node, widths: readonly (readonly [number, number])[], value = 0): Node {
  const shape = x.shape.dims;
  if (widths.length > shape.length)
    throw wrongRank("pad", shape, `${widths.length} pairs of widths are too many`);
  const bad = widths.flat().find((w) => !(Number.isInteger(w) && w >= 0));
  if (bad !== undefined)
    throw badValue("pad", `${bad} is no width: whole numbers from 0; slice() cuts off.`);
  const missing = shape.length - widths.length;
  const parameters = shape.flatMap((_, k) =>
    k < missing ? [0, 0] : [...(widths[k - missing] as readonly number[])],
  );
  const fill = dtypes[x.dtype].fromFloat(value);
  return parameters.every((w) => w === 0) ? x : move("pad", x, parameters, fill);
}

export function diagonal(x: Node, a = -2, b = -1): Node {
  const [i, j] = [axisOf("diagonal", a, x.shape.dims), axisOf("diagonal", b, x.shape.dims)];
  if (i === j) throw repeatedAxis("diagonal", i, x.shape.dims);
  return move("diagonal", x, [i, j]);
}

/** Sliding windows along an axis, as a new last axis. */
export function unfold(x: Node, axis: number, size: number, step = 1, dilation = 1): Node {
  const k = axisOf("unfold", axis, x.shape.dims);
  const given = [size, step, dilation];
  const bad = given.findIndex((v) => !(Number.isInteger(v) && v > 0));
  if (bad >= 0) throw badValue("unfold", `${given[bad]} is no size, step or dilation: use 1, 2, …`);
  const n = x.shape.dims[k] as number;
  const reach = dilation * (size - 1) + 1;
  if (reach > n)
    throw mismatch("unfold", [x.shape.dims], `a window of ${reach} does not fit axis ${k} of ${n}`);
  return move("window", x, [k, size, step, dilation]);
}

/** All at the dtype that holds all. */
function sameDType(operation: string, list: readonly Node[]): readonly Node[] {
  const dtype = list
    .map((x) => x.dtype)
    .reduce((a, b) => {
      const both = promote(a, b);
      if (!both) throw badValue(operation, `${a} and ${b} do not mix: cast one of them first.`);
      return both;
    });
  return list.map((x) => cast(x, dtype));
}

/**
 * End to end along an axis, as padded summands: in halves, so that of many, which are several
 * kernels, each goes over what it adds alone.
 */
export function concatenate(given: readonly Node[], axis: number, name: string = "concat"): Node {
  if (given.length === 0) throw badValue(name, "needs at least one tensor.");
  sameDevice(name, given);
  const list = sameDType(name, given);
  const [first] = list as [Node];
  const k = axisOf(name, axis, first.shape.dims);
  for (const { shape } of list)
    if (shape.rank !== first.shape.rank || without(shape, k) !== without(first.shape, k))
      throw mismatch(name, [first.shape.dims, shape.dims], `all axes but ${k} must be equal`);
  // what adds nothing: −0 + x = x for every x, where 0 + −0 is 0
  const [join, nothing] =
    first.dtype === "bool" ? [logicalOr, 0] : [add, isFloat(first.dtype) ? -0 : 0];
  const between = (x: Node, before: number, after: number): Node => {
    const widths = x.shape.dims.flatMap((_, d) => (d === k ? [before, after] : [0, 0]));
    return before + after === 0 ? x : move("pad", x, widths, nothing);
  };
  const joined = (from: number, to: number): Node => {
    if (to - from === 1) return list[from] as Node;
    const middle = (from + to) >> 1;
    const [a, b] = [joined(from, middle), joined(middle, to)];
    const [n, m] = [a, b].map((x) => x.shape.dims[k] as number) as [number, number];
    return map(join, [between(a, 0, m), between(b, n, 0)]);
  };
  return joined(0, list.length);
}

const without = (shape: Dims, axis: number): Dims => dims(shape.dims.toSpliced(axis, 1));
