/**
 * Module 4.11 — Dropout: in training, each number is left out with some probability.
 *
 * Those that stay are scaled up, so that sums keep their mean and nothing is to be done in use.
 * https://jmlr.org/papers/v15/srivastava14a.html
 */
import { bernoulli, type Generator, type Tensor, where } from "@mt/tensor";
import { badSetting } from "./errors.ts";
import { Module } from "./module.ts";

export interface DropoutOptions {
  /** Draws what is left out; the default generator without. */
  readonly generator?: Generator;
}

function checkRate(subject: string, rate: number): number {
  if (!(rate >= 0 && rate <= 1)) throw badSetting(subject, "the rate", rate, "from 0 to 1");
  return rate;
}

/**
 * Zeros with probability `rate`, `x / (1 − rate)` otherwise.
 * @throws ModuleError if the rate is not from 0 to 1.
 * @example
 * await dropout(tensor([1, 2]), 0).toArray(); // [1, 2]
 */
export function dropout(x: Tensor, rate: number, options: DropoutOptions = {}): Tensor {
  checkRate("dropout", rate);
  if (rate === 0) return x;
  if (rate === 1) return x.mul(0);
  const kept = bernoulli(x.shape, 1 - rate, { ...options, backend: x.backend });
  return where(kept, x.mul(1 / (1 - rate)), 0);
}

/**
 * Leaves out each number with probability `rate` while training, and nothing after `eval()`.
 * @throws ModuleError if the rate is not from 0 to 1.
 * @example
 * await new Dropout(0.5).eval().forward(tensor([1, 2])).toArray(); // [1, 2]
 */
export class Dropout extends Module {
  readonly rate: number;
  readonly #options: DropoutOptions;
  constructor(rate = 0.5, options: DropoutOptions = {}) {
    super();
    this.rate = checkRate("Dropout", rate);
    this.#options = options;
  }
  forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.rate, this.#options) : x;
  }
  protected override describe(): string {
    return String(this.rate);
  }
}
