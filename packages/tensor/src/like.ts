/** Module 2.18b — Tensors like another one: its shape, dtype and device, unless said otherwise. */
import { isFloat } from "@mt/operators";
import { full, type TensorOptions } from "./create.ts";
import { type RandomOptions, rand, randn } from "./random.ts";
import type { Tensor } from "./tensor.ts";

const like = ({ dtype, backend }: Tensor): TensorOptions => ({ dtype, backend });
/** Random numbers are floats. */
const floatLike = ({ dtype, backend }: Tensor): TensorOptions => ({
  dtype: isFloat(dtype) ? dtype : "f32",
  backend,
});

/** All elements one number, in the shape of x. */
export const fullLike = (x: Tensor, value: number, options?: TensorOptions): Tensor =>
  full(x.shape, value, { ...like(x), ...options });
/**
 * Zeros in the shape of x.
 * @example
 * await zerosLike(tensor([1, 2])).toArray(); // [0, 0]
 */
export const zerosLike = (x: Tensor, options?: TensorOptions): Tensor => fullLike(x, 0, options);
/** Ones in the shape of x. */
export const onesLike = (x: Tensor, options?: TensorOptions): Tensor => fullLike(x, 1, options);
/** Uniform in [0, 1), in the shape of x; f32 for integers. */
export const randLike = (x: Tensor, options?: RandomOptions): Tensor =>
  rand(x.shape, { ...floatLike(x), ...options });
/** Normal with mean 0 and deviation 1, in the shape of x; f32 for integers. */
export const randnLike = (x: Tensor, options?: RandomOptions): Tensor =>
  randn(x.shape, { ...floatLike(x), ...options });
