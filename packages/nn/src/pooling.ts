/** Module 4.10 — Pooling layers: each window of an image becomes one number. */
import { avgPool2d, maxPool2d, type PerAxis, type PoolingOptions, type Tensor } from "@mt/tensor";
import { Module } from "./module.ts";

const textOf = (size: PerAxis, options: PoolingOptions): string =>
  [String(size), ...Object.entries(options).map(([name, value]) => `${name} ${value}`)].join(", ");

/**
 * The greatest element of each window: `[…, height, width]` by default to a `size`-th of both.
 * @throws ShapeError if no window fits.
 * @example
 * new MaxPool2d(4).forward(ones([5, 8, 28, 28])).shape; // [5, 8, 7, 7]
 */
export class MaxPool2d extends Module {
  readonly size: PerAxis;
  readonly options: PoolingOptions;
  constructor(size: PerAxis, options: PoolingOptions = {}) {
    super();
    this.size = size;
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.size, this.options);
  }
  protected override describe(): string {
    return textOf(this.size, this.options);
  }
}

/**
 * The mean of each window; padding counts as zeros.
 * @throws ShapeError if no window fits.
 * @example
 * await new AvgPool2d(2).forward(tensor([[1, 2], [3, 4]])).toArray(); // [[2.5]]
 */
export class AvgPool2d extends Module {
  readonly size: PerAxis;
  readonly options: PoolingOptions;
  constructor(size: PerAxis, options: PoolingOptions = {}) {
    super();
    this.size = size;
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.size, this.options);
  }
  protected override describe(): string {
    return textOf(this.size, this.options);
  }
}
