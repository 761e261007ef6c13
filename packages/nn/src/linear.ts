/** Module 4.8 — The fully connected layer. */
import { linear, type Tensor } from "@mt/tensor";
import { wrongFeatures } from "./errors.ts";
import { layerBias, layerWeight } from "./init.ts";
import { checkCount, type LayerOptions } from "./layer.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * y = x·Wᵀ + b, over the last axis: `[…, inputs] → […, outputs]`.
 * @throws ShapeError if the last axis is not `inputs` long.
 * @example
 * new Linear(3, 2).forward(ones([5, 3])).shape; // [5, 2]
 */
export class Linear extends Module {
  readonly inputs: number;
  readonly outputs: number;
  /** `[outputs, inputs]` */
  readonly weight: Parameter;
  /** `[outputs]` */
  readonly bias: Parameter | null;

  constructor(inputs: number, outputs: number, { bias = true, ...options }: LayerOptions = {}) {
    super();
    this.inputs = checkCount("Linear", "the number of inputs", inputs);
    this.outputs = checkCount("Linear", "the number of outputs", outputs);
    this.weight = new Parameter(layerWeight([outputs, inputs], options));
    this.bias = bias ? new Parameter(layerBias([outputs, inputs], options)) : null;
  }

  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inputs) throw wrongFeatures("Linear", x.shape, this.inputs);
    const y = linear(x, this.weight);
    return this.bias ? y.add(this.bias) : y;
  }

  protected override describe(): string {
    return `${this.inputs} → ${this.outputs}${this.bias ? "" : ", no bias"}`;
  }
}
