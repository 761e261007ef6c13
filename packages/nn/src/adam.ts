/**
 * Module 4.17 — Adam: each weight has its own pace.
 *
 * The mean of its gradients over their root mean square. Both are running means that start at 0,
 * which the division by 1 − βᵗ makes good. https://arxiv.org/abs/1412.6980, algorithm 1
 */
import { add, div, mul, type Operator, sqrt, sub, writtenLater } from "@mt/operators";
import type { Cell, Tensor } from "@mt/tensor";
import { checkSetting, type Memory, Optimizer } from "./optimizer.ts";
import { checkOptions } from "./options.ts";
import { plusTimes } from "./sgd.ts";

export interface AdamOptions {
  /** Default 0.001. */
  readonly rate?: number;
  /** How much of the running means is kept at each step; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Keeps the quotient finite where gradients vanish; default 1e-8. */
  readonly epsilon?: number;
  /** How strongly weights are drawn to 0; default 0 (AdamW: 0.01). */
  readonly weightDecay?: number;
}

/** β·m + (1 − β)·g; 1 − β is given, because its difference would lose digits in f32. */
const runningMean: Operator<4> = writtenLater(
  "runningMean",
  (m, g, keep, take) => add(mul(keep, m), mul(take, g)),
  4,
);
const runningSquare: Operator<4> = writtenLater(
  "runningSquare",
  (v, g, keep, take) => add(mul(keep, v), mul(take, mul(g, g))),
  4,
);
/** x − a·m / (√(b·v) + ε), with the corrections of both means in a and b. */
const towards: Operator<6> = writtenLater(
  "towards",
  (x, m, v, a, b, epsilon) => sub(x, div(mul(a, m), add(sqrt(mul(b, v)), epsilon))),
  6,
);

type Corrections = readonly [t: number, first: number, second: number];
type Settings = Required<Omit<AdamOptions, "rate">> & {
  /** t, and 1 − βᵗ of both. */
  readonly corrections: (t: number) => Corrections;
};
const optionNames = ["rate", "betas", "epsilon", "weightDecay"] as const;
const remembered = ["mean", "square"];

function settingsOf(
  subject: string,
  { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 }: AdamOptions,
): Settings {
  for (const beta of betas) checkSetting(subject, "beta", beta, 0, 1);
  checkSetting(subject, "epsilon", epsilon, 0, Infinity);
  checkSetting(subject, "weightDecay", weightDecay, 0, Infinity);
  const [b1, b2] = betas;
  let known: Corrections = [0, 0, 0]; // parameters share most steps
  const corrections: Settings["corrections"] = (t) => {
    if (known[0] !== t) known = [t, 1 - b1 ** t, 1 - b2 ** t];
    return known;
  };
  return { betas, epsilon, weightDecay, corrections };
}

/** The numbers of a step, which change with it: what m and v are multiplied by. */
interface Pace {
  readonly a: Tensor;
  readonly b: Tensor;
}

type Setting = (of: (rate: number) => number) => Tensor;
/** At step t, counted from 1: rate/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ). */
const paceOf = ({ corrections }: Settings, set: Setting, steps: Cell): Pace => ({
  a: set((rate) => rate / corrections(steps.value + 1)[1]),
  b: set(() => 1 / corrections(steps.value + 1)[2]),
});

/** Assigns both running means, and x: what `from` becomes by them. */
function follow(
  x: Tensor,
  from: Tensor,
  g: Tensor,
  memory: Memory,
  { betas: [b1, b2], epsilon }: Settings,
  { a, b }: Pace,
): void {
  const { mean, square } = memory as { readonly mean: Tensor; readonly square: Tensor };
  mean.assign(mean.map(runningMean, g, b1, 1 - b1));
  square.assign(square.map(runningSquare, g, b2, 1 - b2));
  x.assign(from.map(towards, mean, square, a, b, epsilon));
}

/**
 * x ← x − rate·m/(√v + ε), with m and v the running means of the gradient and of its square. Weight
 * decay is part of the gradient.
 * @throws ModuleError if a setting is out of range or a parameter has no gradients.
 * @example
 * const x = new Parameter([1]);
 * const optimizer = new Adam([x], { rate: 0.25 });
 * x.mul(100).sum().backward();
 * optimizer.step();
 * await x.toArray(); // [0.75]
 */
export class Adam extends Optimizer {
  readonly #settings: Settings;
  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    checkOptions("Adam", options, optionNames);
    super(parameters, options.rate ?? 0.001, remembered);
    this.#settings = settingsOf("Adam", options);
  }
  protected override update(x: Tensor, gradient: Tensor, memory: Memory, steps: Cell): void {
    const { weightDecay } = this.#settings;
    const g = weightDecay === 0 ? gradient : gradient.map(plusTimes, weightDecay, x);
    const set: Setting = (of) => this.setting(x, of);
    follow(x, x, g, memory, this.#settings, paceOf(this.#settings, set, steps));
  }
}

/**
 * Adam with weight decay on the weights themselves: https://arxiv.org/abs/1711.05101.
 * @throws ModuleError if a setting is out of range or a parameter has no gradients.
 * @example
 * const x = new Parameter([1]);
 * const optimizer = new AdamW([x], { rate: 0.25, weightDecay: 0.4 });
 * x.mul(100).sum().backward();
 * optimizer.step();
 * await x.toArray(); // [0.65]
 */
export class AdamW extends Optimizer {
  readonly #settings: Settings;
  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    checkOptions("AdamW", options, optionNames);
    super(parameters, options.rate ?? 0.001, remembered);
    this.#settings = settingsOf("AdamW", { weightDecay: 0.01, ...options });
  }
  protected override update(x: Tensor, gradient: Tensor, memory: Memory, steps: Cell): void {
    const { weightDecay } = this.#settings;
    const set: Setting = (of) => this.setting(x, of);
    const shrunk = x.mul(set((rate) => 1 - rate * weightDecay));
    follow(x, shrunk, gradient, memory, this.#settings, paceOf(this.#settings, set, steps));
  }
}
