/** Module 2.20 — Functions beside the methods: of several tensors, and of computations. */
import { getBackend, type LiveBuffer } from "@mt/backend";
import { type Operator, operators, ternary } from "@mt/operators";
import { badValue, mismatch } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { map } from "./graph/record.ts";
import { concatenate } from "./operations/concatenate.ts";
import { lift } from "./operations/lift.ts";
import { unsqueeze } from "./operations/moves.ts";
import { type Device, deviceOf } from "./run/device.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/** `x` where the condition holds, else `y`; all three broadcast. */
export function where(condition: Tensor, x: Tensor | number, y: Tensor | number): Tensor {
  const operands = [condition, x, y].map((v) => (v instanceof Tensor ? v.node : v));
  return new Tensor(map(operators.where as Operator, lift("where", operands), "where"));
}

const blend: Operator<3> = ternary(
  "lerp",
  (x, y, t) => {
    const { add, lt, mul, sub, where } = operators;
    const distance = sub(y, x);
    return where(lt(t, 0.5), add(x, mul(t, distance)), sub(y, mul(sub(1, t), distance)));
  },
  { partials: (_, x, y, t) => [operators.sub(1, t), t, operators.sub(y, x)] },
);

/**
 * `x + t·(y − x)`: from x at t = 0 to y at t = 1, both exactly; all three broadcast.
 * @example
 * await lerp(tensor([0, 10]), tensor([10, 20]), 0.5).toArray(); // [5, 15]
 */
export function lerp(x: Tensor | number, y: Tensor | number, t: Tensor | number): Tensor {
  const operands = [x, y, t].map((v) => (v instanceof Tensor ? v.node : v));
  return new Tensor(map(blend, lift("lerp", operands), "lerp"));
}

/** @throws TensorError if it is no list of tensors. */
export function nodesOf(operation: string, list: readonly Tensor[]): Node[] {
  if (!Array.isArray(list)) throw badValue(operation, "takes a list of tensors, such as [x, y].");
  return list.map((x) => nodeOf(operation, x));
}

/**
 * End to end along an axis; all other sizes are equal.
 * @example
 * await concat([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 */
export const concat = (list: readonly Tensor[], axis = 0): Tensor =>
  new Tensor(concatenate(nodesOf("concat", list), axis));

/**
 * Side by side along a new axis.
 * @throws ShapeError unless all have one shape.
 * @example
 * await stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // [[1, 3], [2, 4]]
 */
export function stack(list: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf("stack", list);
  const other = nodes.find((x) => x.shape !== nodes[0]?.shape);
  if (other)
    throw mismatch(
      "stack",
      [(nodes[0] as Node).shape.dims, other.shape.dims],
      "all shapes must be equal",
    );
  const rows = nodes.map((x) => unsqueeze(x, axis));
  return new Tensor(concatenate(rows, axis, "stack"));
}

/**
 * The barrier: one program for these tensors, every pending `assign`, and every recorded value that
 * nothing has consumed.
 */
export function realize(...tensors: readonly Tensor[]): void {
  const byDevice = new Map<Device, Node[]>();
  for (const x of tensors) {
    const node = nodeOf("realize", x);
    const device = node.recorder as Device;
    byDevice.set(device, [...(byDevice.get(device) ?? []), node]);
  }
  if (tensors.length === 0) byDevice.set(deviceOf(getBackend()), []);
  for (const [device, nodes] of byDevice) device.realize(nodes);
}

/** What a device holds: bytes in use, bytes kept for reuse, the most of both so far, programs. */
export interface MemoryReport {
  readonly live: number;
  readonly pooled: number;
  readonly peak: number;
  readonly programs: number;
  /** The largest arrays in use; under `MT_DEBUG=1` with the line that each was made on. */
  readonly largest: readonly LiveBuffer[];
}

/**
 * What a device holds, the current one without a name.
 * @example
 * const weights = tensor(new Float32Array(2000)).clone();
 * memory().largest[0]; // { label: "f32[2000]", bytes: 8000 }
 */
export function memory(backend: string | undefined = undefined): MemoryReport {
  const { pool, programs } = deviceOf(getBackend(backend));
  const { live, pooled, peak } = pool;
  return { live, pooled, peak, programs: programs.size, largest: pool.largest() };
}
