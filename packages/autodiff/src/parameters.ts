/** Module 1.8a — What an optimizer over Scalars may be given. */
import { badParameter, badRate } from "./errors.ts";
import { Scalar } from "./scalar.ts";

/** The parameters, if each is a leaf that collects a gradient. */
export function checkParameters(operation: string, parameters: Iterable<Scalar>): Scalar[] {
  const checked = [...parameters];
  for (const [i, parameter] of checked.entries()) {
    if (!(parameter instanceof Scalar)) throw badParameter(operation, i, "is not a Scalar");
    if (parameter.rule) throw badParameter(operation, i, "was computed");
    if (!parameter.requiresGrad) throw badParameter(operation, i, "does not require a gradient");
  }
  return checked;
}

/** The rate, if it is one. It is checked at each step, because it may have been changed. */
export function checkRate(operation: string, rate: number): number {
  if (!(Number.isFinite(rate) && rate >= 0)) throw badRate(operation, rate);
  return rate;
}
