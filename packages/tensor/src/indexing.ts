/**
 * Module 2.22 — Indexing by data, running folds, sorting: functions of tensors.
 */

import type { Combining } from "./operations/indexing.ts";
import * as indexing from "./operations/indexing.ts";
import * as running from "./operations/running.ts";
import * as sorting from "./operations/sorting.ts";
import { Tensor } from "./tensor.ts";

/**
 * Elements at integer positions along an axis; the axes of `index` stand in its place.
 * @example
 * await take(tensor([[1, 2], [3, 4], [5, 6]]), tensor([2, 0], { dtype: "i32" })).toArray(); // [[5, 6], [1, 2]]
 */
export const take = (x: Tensor, index: Tensor, axis = 0): Tensor =>
  new Tensor(indexing.take(x.node, index.node, axis));

/**
 * A position along an axis for each element (`gather` in PyTorch).
 * @throws ShapeError unless x and index agree on all other axes.
 * @example
 * await takeAlong(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "i32" }), 1).toArray(); // [[2], [3]]
 */
export const takeAlong = (x: Tensor, index: Tensor, axis: number): Tensor =>
  new Tensor(indexing.takeAlong(x.node, index.node, axis));

/**
 * `x` with slices of `updates` combined in at positions along an axis; of several at one position
 * the last one wins ("set"), or they are folded.
 * @example
 * const rows = tensor([0, 0], { dtype: "i32" });
 * await put(zeros([2, 2]), rows, ones([2, 2]), { combining: "sum" }).toArray(); // [[2, 2], [0, 0]]
 */
export const put = (
  x: Tensor,
  index: Tensor,
  updates: Tensor,
  { axis = 0, combining = "set" }: { readonly axis?: number; readonly combining?: Combining } = {},
): Tensor => new Tensor(indexing.put(x.node, index.node, updates.node, axis, combining));

/** The same with a position for each update: `scatter` in PyTorch, the inverse of `takeAlong`. */
export const putAlong = (
  x: Tensor,
  index: Tensor,
  updates: Tensor,
  axis: number,
  { combining = "set" }: { readonly combining?: Combining } = {},
): Tensor => new Tensor(indexing.putAlong(x.node, index.node, updates.node, axis, combining));

/**
 * Running sum along an axis.
 * @example
 * await cumsum(tensor([1, 2, 3])).toArray(); // [1, 3, 6]
 */
export const cumsum = (x: Tensor, axis = -1): Tensor => new Tensor(running.cumsum(x.node, axis));
/** Running product along an axis. */
export const cumprod = (x: Tensor, axis = -1): Tensor => new Tensor(running.cumprod(x.node, axis));
/** Running maximum along an axis. */
export const cummax = (x: Tensor, axis = -1): Tensor => new Tensor(running.cummax(x.node, axis));
/** Running minimum along an axis. */
export const cummin = (x: Tensor, axis = -1): Tensor => new Tensor(running.cummin(x.node, axis));

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
  new Tensor(sorting.argsort(x.node, axis, descending));

/**
 * An axis in order, and where its elements stood; gradients go back there.
 * @example
 * const { values, indices } = sort(tensor([3, 1, 2]));
 * await values.toArray(); // [1, 2, 3]
 * await indices.toArray(); // [1, 2, 0]
 */
export const sort = (x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Sorted =>
  both(sorting.sort(x.node, axis, descending));

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
): Sorted => both(sorting.topk(x.node, count, axis, largest));

/** The middle element of an axis in order; of two, the lower one. */
export const median = (x: Tensor, axis = -1): Tensor => new Tensor(sorting.median(x.node, axis));
