/**
 * Module 2.16f — Running folds along an axis: one kernel where the device has it, else log₂ n maps
 * that double how far each element reaches.
 */
import type { Backend, PrefixKernel } from "@mt/backend";
import { argument, type Monoid, monoids } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import { map } from "../graph/record.ts";
import { running, shifted } from "../graph/running.ts";
import { combineOf } from "../schedule/writer.ts";
import { axisOf } from "../shape.ts";
import { counting } from "./lift.ts";

const known = new WeakMap<Backend, boolean>();
/** Whether a device runs prefix kernels. */
function hasPrefix(backend: Backend): boolean {
  let has = known.get(backend);
  if (has === undefined) {
    const x = argument(0, "f32");
    const place = { offset: 0, strides: [1] };
    const read = { kind: "read", slot: 0, dtype: "f32", guards: [], fill: 0, ...place } as const;
    const kernel: PrefixKernel = {
      kind: "prefix",
      outer: [],
      inner: [2],
      inputs: [read],
      fold: { monoid: combineOf(monoids.sum, "f32"), body: x },
      stores: [{ slot: 1, dtype: "f32", inside: true, body: argument(1, "f32"), ...place }],
    };
    has = backend.claims(kernel);
    known.set(backend, has);
  }
  return has;
}

function runningFold(operation: string, monoid: Monoid, x: Node, axis: number): Node {
  const k = axisOf(operation, axis, x.shape.dims);
  const n = x.shape.dims[k] as number;
  if (x.shape.size === 0 || n === 1) return x;
  if (hasPrefix(x.recorder.backend)) return running(monoid, x, k);
  let y = x;
  for (let by = 1; by < n; by *= 2)
    y = map(monoid.combine, [y, shifted(y, k, by, monoid.identity(y.dtype))]);
  return y;
}

export const cumsum = (x: Node, axis: number): Node =>
  runningFold("cumsum", monoids.sum, counting(x), axis);
export const cumprod = (x: Node, axis: number): Node =>
  runningFold("cumprod", monoids.prod, counting(x), axis);
export const cummax = (x: Node, axis: number): Node => runningFold("cummax", monoids.max, x, axis);
export const cummin = (x: Node, axis: number): Node => runningFold("cummin", monoids.min, x, axis);
