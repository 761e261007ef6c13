/** Module 4.9 — Convolution layers: the same weights at every place of an image or sequence. */
import { type ConvolutionOptions, conv1d, conv2d, type PerAxis, type Tensor } from "@mt/tensor";
import { badSetting } from "./errors.ts";
import { layerBias, layerWeight } from "./init.ts";
import { checkCount, type LayerOptions } from "./layer.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface ConvOptions extends LayerOptions, ConvolutionOptions {}

interface Parts {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly options: ConvolutionOptions;
  readonly text: string;
}

/** What convolutions of one and of two axes have in common. */
function partsOf(
  subject: string,
  axes: number,
  channels: number,
  features: number,
  size: PerAxis,
  options: ConvOptions,
): Parts {
  const { bias = true, stride, padding, dilation, groups = 1, ...drawn } = options;
  checkCount(subject, "the number of input channels", channels);
  checkCount(subject, "the number of features", features);
  checkCount(subject, "groups", groups);
  for (const [what, n] of Object.entries({ channels, features }))
    if (n % groups !== 0)
      throw badSetting(subject, `the number of ${what}`, n, `a multiple of the ${groups} groups`);
  const kernel = typeof size === "number" ? new Array<number>(axes).fill(size) : size;
  if (kernel.length !== axes)
    throw badSetting(subject, "the kernel's size", `[${kernel}]`, `one number, or ${axes}`);
  for (const n of kernel) checkCount(subject, "the kernel's size", n);
  const shape = [features, channels / groups, ...kernel];
  const given = Object.entries({
    stride,
    padding,
    dilation,
    groups: groups > 1 ? groups : undefined,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `, ${name} ${value}`);
  return {
    weight: new Parameter(layerWeight(shape, drawn)),
    bias: bias ? new Parameter(layerBias(shape, drawn)) : null,
    options: {
      groups,
      ...(stride === undefined ? {} : { stride }),
      ...(padding === undefined ? {} : { padding }),
      ...(dilation === undefined ? {} : { dilation }),
    },
    text: `${channels} → ${features}, ${kernel.join("×")}${given.join("")}${bias ? "" : ", no bias"}`,
  };
}

/** One number for each feature, at every place of `axes` spatial axes. */
const addBias = (y: Tensor, bias: Parameter | null, axes: number): Tensor =>
  bias ? y.add(bias.reshape([-1, ...new Array<number>(axes).fill(1)])) : y;

/**
 * Convolution of sequences: `[batch, channels, length] → [batch, features, …]`.
 * @throws ShapeError if rank, channels or sizes do not fit.
 * @example
 * new Conv1d(2, 8, 3).forward(ones([5, 2, 10])).shape; // [5, 8, 8]
 */
export class Conv1d extends Module {
  /** `[features, channels / groups, size]` */
  readonly weight: Parameter;
  /** `[features]` */
  readonly bias: Parameter | null;
  readonly #parts: Parts;

  constructor(channels: number, features: number, size: PerAxis, options: ConvOptions = {}) {
    super();
    this.#parts = partsOf("Conv1d", 1, channels, features, size, options);
    this.weight = this.#parts.weight;
    this.bias = this.#parts.bias;
  }
  forward(x: Tensor): Tensor {
    return addBias(conv1d(x, this.weight, this.#parts.options), this.bias, 1);
  }
  protected override describe(): string {
    return this.#parts.text;
  }
}

/**
 * Convolution of images: `[batch, channels, height, width] → [batch, features, …, …]`.
 * @throws ShapeError if rank, channels or sizes do not fit.
 * @example
 * const layer = new Conv2d(1, 4, 3, { padding: 1 });
 * layer.forward(ones([5, 1, 28, 28])).shape; // [5, 4, 28, 28]
 */
export class Conv2d extends Module {
  /** `[features, channels / groups, height, width]` */
  readonly weight: Parameter;
  /** `[features]` */
  readonly bias: Parameter | null;
  readonly #parts: Parts;

  constructor(channels: number, features: number, size: PerAxis, options: ConvOptions = {}) {
    super();
    this.#parts = partsOf("Conv2d", 2, channels, features, size, options);
    this.weight = this.#parts.weight;
    this.bias = this.#parts.bias;
  }
  forward(x: Tensor): Tensor {
    return addBias(conv2d(x, this.weight, this.#parts.options), this.bias, 2);
  }
  protected override describe(): string {
    return this.#parts.text;
  }
}
