/**
 * Module 4.6 — Initial values of parameters.
 *
 * A layer keeps the size of what flows through it if its weights have a variance of about 1 / fan:
 * the number of inputs each output adds up. Layouts are `[outputs, inputs, …kernel]`.
 * https://proceedings.mlr.press/v9/glorot10a.html, https://arxiv.org/abs/1502.01852
 */
import {
  full,
  type RandomOptions,
  rand,
  randn,
  type Shape,
  ShapeError,
  type Tensor,
  type TensorOptions,
} from "@mt/tensor";

/** How many inputs an output adds up, and how many outputs an input goes into. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}
/**
 * @throws ShapeError if there are fewer than two axes.
 * @example
 * fans([16, 8, 3, 3]); // { in: 72, out: 144 }
 */
export function fans(shape: Shape): Fans {
  const [outputs, inputs, ...kernel] = shape;
  if (outputs === undefined || inputs === undefined)
    throw new ShapeError(
      "fans",
      [shape],
      `[${shape.join(", ")}] has no fans: weights have two axes or more, [outputs, inputs, …].`,
    );
  const reach = kernel.reduce((n, k) => n * k, 1);
  return { in: inputs * reach, out: outputs * reach };
}

export interface KaimingOptions extends RandomOptions {
  /** Of the leaky relu that follows, on its negative side; default 0: a relu. */
  readonly slope?: number;
  /** Whether values (in) or gradients (out) keep their size; default "in". */
  readonly fan?: keyof Fans;
}
export interface XavierOptions extends RandomOptions {
  /** What the activation that follows shrinks, for instance 5/3 for tanh; default 1. */
  readonly gain?: number;
}

export const zeros = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 0, options);
export const ones = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 1, options);

/** Uniform in [low, high). */
export const uniform = (shape: Shape, low = 0, high = 1, options: RandomOptions = {}): Tensor =>
  rand(shape, { ...options, low, high });

export const normal = (
  shape: Shape,
  mean = 0,
  deviation = 1,
  options: RandomOptions = {},
): Tensor => randn(shape, { ...options, mean, deviation });

/** A uniform distribution of deviation d reaches from −√3·d to √3·d. */
const uniformOf = (shape: Shape, deviation: number, options: RandomOptions): Tensor =>
  uniform(shape, -Math.sqrt(3) * deviation, Math.sqrt(3) * deviation, options);

const kaiming = (shape: Shape, slope: number, fan: keyof Fans): number =>
  Math.sqrt(2 / (1 + slope ** 2) / fans(shape)[fan]);

const xavier = (shape: Shape, gain: number): number => {
  const { in: inputs, out: outputs } = fans(shape);
  return gain * Math.sqrt(2 / (inputs + outputs));
};

/** Uniform with variance 2 / (1 + slope²) / fan: for layers before a relu. */
export const kaimingUniform = (
  shape: Shape,
  { slope = 0, fan = "in", ...options }: KaimingOptions = {},
): Tensor => uniformOf(shape, kaiming(shape, slope, fan), options);

/** Normal with variance 2 / (1 + slope²) / fan. */
export const kaimingNormal = (
  shape: Shape,
  { slope = 0, fan = "in", ...options }: KaimingOptions = {},
): Tensor => normal(shape, 0, kaiming(shape, slope, fan), options);

/** Uniform with variance 2·gain² / (fan in + fan out): for layers before tanh or sigmoid. */
export const xavierUniform = (shape: Shape, { gain = 1, ...options }: XavierOptions = {}): Tensor =>
  uniformOf(shape, xavier(shape, gain), options);

/** Normal with variance 2·gain² / (fan in + fan out). */
export const xavierNormal = (shape: Shape, { gain = 1, ...options }: XavierOptions = {}): Tensor =>
  normal(shape, 0, xavier(shape, gain), options);

/** What layers start their weights with: uniform in ±1 / √(fan in), as in PyTorch. */
export const layerWeight = (shape: Shape, options: RandomOptions = {}): Tensor =>
  kaimingUniform(shape, { ...options, slope: Math.sqrt(5) });

/** What layers start their biases with: the bounds of the weights they belong to. */
export const layerBias = (weight: Shape, options: RandomOptions = {}): Tensor => {
  const bound = 1 / Math.sqrt(fans(weight).in);
  return uniform(weight.slice(0, 1), -bound, bound, options);
};
