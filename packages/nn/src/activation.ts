/**
 * Module 4.12 — Activations.
 *
 * Any operator of one value is an activation layer, your own too: a `Sequential` takes the operator
 * itself. There is nothing to list here, and nothing to add here for a new operator.
 */
import type { Operator } from "@mt/operators";
import type { Tensor } from "@mt/tensor";
import { badSetting, notALayer } from "./errors.ts";
import { Module } from "./module.ts";

/** Functions and classes are none: they cannot be differentiated. */
export const isOperator = (x: unknown): x is Operator =>
  typeof x === "function" && typeof (x as Partial<Operator>).arity === "number";

/**
 * An operator on every element; its values after the first are given once.
 * @throws ModuleError if their number does not fit the operator.
 * @example
 * import { leakyRelu } from "@mt/operators";
 * await new Activation(leakyRelu, 0.5).forward(tensor([-2, 2])).toArray(); // [-1, 2]
 */
export class Activation extends Module {
  readonly operator: Operator;
  readonly values: readonly number[];
  constructor(operator: Operator, ...values: readonly number[]) {
    super();
    if (!isOperator(operator)) throw notALayer("Activation", "the operator", operator);
    if (operator.arity !== values.length + 1)
      throw badSetting(
        "Activation",
        `the number of values beside ${operator.name}`,
        values.length,
        String(operator.arity - 1),
      );
    this.operator = operator;
    this.values = values;
  }
  forward(x: Tensor): Tensor {
    return x.map(this.operator, ...this.values);
  }
  protected override describe(): string {
    return [this.operator.name, ...this.values].join(", ");
  }
}

/** `eˣ / Σ eˣ` along an axis. */
export class Softmax extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return x.softmax(this.axis);
  }
  protected override describe(): string {
    return `axis ${this.axis}`;
  }
}

/** `x − log Σ eˣ` along an axis. */
export class LogSoftmax extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return x.logSoftmax(this.axis);
  }
  protected override describe(): string {
    return `axis ${this.axis}`;
  }
}
