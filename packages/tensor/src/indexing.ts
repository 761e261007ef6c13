/**
 * Module 2.22 — Indexing by data, running folds, sorting: functions of tensors.
 */

import { isFloat } from "@mt/operators";
import { full } from "./create.ts";
import { badValue, mismatch } from "./errors.ts";
import { where } from "./functions.ts";
import type { Node } from "./graph/node.ts";
import { numberLeaf } from "./graph/record.ts";
import type { Combining } from "./operations/indexing.ts";
import * as indexing from "./operations/indexing.ts";
import type { Axes, ReduceOptions } from "./operations/reductions.ts";
import * as running from "./operations/running.ts";
import * as sorting from "./operations/sorting.ts";
import { axisOf } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/** What is put: a tensor, or one number for all positions, a fraction beside integers an f32. */
function update(operation: string, x: Tensor, updates: Tensor | number): Node {
  if (typeof updates !== "number") return nodeOf(operation, updates);
  const dtype = isFloat(x.dtype) || Number.isInteger(updates) ? x.dtype : "f32";
  return numberLeaf(updates, dtype, x.node.recorder);
}

/** @throws TensorError for what is no record, and for names of none of these options. */
function checkOptions(operation: string, options: unknown, ...names: readonly string[]): void {
  const wrong =
    typeof options === "object" && options
      ? Object.keys(options).find((name) => !names.includes(name))
      : String(options);
  if (wrong !== undefined)
    throw badValue(operation, `"${wrong}" is no option: pass { combining: "sum" }, for instance.`);
}
interface CombiningOptions {
  readonly combining?: Combining;
}

/**
 * Elements at integer positions along an axis; the axes of `index` stand in its place.
 * @example
 * await take(tensor([[1, 2], [3, 4], [5, 6]]), tensor([2, 0], { dtype: "i32" })).toArray(); // [[5, 6], [1, 2]]
 */
export const take = (x: Tensor, index: Tensor, axis = 0): Tensor =>
  new Tensor(indexing.take(nodeOf("take", x), nodeOf("take", index), axis));

/**
 * A position along an axis for each element; all other axes of the two broadcast.
 * @throws ShapeError unless they do.
 * @example
 * await takeAlong(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "i32" }), 1).toArray(); // [[2], [3]]
 */
export const takeAlong = (x: Tensor, index: Tensor, axis: number): Tensor =>
  new Tensor(indexing.takeAlong(nodeOf("takeAlong", x), nodeOf("takeAlong", index), axis));

/**
 * `x` with slices of `updates` (or a number) combined in at positions along an axis; of several at
 * one position the last one wins ("set"), or they are folded: "sum", "prod", "max", "min".
 * @throws ShapeError unless updates broadcast to the shape that `take` would give.
 * @example
 * const rows = tensor([0, 0], { dtype: "i32" });
 * await put(zeros([2, 2]), rows, ones([2, 2]), { combining: "sum" }).toArray(); // [[2, 2], [0, 0]]
 */
export function put(
  x: Tensor,
  index: Tensor,
  updates: Tensor | number,
  options: CombiningOptions & { readonly axis?: number } = {},
): Tensor {
  checkOptions("put", options, "axis", "combining");
  const { axis = 0, combining = "set" } = options;
  const nodes = [nodeOf("put", x), nodeOf("put", index), update("put", x, updates)] as const;
  return new Tensor(indexing.put(...nodes, axis, combining));
}

/**
 * `x` with slices of `updates` (or a number) added at positions along an axis: `put` by "sum".
 * @example
 * const rows = tensor([0, 0, 2], { dtype: "i32" });
 * await indexAdd(zeros([3]), rows, tensor([1, 2, 3])).toArray(); // [3, 0, 3]
 */
export const indexAdd = (x: Tensor, index: Tensor, updates: Tensor | number, axis = 0): Tensor =>
  new Tensor(
    indexing.put(
      nodeOf("indexAdd", x),
      nodeOf("indexAdd", index),
      update("indexAdd", x, updates),
      axis,
      "sum",
      "indexAdd",
    ),
  );

/**
 * `put` with a position for each update: the inverse of `takeAlong`.
 * @throws ShapeError unless index has the shape of x but for the axis (or 1), and updates its shape.
 * @example
 * const at = tensor([[1], [0]], { dtype: "i32" });
 * await putAlong(zeros([2, 2]), at, tensor([[5], [6]]), 1).toArray(); // [[0, 5], [6, 0]]
 */
export function putAlong(
  x: Tensor,
  index: Tensor,
  updates: Tensor | number,
  axis: number,
  options: CombiningOptions = {},
): Tensor {
  const name = "putAlong";
  checkOptions(name, options, "combining");
  const nodes = [nodeOf(name, x), nodeOf(name, index), update(name, x, updates)] as const;
  return new Tensor(indexing.putAlong(...nodes, axis, options.combining ?? "set"));
}

/** The first elements of every axis (but one), as many as `index` has. */
function corner(operation: string, x: Tensor, index: Tensor, axis: number | null): Tensor {
  const { dims: most } = nodeOf(operation, index).shape;
  const { dims: shape } = nodeOf(operation, x).shape;
  const whole = axis === null ? -1 : axisOf(operation, axis, shape);
  if (most.length !== shape.length)
    throw mismatch(operation, [shape, most], "x, index and updates must have equally many axes");
  return x.slice(...shape.map((_, k) => (k === whole ? null : { end: most[k] as number })));
}

/**
 * PyTorch's name and rule for `takeAlong`: other axes do not broadcast; where index has fewer
 * elements than x, the rest of x is not read.
 * @example
 * await gather(tensor([[1, 2], [3, 4]]), tensor([[1, 0]], { dtype: "i32" }), 1).toArray(); // [[2, 1]]
 */
export const gather = (x: Tensor, index: Tensor, axis: number): Tensor =>
  new Tensor(indexing.takeAlong(corner("gather", x, index, axis).node, index.node, axis, "gather"));

/**
 * PyTorch's name and rule for `putAlong`: where index has fewer elements than x or updates, the rest
 * of x stays as it is, and the rest of updates is not read.
 * @example
 * const at = tensor([[1]], { dtype: "i32" });
 * await scatter(zeros([2, 2]), at, ones([2, 2]), 1).toArray(); // [[0, 1], [0, 0]]
 */
export function scatter(
  x: Tensor,
  index: Tensor,
  updates: Tensor | number,
  axis: number,
  options: CombiningOptions = {},
): Tensor {
  checkOptions("scatter", options, "combining");
  const part = corner("scatter", x, index, axis);
  const read = typeof updates === "number" ? updates : corner("scatter", updates, index, null);
  const values = update("scatter", x, read);
  const put = new Tensor(
    indexing.putAlong(part.node, index.node, values, axis, options.combining ?? "set", "scatter"),
  );
  if (put.shape === x.shape) return put;
  const around = x.shape.map((n, k) => [0, n - (put.shape[k] as number)] as const);
  const written = full(put.shape, 1, { dtype: "bool", backend: x.backend }).pad(around);
  return where(written, put.pad(around), x);
}

/**
 * Running sum along an axis.
 * @example
 * await cumsum(tensor([1, 2, 3])).toArray(); // [1, 3, 6]
 */
export const cumsum = (x: Tensor, axis = -1): Tensor =>
  new Tensor(running.cumsum(nodeOf("cumsum", x), axis));
/** Running product along an axis. */
export const cumprod = (x: Tensor, axis = -1): Tensor =>
  new Tensor(running.cumprod(nodeOf("cumprod", x), axis));
/** Running maximum along an axis. */
export const cummax = (x: Tensor, axis = -1): Tensor =>
  new Tensor(running.cummax(nodeOf("cummax", x), axis));
/** Running minimum along an axis. */
export const cummin = (x: Tensor, axis = -1): Tensor =>
  new Tensor(running.cummin(nodeOf("cummin", x), axis));

export interface SortOptions {
  readonly descending?: boolean;
}
export interface Sorted {
  readonly values: Tensor;
  /** Where they stood, as i32. */
  readonly indices: Tensor;
}
const both = ({ values, indices }: sorting.Sorted): Sorted => ({
  values: new Tensor(values),
  indices: new Tensor(indices),
});

/** Positions (i32) that put an axis in order, stably; NaN counts as the greatest. */
export const argsort = (x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Tensor =>
  new Tensor(sorting.argsort(nodeOf("argsort", x), axis, descending));

/**
 * An axis in order, and where its elements stood; gradients go back there.
 * @example
 * const { values, indices } = sort(tensor([3, 1, 2]));
 * await values.toArray(); // [1, 2, 3]
 * await indices.toArray(); // [1, 2, 0]
 */
export const sort = (x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Sorted =>
  both(sorting.sort(nodeOf("sort", x), axis, descending));

/**
 * The greatest (or smallest) elements of an axis, in order.
 * @example
 * await topk(tensor([3, 1, 2]), 2).values.toArray(); // [3, 2]
 */
export const topk = (
  x: Tensor,
  count: number,
  axis = -1,
  { largest = true }: { readonly largest?: boolean } = {},
): Sorted => both(sorting.topk(nodeOf("topk", x), count, axis, largest));

/**
 * The middle element over axes (all without any) in order: of two the lower one, NaN if there is one.
 * @example
 * await median(tensor([[3, 1, 2], [9, 7, 8]]), 1).toArray(); // [2, 8]
 */
export const median = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  new Tensor(sorting.median(nodeOf("median", x), axes, options));
