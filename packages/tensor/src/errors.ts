/** The errors of module 2: the operation, the full shapes, the rule that was broken, the remedy. */
import type { Shape } from "@mt/backend";
import { deepStack } from "@mt/operators";

/** Sizes, ranks, axes or indices that do not fit an operation. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
  readonly operation: string;
  readonly shapes: readonly Shape[];
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
  readonly code: "disposed" | "expired" | "device" | "gradient" | "host" | "value";
  readonly operation: string;
  constructor(code: TensorError["code"], operation: string, message: string) {
    super(`${operation}: ${message}`);
    this.code = code;
    this.operation = operation;
    deepStack(this);
  }
}

export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

export function cannotBroadcast(operation: string, a: Shape, b: Shape): ShapeError {
  const rank = Math.max(a.length, b.length);
  const clash = Array.from({ length: rank }, (_, k) => rank - 1 - k).find((axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    return x !== y && x !== 1 && y !== 1;
  }) as number;
  const x = a[clash - rank + a.length];
  const y = b[clash - rank + b.length];
  return new ShapeError(
    operation,
    [a, b],
    `cannot broadcast ${show(a)} with ${show(b)}: axis ${clash} is ${x} and ${y} ` +
      "(must match, or be 1).",
  );
}

export const badSize = (operation: string, shape: Shape, size: unknown): ShapeError =>
  new ShapeError(
    operation,
    [shape],
    `${show(shape)} is not a shape: ${String(size)} is no size. ` +
      "Sizes are whole numbers from 0 to 2^31 − 1.",
  );

export const tooLarge = (operation: string, shape: Shape): ShapeError =>
  new ShapeError(
    operation,
    [shape],
    `${show(shape)} has more than 2^53 elements: more than can be counted exactly.`,
  );

export const noShape = (operation: string, given: unknown): ShapeError =>
  new ShapeError(
    operation,
    [],
    `${typeof given === "string" ? `"${given}"` : String(given)} is not a shape: give a list of sizes, such as [2, 3].`,
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
  new ShapeError(operation, [shape], `axis ${axis} of ${show(shape)} is named twice.`);

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
    `${placed(a)} and ${placed(b)}. Copy one over first: tensor(await x.data(), ` +
      `{ shape: x.shape, backend: "${a.recorder.backend.name}" }).`,
  );

export const disposed = (operation: string, shape: Shape): TensorError =>
  new TensorError(
    "disposed",
    operation,
    `this tensor ${show(shape)}, or one that it is computed from, was disposed. Read it before ` +
      "dispose(), or keep a clone().",
  );

export const expired = (operation: string, shape: Shape): TensorError =>
  new TensorError(
    "expired",
    operation,
    `the value of this ${show(shape)} depends on parameters that have since been stepped twice. ` +
      "Read it before the second step, or keep it with clone() (computed at once); detach() a " +
      "value that a later step still needs.",
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

/** Why a value cannot be had, or not any more. */
export const gone: Readonly<Record<"expired" | "disposed" | "example", typeof expired>> = {
  expired,
  disposed,
  example: oneExample,
};

export const needsCotangent = (operation: string, shape: Shape): TensorError =>
  new TensorError(
    "gradient",
    operation,
    `the output has shape ${show(shape)}, not one element. Reduce it first (sum() or mean()), ` +
      "or give a cotangent of the same shape: backward(cotangent), vjp().",
  );

export const noGradient = (operation: string, reason: string): TensorError =>
  new TensorError("gradient", operation, reason);

export const released = (): TensorError =>
  noGradient(
    "backward",
    "a part of the graph was released by an earlier backward(). Add the losses and call " +
      "backward() once, call it for all of them before values are read, or record that part again.",
  );

export const badValue = (operation: string, reason: string): TensorError =>
  new TensorError("value", operation, reason);

export const badDType = (
  operation: string,
  dtype: unknown,
  backend: string,
  known: Iterable<string>,
): TensorError =>
  badValue(
    operation,
    `"${String(dtype)}" is no dtype of "${backend}", which has ${[...known].join(", ")}.`,
  );
