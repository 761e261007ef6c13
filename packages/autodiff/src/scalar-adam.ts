/**
 * Module 1.8b — Adam over Scalars.
 *
 * Each parameter has its own pace: the mean of its gradients over their root mean square. Both are
 * running means that start at 0, which the division by 1 − βᵗ makes good.
 * https://arxiv.org/abs/1412.6980, algorithm 1
 */
import { checkParameters, checkRate } from "./parameters.ts";
import type { Scalar } from "./scalar.ts";

export interface ScalarAdamOptions {
  readonly rate: number;
  /** How much of the running means is kept at each step; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Keeps the quotient finite where gradients vanish; default 1e-8. */
  readonly epsilon?: number;
}

/**
 * x ← x − rate·m/(√v + ε), with m and v the running means of ∂L/∂x and of its square.
 * @throws AutodiffError if the rate is negative or not finite, or a parameter is not a leaf that
 * requires a gradient.
 * @example
 * const x = Scalar.of(1, { requiresGrad: true });
 * const optimizer = new ScalarAdam([x], { rate: 0.25 });
 * x.mul(100).backward();
 * optimizer.step();
 * x.data; // 0.750
 */
export class ScalarAdam {
  readonly parameters: readonly Scalar[];
  /** May be changed between steps. */
  rate: number;
  readonly #betas: readonly [number, number];
  readonly #epsilon: number;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #steps = 0;

  constructor(
    parameters: Iterable<Scalar>,
    { rate, betas = [0.9, 0.999], epsilon = 1e-8 }: ScalarAdamOptions,
  ) {
    this.parameters = checkParameters("ScalarAdam", parameters);
    this.rate = checkRate("ScalarAdam", rate);
    this.#betas = betas;
    this.#epsilon = epsilon;
    this.#means = new Float64Array(this.parameters.length);
    this.#squares = new Float64Array(this.parameters.length);
  }

  /** Moves every parameter; one without a gradient counts as having the gradient 0. */
  step(): void {
    const rate = checkRate("ScalarAdam", this.rate);
    const [b1, b2] = this.#betas;
    const [means, squares] = [this.#means, this.#squares];
    const t = ++this.#steps;
    for (const [i, x] of this.parameters.entries()) {
      const g = x.grad ?? 0;
      means[i] = b1 * (means[i] as number) + (1 - b1) * g;
      squares[i] = b2 * (squares[i] as number) + (1 - b2) * g * g;
      const mean = (means[i] as number) / (1 - b1 ** t);
      const scale = Math.sqrt((squares[i] as number) / (1 - b2 ** t));
      x.update(x.data - (rate * mean) / (scale + this.#epsilon));
    }
  }

  /** Forgets the gradients; the next `backward` starts from nothing. */
  zeroGrad(): void {
    for (const x of this.parameters) x.zeroGrad();
  }
}
