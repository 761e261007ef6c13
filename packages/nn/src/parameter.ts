/**
 * Module 4.4 — Parameters and buffers: what a module owns.
 *
 * Both are tensors, and both have a class of their own so that a module can tell them from tensors
 * that merely happen to be kept in a field.
 */
import { type Nested, noGrad, Tensor, tensor } from "@mt/tensor";

export interface OwnedOptions {
  /** How messages call it; a module names it after its field. */
  readonly name?: string;
}

/** Values of its own: a later step changes neither the tensor nor the list they came from. */
const ownNode = (value: Tensor | Nested): Tensor["node"] =>
  noGrad(() => (value instanceof Tensor ? value : tensor(value)).clone().node);

/**
 * A tensor that is learned.
 * @example
 * const weight = new Parameter([1, 2]);
 * weight.mul(3).sum().backward();
 * await weight.grad.toArray(); // [3, 3]
 */
export class Parameter extends Tensor {
  name: string;
  constructor(value: Tensor | Nested, { name = "" }: OwnedOptions = {}) {
    super(ownNode(value), true);
    this.name = name;
  }
  /** Another value, from here on; the same as `assign`. */
  update(value: Tensor): this {
    return this.assign(value);
  }
}

/**
 * A tensor that belongs to a module's state but is not learned, such as running statistics.
 * @example
 * const mean = new Buffer([0, 0]);
 * mean.assign(tensor([1, 2]));
 * await mean.toArray(); // [1, 2]
 */
export class Buffer extends Tensor {
  name: string;
  constructor(value: Tensor | Nested, { name = "" }: OwnedOptions = {}) {
    super(ownNode(value), false);
    this.name = name;
  }
}
