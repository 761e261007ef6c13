/**
 * Module 4.16 — Stochastic gradient descent, with momentum.
 *
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
import { add, mul, type Operator, sub, ternary } from "@mt/operators";
import type { Tensor } from "@mt/tensor";
import { badSetting } from "./errors.ts";
import { checkSetting, type Memory, Optimizer } from "./optimizer.ts";
import { checkOptions } from "./options.ts";

export interface SGDOptions {
  readonly rate: number;
  /** How much of the running sum of gradients is kept at each step; default 0. */
  readonly momentum?: number;
  /** Whether to step by where the momentum leads; default false. */
  readonly nesterov?: boolean;
  /** How strongly parameters are drawn to 0; default 0. */
  readonly weightDecay?: number;
}

/** a + c·b */
export const plusTimes: Operator<3> = ternary("plusTimes", (a, c, b) => add(a, mul(c, b)));
const minusTimes: Operator<3> = ternary("minusTimes", (a, c, b) => sub(a, mul(c, b)));

/**
 * x ← x − rate·g, where g is the gradient or, with momentum μ, the running sum m ← μ·m + g.
 * @throws ModuleError if a setting is out of range or a parameter has no gradients.
 * @example
 * const x = new Parameter([1]);
 * const optimizer = new SGD([x], { rate: 0.25 });
 * x.mul(x).sum().backward();
 * optimizer.step();
 * await x.toArray(); // [0.5]
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #decay: number;

  constructor(parameters: Iterable<Tensor>, options: SGDOptions) {
    checkOptions("SGD", options, ["rate", "momentum", "nesterov", "weightDecay"]);
    const { rate, momentum = 0, nesterov = false, weightDecay = 0 } = options;
    super(parameters, rate, momentum === 0 ? [] : ["momentum"]);
    checkSetting("SGD", "momentum", momentum, 0, Infinity);
    checkSetting("SGD", "weightDecay", weightDecay, 0, Infinity);
    if (nesterov && momentum === 0)
      throw badSetting("SGD", "momentum", momentum, "greater than 0 for nesterov");
    this.#momentum = momentum;
    this.#nesterov = nesterov;
    this.#decay = weightDecay;
  }

  protected override update(x: Tensor, gradient: Tensor, memory: Memory): void {
    let g = this.#decay === 0 ? gradient : gradient.map(plusTimes, this.#decay, x);
    const m = memory.momentum;
    if (m) {
      m.assign(g.map(plusTimes, this.#momentum, m));
      g = this.#nesterov ? g.map(plusTimes, this.#momentum, m) : m;
    }
    const rate = this.setting(x, (rate) => rate);
    x.assign(x.map(minusTimes, rate, g));
  }
}
