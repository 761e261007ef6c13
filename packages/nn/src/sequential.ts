/** Module 4.13 — Layers one after the other, and the layer that makes rows of images. */
import type { Operator } from "@mt/operators";
import type { Tensor } from "@mt/tensor";
import { Activation, isOperator } from "./activation.ts";
import { notALayer } from "./errors.ts";
import type { Layer } from "./layer.ts";
import { Module } from "./module.ts";

const isLayer = (x: unknown): x is Layer =>
  x instanceof Module && "forward" in x && typeof x.forward === "function";

/**
 * Each layer's output is the next one's input; operators stand for activations.
 * @throws ModuleError for what is neither a layer nor an operator of one value.
 * @example
 * import { relu } from "@mt/operators";
 * const model = new Sequential(new Linear(2, 10), relu, new Linear(10, 1));
 * model.forward(ones([5, 2])).shape; // [5, 1]
 * Array.from(model.namedParameters(), ([name]) => name); // ["0.weight", "0.bias", "2.weight", "2.bias"]
 */
export class Sequential extends Module {
  readonly #layers: readonly Layer[];
  constructor(...layers: readonly (Layer | Operator<1>)[]) {
    super();
    this.#layers = layers.map((layer, i) => {
      if (isOperator(layer)) return new Activation(layer);
      if (isLayer(layer)) return layer;
      throw notALayer("Sequential", `argument ${i}`, layer);
    });
    for (const [i, layer] of this.#layers.entries()) this.addModule(String(i), layer);
  }
  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y), x);
  }
}

/**
 * All axes from `start` on as one: `[batch, channels, height, width] → [batch, …]`.
 * @example
 * new Flatten().forward(ones([5, 8, 7, 7])).shape; // [5, 392]
 */
export class Flatten extends Module {
  readonly start: number;
  constructor(start = 1) {
    super();
    this.start = start;
  }
  forward(x: Tensor): Tensor {
    const leading = x.shape.slice(0, this.start);
    const rest = x.shape.slice(this.start).reduce((n, size) => n * size, 1);
    return x.reshape([...leading, rest]);
  }
  protected override describe(): string {
    return this.start === 1 ? "" : `from axis ${this.start}`;
  }
}
