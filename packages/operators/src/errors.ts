/** Module 0.16 — The errors of module 0: each names the operation, the cause and the remedy. */
import type { DType } from "./dtype.ts";

/** How many calls a trace shows: those of this project end well before, so the user's is there. */
const depth = 50;
/** What V8 and engines after its model have; elsewhere traces are whole anyway. */
interface Traces {
  readonly stackTraceLimit?: unknown;
  readonly captureStackTrace?: (error: Error, above: unknown) => void;
}

/**
 * Takes the trace of an error again, up to 50 calls deep instead of V8's 10, which can all be in
 * the library: the line that is to be corrected should be among them. Error classes call it last in
 * their constructor; the trace then also starts with the name of the class.
 * @example
 * class WaterError extends Error {
 *   constructor() {
 *     super("too hot");
 *     this.name = "WaterError";
 *     deepStack(this);
 *   }
 * }
 * new WaterError().stack.split("\n")[0]; // "WaterError: too hot"
 */
export function deepStack(error: Error): void {
  const { stackTraceLimit: limit, captureStackTrace } = Error as Traces;
  // A limit of 0 is somebody's wish for no traces; a frozen Error keeps its limit.
  if (typeof limit !== "number" || limit <= 0 || !captureStackTrace) return;
  const setLimit = (calls: number): boolean => Reflect.set(Error, "stackTraceLimit", calls);
  setLimit(Math.max(limit, depth));
  captureStackTrace(error, error.constructor);
  setLimit(limit);
}

/** An operation met element types it is not defined for. */
export class DTypeError extends TypeError {
  override readonly name = "DTypeError";
  declare readonly operation: string;
  declare readonly dtypes: readonly DType[];
  constructor(operation: string, dtypes: readonly DType[], message: string) {
    super(`${operation}: ${message}`);
    this.operation = operation;
    this.dtypes = dtypes;
    deepStack(this);
  }
}

/** An operator was defined or called in a way that cannot be carried out. */
export class OperatorError extends TypeError {
  override readonly name = "OperatorError";
  declare readonly operator: string;
  constructor(operator: string, message: string) {
    super(`${operator}: ${message}`);
    this.operator = operator;
    deepStack(this);
  }
}

/**
 * What functions of functions begin with, in every package.
 * @throws what `refuse` makes of the operation and the reason, unless `f` is a function.
 */
export function mustBeFunction(
  operation: string,
  f: unknown,
  refuse: (operation: string, reason: string) => Error,
): void {
  if (typeof f !== "function")
    throw refuse(
      operation,
      `takes a function and was given ${Object(f) === f ? "an object" : String(f)}. ` +
        "Pass what computes, not what was computed.",
    );
}

export const notADefinition = (operator: string, reason: string): OperatorError =>
  new OperatorError(operator, reason);

export const mixedIntegers = (operation: string, dtypes: readonly DType[]): DTypeError =>
  new DTypeError(operation, dtypes, `${dtypes.join(" and ")} do not mix: cast one of them first.`);

export const needsInteger = (operation: string, dtypes: readonly DType[]): DTypeError =>
  new DTypeError(
    operation,
    dtypes,
    `takes integers and was given ${dtypes.join(" and ")}: cast to "i32" or "u32" first.`,
  );

export const wrongArity = (operator: string, arity: number, got: number): OperatorError =>
  new OperatorError(
    operator,
    `takes ${arity} value${arity === 1 ? "" : "s"} and was given ${got}.`,
  );

/** A formula where JavaScript needs a number, a text or a truth value. */
export const usedAsValue = (operator: string): OperatorError =>
  new OperatorError(
    operator,
    "a formula was used as a number. Write it with operators, as in where(lt(0, x), x, 0), " +
      "not with Math, signs or comparisons.",
  );

export const notAFormula = (operator: string, got: unknown): OperatorError =>
  new OperatorError(
    operator,
    `its definition returned ${got === null ? "null" : typeof got}, not a formula or a number: ` +
      "write it with operators, as in mul(x, x).",
  );

export const notASeed = (seed: number): RangeError =>
  new RangeError(`Random: a seed is a whole number from 0 to 2⁵³ − 1; this one was ${seed}.`);

export const notACount = (below: number): RangeError =>
  new RangeError(
    `Random.integer: "below" must be a whole number from 1 to 2³², and was ${below}; ` +
      "for an empty range there is nothing to draw.",
  );

export const listsDiffer = (a: number, b: number): RangeError =>
  new RangeError(`zipWith: lists of ${a} and ${b} numbers; both must have the same length.`);

export const noLowering = (primitive: string): OperatorError =>
  new OperatorError(
    primitive,
    "the device lacks this primitive and there is no formula for it in simpler ones. " +
      "Add one to `lowerings`, or the primitive to the device.",
  );
