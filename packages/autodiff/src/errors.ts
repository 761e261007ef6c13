/** Module 1.11 — The errors of module 1: each names the operation, the cause and the remedy. */
import { deepStack, mustBeFunction } from "@mt/operators";

/** A derivative was asked for that does not exist, or a custom function broke its promise. */
export class AutodiffError extends Error {
  override readonly name = "AutodiffError";
  declare readonly operation: string;
  constructor(operation: string, message: string) {
    super(`${operation}: ${message}`);
    this.operation = operation;
    deepStack(this);
  }
}

/** What functions of functions begin with. @throws AutodiffError unless f is a function. */
export const checkFunction = (operation: string, f: unknown): void =>
  mustBeFunction(operation, f, (_, reason) => new AutodiffError(operation, reason));

const several = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** What a wrong value looks like in a message. */
const show = (value: unknown): string =>
  typeof value === "string"
    ? `"${value}"`
    : Array.isArray(value)
      ? `an array of ${value.length}`
      : typeof value === "object" && value !== null
        ? `an object (${value.constructor?.name ?? "no class"})`
        : String(value);

export const notANumber = (operation: string, value: unknown): AutodiffError =>
  new AutodiffError(operation, `takes numbers and Scalars and was given ${show(value)}.`);

export const notAnOperator = (operation: string, value: unknown): AutodiffError =>
  new AutodiffError(operation, `${show(value)} is no operator: defineOperator() makes one.`);

export const nothingToDifferentiate = (operation: string): AutodiffError =>
  new AutodiffError(
    operation,
    "nothing this Scalar was computed from requires a gradient, or only through operators " +
      "whose derivative is zero everywhere. Make the parameters with " +
      "Scalar.of(value, { requiresGrad: true }), outside noGrad.",
  );

export const updatedSince = (operation: string): AutodiffError =>
  new AutodiffError(
    operation,
    "a Scalar it was computed from has been updated since, so its derivative is no longer " +
      "known. Call backward before the update, or compute the value again.",
  );

export const notALeaf = (operation: string): AutodiffError =>
  new AutodiffError(
    operation,
    "only Scalars that were made by Scalar.of or detach can be updated; this one was computed. " +
      "Update what it was computed from, or detach it first.",
  );

export const wrongNumberOfGradients = (
  operation: string,
  inputs: number,
  got: number,
): AutodiffError =>
  new AutodiffError(
    operation,
    `has ${several(inputs, "input")} and its backward returned ${several(got, "gradient")}. ` +
      `Return one gradient per input, in order${inputs === 1 ? "" : ", as an array"}.`,
  );

export const gradientNotANumber = (
  operation: string,
  index: number,
  value: unknown,
): AutodiffError =>
  new AutodiffError(
    operation,
    `its backward returned ${show(value)} as gradient ${index}. Return a number, or 0 where ` +
      "the output does not depend on the input.",
  );

export const resultNotANumber = (operation: string, value: unknown): AutodiffError =>
  new AutodiffError(operation, `its forward returned ${show(value)}. Return one number.`);

export const onlyFirstDerivative = (operation: string): AutodiffError =>
  new AutodiffError(
    operation,
    "its backward works on numbers, so it can be differentiated once only. Define it with " +
      "defineOperator to have every order.",
  );

/** For `noGrad`, which every page loads: it says in fewer words what `checkFunction` does. */
export const notAtOnce = (operation: string, given: string): AutodiffError =>
  new AutodiffError(operation, `takes a function, no ${given}.`);

export const badRate = (operation: string, rate: unknown): AutodiffError =>
  new AutodiffError(operation, `the rate must be a finite number ≥ 0 and is ${show(rate)}.`);

export const badParameter = (operation: string, index: number, cause: string): AutodiffError =>
  new AutodiffError(
    operation,
    `parameter ${index} ${cause}. Pass Scalars made by Scalar.of(value, { requiresGrad: true }).`,
  );
