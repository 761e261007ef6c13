/**
 * Module 1.8 — Gradient descent over Scalars.
 *
 * A step against the gradient, for each parameter: the least that trains something.
 */
import { badParameter, badRate } from "./errors.ts";
import { Scalar } from "./scalar.ts";

/**
 * x ← x − rate·∂L/∂x.
 * @throws AutodiffError if the rate is negative or NaN, or a parameter is not a leaf that
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
    this.parameters = [...parameters];
    this.rate = rate;
    for (const [i, parameter] of this.parameters.entries()) {
      if (!(parameter instanceof Scalar)) throw badParameter("ScalarSGD", i, "is not a Scalar");
      if (parameter.rule) throw badParameter("ScalarSGD", i, "was computed");
      if (!parameter.requiresGrad)
        throw badParameter("ScalarSGD", i, "does not require a gradient");
    }
    this.#checkRate();
  }

  /** Moves every parameter that has a gradient. */
  step(): void {
    this.#checkRate();
    for (const parameter of this.parameters)
      if (parameter.grad !== null) parameter.update(parameter.data - this.rate * parameter.grad);
  }

  /** Forgets the gradients; the next `backward` starts from nothing. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.zeroGrad();
  }

  #checkRate(): void {
    if (!(typeof this.rate === "number" && this.rate >= 0)) throw badRate("ScalarSGD", this.rate);
  }
}
