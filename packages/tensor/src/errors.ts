/** The errors of module 2: the operation, the full shapes, the rule that was broken, the remedy. */
import type { Backend, Shape } from "@mt/backend";
import { deepStack, mustBeFunction } from "@mt/operators";

/** Sizes, ranks, axes or indices that do not fit an operation. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
  declare readonly operation: string;
  declare readonly shapes: readonly Shape[];
  constructor(operation: string, shapes: readonly Shape[], message: string) {
    super(`${operation}: ${message}`);
    this.operation = operation;
    this.shapes = shapes;
    deepStack(this);
  }
}

/** Something is asked of a tensor that its present state does not allow. */
export class TensorError extends Error {
  override readonly name = "TensorError";
  declare readonly code: "disposed" | "expired" | "device" | "gradient" | "host" | "value";
  declare readonly operation: string;
  constructor(code: TensorError["code"], operation: string, message: string) {
    super(`${operation}: ${message}`);
    this.code = code;
    this.operation = operation;
    deepStack(this);
  }
}

export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

export function cannotBroadcast(operation: string, a: Shape, b: Shape): ShapeError {
  const fits = (x: number, y = 1): boolean => x === y || x === 1 || y === 1;
  // counted from the end, as shapes broadcast
  const last = a.toReversed().findIndex((x, k) => !fits(x, b.at(-1 - k))) + 1;
  return new ShapeError(
    operation,
    [a, b],
    `cannot broadcast ${show(a)} with ${show(b)}: axis ${Math.max(a.length, b.length) - last} is ` +
      `${a.at(-last)} and ${b.at(-last)} (must match, or be 1).`,
  );
}

export const notShape = (operation: string, given: unknown): ShapeError =>
  new ShapeError(
    operation,
    Array.isArray(given) ? [given] : [],
    `${Array.isArray(given) ? show(given) : String(given)} is not a shape: give a list of whole ` +
      "numbers from 0 to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.",
  );

export const badAxis = (operation: string, axis: unknown, shape: Shape): ShapeError =>
  new ShapeError(
    operation,
    [shape],
    `axis ${String(axis)} is out of range for ${show(shape)}: ` +
      (shape.length === 0
        ? "a scalar has no axes."
        : `axes go from ${-shape.length} to ${shape.length - 1}.`),
  );

export const repeatedAxis = (operation: string, axis: number, shape: Shape): ShapeError =>
  mismatch(operation, [shape], `axis ${axis} is named twice`);

export const wrongRank = (operation: string, shape: Shape, rule: string): ShapeError =>
  new ShapeError(operation, [shape], `${show(shape)} has ${shape.length} axes; ${rule}.`);

export const mismatch = (operation: string, shapes: readonly Shape[], rule: string): ShapeError =>
  new ShapeError(operation, shapes, `${shapes.map(show).join(" and ")}: ${rule}.`);

interface Placed {
  readonly shape: { readonly dims: Shape };
  readonly recorder: { readonly backend: { readonly name: string } };
}
const placed = (x: Placed): string => `${show(x.shape.dims)} lives on "${x.recorder.backend.name}"`;

export const mixedDevices = (operation: string, a: Placed, b: Placed): TensorError =>
  new TensorError(
    "device",
    operation,
    `${placed(a)} and ${placed(b)}. Copy one over first: tensor(await x.data(), { shape, backend }).`,
  );

export const disposed = (operation: string, shape: Shape): TensorError =>
  new TensorError(
    "disposed",
    operation,
    `this tensor ${show(shape)}, or one that it is computed from, was disposed. Read it before, or ` +
      "keep a clone().",
  );

export const expired = (operation: string, shape: Shape): TensorError =>
  new TensorError(
    "expired",
    operation,
    `the value of this ${show(shape)} depends on parameters that have since been stepped twice. ` +
      "Read it before the second step, or keep a clone(); detach() what a later step still needs.",
  );

export const readInside = (operation: string, what: string): TensorError =>
  new TensorError(
    "host",
    operation,
    `${what}: it would be read when it is recorded, not at each call. Return the tensor, and read ` +
      "it from what the call gives.",
  );

export const oneExample = (operation: string, shape: Shape): TensorError =>
  badValue(
    operation,
    `this ${show(shape)} stands for one example inside vmap: it has no value of its own. Return it ` +
      "from the function and use the result; choose between values with where().",
  );

export const needsCotangent = (operation: string, shape: Shape): TensorError =>
  noGradient(
    operation,
    `the output has shape ${show(shape)}, not one element. Reduce it, with sum() or mean(), or give ` +
      "a cotangent of its shape: backward(cotangent), vjp().",
  );

export const noGradient = (operation: string, reason: string): TensorError =>
  new TensorError("gradient", operation, reason);

export const released = (): TensorError =>
  noGradient(
    "backward",
    "a part of the graph was released by an earlier backward(). Add the losses and call it once, " +
      "call it for all of them before values are read, or record that part again.",
  );

export const badValue = (operation: string, reason: string): TensorError =>
  new TensorError("value", operation, reason);

/** What functions of functions begin with. @throws TensorError unless f is a function. */
export const checkFunction = (operation: string, f: unknown): void =>
  mustBeFunction(operation, f, badValue);

export const badDType = (
  operation: string,
  dtype: unknown,
  backend: Pick<Backend, "name" | "dtypes">,
): TensorError =>
  badValue(
    operation,
    `"${String(dtype)}" is no dtype of "${backend.name}", which has ${[...backend.dtypes.keys()].join(", ")}.`,
  );
