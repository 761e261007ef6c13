/**
 * Module 1.7 — Functions with a derivative of your own.
 *
 * Where an operator cannot say it (a table, a solver, another library), state both directions by
 * hand: forward on numbers, and backward from a cotangent to one gradient per input.
 */
import {
  checkFunction,
  gradientNotANumber,
  notANumber,
  onlyFirstDerivative,
  resultNotANumber,
  wrongNumberOfGradients,
} from "./errors.ts";
import { type Rule, Scalar } from "./scalar.ts";

/** What forward leaves for backward; each call has its own. */
export class Context {
  #saved: readonly number[] = [];
  get savedValues(): readonly number[] {
    return this.#saved;
  }
  saveForBackward(...values: readonly number[]): void {
    this.#saved = values;
  }
}

export interface CustomFunction {
  readonly name: string;
  forward(context: Context, ...x: readonly number[]): number;
  /** ∂L/∂x for every x, given `cotangent` = ∂L/∂forward(…): an array, or a number if there is one. */
  backward(context: Context, cotangent: number): number | readonly number[];
}

/**
 * A function of Scalars from its two directions.
 * @throws AutodiffError when called with something other than numbers, and in `backward` when the
 * number of gradients is not the number of inputs.
 * @example
 * const cube = customFunction({
 *   name: "cube",
 *   forward(context, x) {
 *     context.saveForBackward(x);
 *     return x ** 3;
 *   },
 *   backward({ savedValues: [x] }, cotangent) {
 *     return cotangent * 3 * x ** 2;
 *   },
 * });
 * const x = Scalar.of(2, { requiresGrad: true });
 * cube(x).backward();
 * x.grad; // 12
 */
export function customFunction(
  definition: CustomFunction,
): (...x: readonly (Scalar | number)[]) => Scalar {
  const { name } = definition;
  for (const way of ["forward", "backward"] as const)
    checkFunction(`${name}.${way}`, definition[way]);
  return (...x) => {
    const inputs = x.map((value) => (typeof value === "number" ? Scalar.of(value) : value));
    for (const input of inputs) if (!(input instanceof Scalar)) throw notANumber(name, input);
    const context = new Context();
    const data = definition.forward(context, ...inputs.map((input) => input.data));
    if (typeof data !== "number") throw resultNotANumber(name, data);
    const rule: Rule = {
      name,
      pullback<V extends number | Scalar>(_: Scalar, cotangent: V): readonly V[] {
        if (typeof cotangent !== "number") throw onlyFirstDerivative(name);
        const returned = definition.backward(context, cotangent);
        const gradients = Array.isArray(returned) ? returned : [returned];
        if (gradients.length !== inputs.length)
          throw wrongNumberOfGradients(name, inputs.length, gradients.length);
        for (const [i, gradient] of gradients.entries())
          if (typeof gradient !== "number") throw gradientNotANumber(name, i, gradient);
        return gradients as V[];
      },
    };
    return Scalar.record(data, rule, inputs);
  };
}
