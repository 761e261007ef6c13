/** Module 2.18 — Making tensors: of nested lists, typed arrays, constants and ranges. */
import { type Backend, getBackend, type Shape } from "@mt/backend";
import { add, type DType, dtypeNames, dtypes, mul, type TypedArray } from "@mt/operators";
import { badDType, badValue, mismatch } from "./errors.ts";
import type { Nested } from "./format.ts";
import { cast, dataLeaf, expand, iota, map, numberLeaf } from "./graph/record.ts";
import { type Device, deviceOf } from "./run/device.ts";
import { hostValue } from "./run/value.ts";
import { type Dims, dims } from "./shape.ts";
import { Tensor } from "./tensor.ts";

export interface TensorOptions {
  readonly dtype?: DType;
  /** Collect gradients in `.grad`. */
  readonly requiresGrad?: boolean;
  /** A device, or the name of a registered one; the current one without. */
  readonly backend?: Backend | string;
}
export interface DataOptions extends TensorOptions {
  /** For typed arrays and flat lists. */
  readonly shape?: Shape;
}

function placeOf(operation: string, options: TensorOptions, dtype: DType): [Device, DType] {
  const { backend } = options;
  const device = deviceOf(typeof backend === "object" ? backend : getBackend(backend));
  const chosen = options.dtype ?? dtype;
  if (!device.backend.dtypes.has(chosen)) throw badDType(operation, chosen, device.backend);
  return [device, chosen];
}

/** The dtype a typed array holds. */
const dtypeOfArray = (data: ArrayBufferView): DType | undefined =>
  dtypeNames.find((dtype) => data instanceof dtypes[dtype].array);

/**
 * A tensor of nested lists, a number, booleans, or a typed array (copied) with a shape.
 * @throws ShapeError for ragged lists or a shape that does not fit.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 */
export function tensor(
  data: Nested | boolean | readonly boolean[] | TypedArray,
  options: DataOptions = {},
): Tensor {
  if (ArrayBuffer.isView(data)) {
    const own = dtypeOfArray(data);
    if (!own) throw badValue("tensor", `cannot hold a ${data.constructor.name}.`);
    return ofElements(data, options.shape ?? [data.length], own, options);
  }
  const shape: number[] = [];
  for (let x: unknown = data; Array.isArray(x); x = x[0]) shape.push(x.length);
  const flat: number[] = [];
  let booleans = true;
  const visit = (x: unknown, depth: number): void => {
    const list: readonly unknown[] | null = Array.isArray(x) ? x : null;
    if (list?.length !== shape[depth])
      throw mismatch("tensor", [shape], "ragged: lists of one depth must be of one length");
    if (list) for (const y of list) visit(y, depth + 1);
    else if (typeof x === "number" || typeof x === "boolean") {
      booleans &&= typeof x === "boolean";
      flat.push(Number(x));
    } else throw badValue("tensor", `an element is ${String(x)}: give numbers or booleans.`);
  };
  visit(data, 0);
  const dtype = booleans && flat.length > 0 ? "bool" : "f32";
  return ofElements(flat, options.shape ?? shape, dtype, options);
}

function ofElements(
  data: ArrayLike<number>,
  shape: Shape,
  own: DType,
  options: TensorOptions,
): Tensor {
  const [device, dtype] = placeOf("tensor", options, own);
  const to = dims(shape, "tensor");
  if (to.size !== data.length)
    throw mismatch("tensor", [shape], `it takes ${to.size} elements, not ${data.length}`);
  const { array: Elements, fromFloat } = dtypes[dtype];
  const array = new Elements(to.size);
  if (dtype === own && ArrayBuffer.isView(data)) array.set(data as TypedArray);
  else for (let i = 0; i < to.size; i++) array[i] = fromFloat(data[i] as number);
  return fromHost(array, [to, dtype, device], options.requiresGrad ?? false);
}

/** All elements one number. */
export const full = (shape: Shape, value: number, options?: TensorOptions): Tensor =>
  filled("full", shape, value, options);

function filled(
  operation: string,
  shape: Shape,
  value: number,
  options: TensorOptions = {},
): Tensor {
  const [device, dtype] = placeOf(operation, options, "f32");
  const to = dims(shape, operation);
  if (options.requiresGrad) {
    const data = new dtypes[dtype].array(to.size).fill(dtypes[dtype].fromFloat(value));
    return fromHost(data, [to, dtype, device], true);
  }
  return new Tensor(expand(numberLeaf(value, dtype, device), to));
}
/** All elements 0. */
export const zeros = (shape: Shape, options?: TensorOptions): Tensor =>
  filled("zeros", shape, 0, options);
/** All elements 1. */
export const ones = (shape: Shape, options?: TensorOptions): Tensor =>
  filled("ones", shape, 1, options);

/**
 * start, start + step, … up to but without end; i32 if all three are whole numbers.
 * @example
 * await arange(0, 6, 2).toArray(); // [0, 2, 4]
 */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [low, high] = end === undefined ? [0, start] : [start, end];
  const count = Math.ceil((high - low) / step);
  if (!Number.isFinite(count) || step === 0)
    throw badValue("arange", `no range from ${low} to ${high} in steps of ${step}.`);
  const whole = [low, high, step].every(Number.isInteger);
  const [device, dtype] = placeOf("arange", options, whole ? "i32" : "f32");
  const index = cast(iota(dims([Math.max(0, count)]), "i32", device), dtype);
  const number = (x: number): Parameters<typeof map>[1][number] => numberLeaf(x, dtype, device);
  return new Tensor(map(add, [map(mul, [index, number(step)]), number(low)]));
}
/** The device and shape a random tensor is drawn on. */
export const placed = (
  operation: string,
  shape: Shape,
  options: TensorOptions,
): { device: Device; dtype: DType; to: Dims } => {
  const [device, dtype] = placeOf(operation, options, "f32");
  return { device, dtype, to: dims(shape, operation) };
};

/** A tensor of elements in host memory, which it takes over. */
function fromHost(
  data: TypedArray,
  node: Parameters<typeof dataLeaf>,
  requiresGrad: boolean,
): Tensor {
  const leaf = dataLeaf(...node);
  leaf.value = hostValue(data);
  return new Tensor(leaf, requiresGrad);
}
