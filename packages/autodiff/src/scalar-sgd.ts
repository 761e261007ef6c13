/**
 * Module 1.8 — Gradient descent over Scalars.
 *
 * A step against the gradient, for each parameter: the least that trains something.
 */
import { checkParameters, checkRate } from "./parameters.ts";
import type { Scalar } from "./scalar.ts";

/**
 * x ← x − rate·∂L/∂x.
 * @throws AutodiffError if the rate is negative or not finite, or a parameter is not a leaf that
 * requires a gradient.
 * @example
 * const x = Scalar.of(1, { requiresGrad: true });
 * const optimizer = new ScalarSGD([x], { rate: 0.25 });
 * x.mul(x).backward();
 * optimizer.step();
 * x.data; // 0.5
 */
export class ScalarSGD {
  readonly parameters: readonly Scalar[];
  /** May be changed between steps. */
  rate: number;

  constructor(parameters: Iterable<Scalar>, { rate }: { readonly rate: number }) {
    this.parameters = checkParameters("ScalarSGD", parameters);
    this.rate = checkRate("ScalarSGD", rate);
  }

  /** Moves every parameter that has a gradient. */
  step(): void {
    const rate = checkRate("ScalarSGD", this.rate);
    for (const x of this.parameters) if (x.grad !== null) x.update(x.data - rate * x.grad);
  }

  /** Forgets the gradients; the next `backward` starts from nothing. */
  zeroGrad(): void {
    for (const x of this.parameters) x.zeroGrad();
  }
}
