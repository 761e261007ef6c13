/** Module 2.18b — Tensors like another one: its shape, dtype and device, unless said otherwise. */
import { isFloat } from "@mt/operators";
import { full, type TensorOptions } from "./create.ts";
import type { Node } from "./graph/node.ts";
import { type RandomOptions, rand, randn } from "./random.ts";
import { nodeOf, type Tensor } from "./tensor.ts";

const like = ({ dtype, recorder: { backend } }: Node): TensorOptions => ({ dtype, backend });
/** Random numbers are floats. */
const floatLike = ({ dtype, recorder: { backend } }: Node): TensorOptions => ({
  dtype: isFloat(dtype) ? dtype : "f32",
  backend,
});

/** All elements one number, in the shape of x. */
export const fullLike = (x: Tensor, value: number, options?: TensorOptions): Tensor =>
  filledLike("fullLike", x, value, options);

function filledLike(
  operation: string,
  x: Tensor,
  value: number,
  options: TensorOptions | undefined,
): Tensor {
  const node = nodeOf(operation, x);
  return full(x.shape, value, { ...like(node), ...options });
}

/**
 * Zeros in the shape of x.
 * @example
 * await zerosLike(tensor([1, 2])).toArray(); // [0, 0]
 */
export const zerosLike = (x: Tensor, options?: TensorOptions): Tensor =>
  filledLike("zerosLike", x, 0, options);
/** Ones in the shape of x. */
export const onesLike = (x: Tensor, options?: TensorOptions): Tensor =>
  filledLike("onesLike", x, 1, options);
/** Uniform in [0, 1), in the shape of x; f32 for integers. */
export const randLike = (x: Tensor, options?: RandomOptions): Tensor =>
  rand(nodeOf("randLike", x).shape.dims, { ...floatLike(x.node), ...options });
/** Normal with mean 0 and deviation 1, in the shape of x; f32 for integers. */
export const randnLike = (x: Tensor, options?: RandomOptions): Tensor =>
  randn(nodeOf("randnLike", x).shape.dims, { ...floatLike(x.node), ...options });
