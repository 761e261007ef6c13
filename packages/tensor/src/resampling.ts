/** Module 4.3c — Functions on images: other sizes, and windows put back. */
import type { InterpolateOptions } from "./operations/resample.ts";
import * as resample from "./operations/resample.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/**
 * Windows `[…, count, …, size]`, as `unfold` gives them, added up where they lay in an axis of
 * `length` elements.
 * @throws ShapeError if an axis of that length does not have so many windows.
 * @example
 * await fold(tensor([[1, 2], [3, 4], [5, 6]]), 0, 4).toArray(); // [1, 5, 9, 6]
 */
export const fold = (x: Tensor, axis: number, length: number, step = 1, dilation = 1): Tensor =>
  new Tensor(resample.fold(nodeOf("fold", x), axis, length, step, dilation));

/**
 * Images `[…, height, width]` at another size: the nearest element, or a mean of four by distance
 * (`mode: "bilinear"`, where an infinite element makes NaN of its row and column).
 * @throws ShapeError for fewer than two axes or an image without elements.
 * @example
 * await interpolate(tensor([[1, 2]]), { size: [1, 4] }).toArray(); // [[1, 1, 2, 2]]
 * await interpolate(tensor([[0, 4]]), { size: [1, 4], mode: "bilinear" }).toArray(); // [[0, 1, 3, 4]]
 */
export const interpolate = (x: Tensor, options: InterpolateOptions = {}): Tensor =>
  new Tensor(resample.interpolate(nodeOf("interpolate", x), options));
