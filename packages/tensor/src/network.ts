/**
 * Module 4.3 — Functions that networks are made of: linear maps, convolution and pooling.
 *
 * Images are `[batch, channels, height, width]`, sequences `[batch, channels, length]`.
 */
import { type ConvolutionOptions, convolution, type PerAxis } from "./operations/convolution.ts";
import { floating } from "./operations/lift.ts";
import { linear as linearProduct } from "./operations/linear.ts";
import { type PoolingOptions, windows } from "./operations/pooling.ts";
import { max, mean } from "./operations/reductions.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/**
 * x·wᵀ, for weights `[outputs, inputs]` as layers keep them: `[…, inputs] → […, outputs]`.
 * @throws ShapeError if the numbers of inputs differ.
 * @example
 * await linear(tensor([1, 2]), tensor([[1, 1], [1, 10]])).toArray(); // [3, 21]
 */
export const linear = (x: Tensor, weight: Tensor): Tensor =>
  new Tensor(linearProduct(nodeOf("linear", x), nodeOf("linear", weight)));

/**
 * Cross-correlation of sequences: `[b, c, n] ⋆ [f, c / groups, k] → [b, f, …]`.
 * @throws ShapeError if ranks, channels or sizes do not fit.
 * @example
 * const x = tensor([[[1, 2, 3, 4]]]);
 * await conv1d(x, tensor([[[1, 10]]])).toArray(); // [[[21, 32, 43]]]
 */
export const conv1d = (x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor =>
  new Tensor(convolution("conv1d", 1, nodeOf("conv1d", x), nodeOf("conv1d", weight), options));

/**
 * Cross-correlation of images: `[b, c, h, w] ⋆ [f, c / groups, k, l] → [b, f, …, …]`.
 * @throws ShapeError if ranks, channels or sizes do not fit.
 * @example
 * const x = ones([1, 1, 3, 3]);
 * await conv2d(x, ones([1, 1, 3, 3]), { padding: 1 }).toArray(); // [[[[4, 6, 4], [6, 9, 6], [4, 6, 4]]]]
 */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor =>
  new Tensor(convolution("conv2d", 2, nodeOf("conv2d", x), nodeOf("conv2d", weight), options));

function pooled(
  operation: string,
  image: Tensor,
  size: PerAxis,
  options: PoolingOptions,
  [fold, fill]: readonly [typeof max, number],
): Tensor {
  const { x, inside } = windows(
    operation,
    2,
    floating(nodeOf(operation, image)),
    size,
    options,
    fill,
  );
  return new Tensor(fold(x, inside));
}

/**
 * The greatest element of each window of the last two axes; ties share the gradient.
 * @throws ShapeError if no window fits.
 * @example
 * await maxPool2d(tensor([[1, 2], [3, 4]]), 2).toArray(); // [[4]]
 */
export const maxPool2d = (x: Tensor, size: PerAxis, options: PoolingOptions = {}): Tensor =>
  pooled("maxPool2d", x, size, options, [max, -Infinity]);

/**
 * The mean of each window of the last two axes; padding counts as zeros.
 * @throws ShapeError if no window fits.
 * @example
 * await avgPool2d(tensor([[1, 2], [3, 4]]), 2).toArray(); // [[2.5]]
 */
export const avgPool2d = (x: Tensor, size: PerAxis, options: PoolingOptions = {}): Tensor =>
  pooled("avgPool2d", x, size, options, [mean, 0]);
