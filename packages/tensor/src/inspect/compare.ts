/**
 * Module 2.32 — Where two devices part.
 *
 * The same program runs on each device, one operation after the other; the first operation whose
 * results differ beyond rounding is where to look.
 */
import { type Backend, getBackend, type Shape } from "@mt/backend";
import type { TypedArray } from "@mt/operators";
import { tensor } from "../create.ts";
import { checkFunction } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { origins } from "../graph/probes.ts";
import type { Device } from "../run/device.ts";
import type { Tensor } from "../tensor.ts";
import { arrayText, nameOf } from "./names.ts";
import { stepwise } from "./stepwise.ts";

/** The first operation on which a device differs from the first device. */
export interface Difference {
  readonly operation: string;
  /** Its place among the operations recorded, from 0. */
  readonly index: number;
  readonly shape: Shape;
  /** The element that differs most, row-major, and what each device makes of it. */
  readonly position: number;
  readonly values: Readonly<Record<string, number>>;
  /** `file:line:column` of the user's code. */
  readonly line: string | undefined;
  toString(): string;
}
export interface CompareOptions {
  /** Difference allowed, relative to the greatest magnitude in the array. */
  readonly tolerance?: number;
}

interface Computed {
  readonly node: Node;
  readonly data: TypedArray;
}

/**
 * Runs `f` on each of the named devices, on copies of the inputs, and gives the first operation whose
 * results differ beyond the tolerance; null where there is none. What `f` computes from is to be
 * among the inputs.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await compareBackends((x) => x.exp().sum(), [x], ["reference", "reference"]); // null
 */
export async function compareBackends(
  f: (...inputs: readonly Tensor[]) => unknown,
  inputs: readonly Tensor[],
  names: readonly (Backend | string)[],
  { tolerance = 1e-4 }: CompareOptions = {},
): Promise<Difference | null> {
  checkFunction("compareBackends", f);
  const backends = names.map((name) => (typeof name === "string" ? getBackend(name) : name));
  const [first, ...others] = backends;
  if (!first) return null;
  const expected = await computedOn(first, f, inputs);
  for (const backend of others) {
    const actual = await computedOn(backend, f, inputs);
    const found = firstDifference(expected, actual, tolerance);
    if (found) return difference(found, [first, backend]);
  }
  return null;
}

async function computedOn(
  backend: Backend,
  f: (...inputs: readonly Tensor[]) => unknown,
  inputs: readonly Tensor[],
): Promise<Computed[]> {
  const copies: Tensor[] = [];
  for (const { shape, dtype, requiresGrad, data } of await Promise.all(inputs.map(contentOf)))
    copies.push(tensor(data, { shape, dtype, requiresGrad, backend }));
  const nodes: Node[] = [];
  await stepwise(
    () => f(...copies),
    (node) => void nodes.push(node),
  );
  const computed: Computed[] = [];
  for (const node of nodes)
    if (node.value) computed.push({ node, data: await (node.recorder as Device).read(node) });
  return computed;
}
const contentOf = async (x: Tensor) => ({
  shape: x.shape,
  dtype: x.dtype,
  requiresGrad: x.requiresGrad,
  data: await x.data(),
});

interface Found {
  readonly index: number;
  readonly position: number;
  readonly pair: readonly [Computed, Computed];
}
function firstDifference(
  expected: readonly Computed[],
  actual: readonly Computed[],
  tolerance: number,
): Found | null {
  for (const [index, a] of expected.entries()) {
    const b = actual[index];
    if (!b) return null;
    const position = a.data.length === b.data.length ? worst(a.data, b.data, tolerance) : 0;
    if (position >= 0) return { index, position, pair: [a, b] };
  }
  return null;
}

/** Where two arrays differ most, if anywhere beyond the tolerance; else −1. */
function worst(a: TypedArray, b: TypedArray, tolerance: number): number {
  let scale = 0;
  for (const x of a) if (Number.isFinite(x)) scale = Math.max(scale, Math.abs(x));
  let [most, position] = [tolerance * scale, -1];
  a.forEach((x: number, i: number) => {
    const y = b[i] as number;
    if (Object.is(x, y) || x === y) return;
    const gap = Math.abs(x - y);
    const far = Number.isNaN(gap) ? Infinity : gap;
    if (far > most) [most, position] = [far, i];
  });
  return position;
}

function difference(
  { index, position, pair: [a, b] }: Found,
  [first, second]: readonly [Backend, Backend],
): Difference {
  const line = origins.get(b.node) ?? origins.get(a.node);
  const operation = nameOf(a.node);
  const [x, y] = [a.data[position] as number, b.data[position] as number];
  return {
    operation,
    index,
    shape: a.node.shape.dims,
    position,
    values: { [first.name]: x, [second.name]: y },
    line,
    toString: () =>
      `operation ${index}, ${operation} → ${arrayText(a.node)}${line ? ` at ${line}` : ""}: element ` +
      `${position} is ${x} on "${first.name}" and ${y} on "${second.name}"`,
  };
}
