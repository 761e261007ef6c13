/**
 * Module 3.13 — Several outer points at once.
 *
 * A fold that visits neighbouring outer points together loads what they share once and keeps
 * several sums going, each in its own order, so no bit changes. An axis can be taken apart this way
 * if only addresses depend on it: then a neighbour is a constant away.
 */
import { type Expr, postorder } from "@mt/operators";
import type { Input, Linear, LoopKernel, Shape } from "../kernel.ts";

/** Smaller kernels are not worth more code. */
const fewPoints = 4096;

const moves = (form: Linear, axis: number): boolean => (form.strides[axis] ?? 0) !== 0;
const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** Whether an input at a neighbour along `axis` is the same, or a read a constant away. */
function isPlainAlong(
  input: Input,
  axis: number,
  indexes: ReadonlySet<number>,
  k: number,
): boolean {
  if (input.kind === "scalar") return true;
  if (input.kind === "index") return !moves(input, axis);
  if (input.guards.some((guard) => moves(guard, axis))) return false;
  return input.kind === "test" || !indexes.has(k) || !moves(input, axis);
}

/** How many neighbours to take together along each outer axis. */
export function chooseLanes(kernel: LoopKernel, bodies: readonly Expr[]): number[] {
  const { outer, inner, inputs, folds, stores } = kernel;
  const lanes = outer.map(() => 1);
  if (folds.length !== 1 || stores.some((store) => store.inside)) return lanes;
  if (size(inner) < 2 || size(outer) * size(inner) < fewPoints) return lanes;
  const indexes = new Set(
    inputs.flatMap((x) => (x.kind === "read" && x.indirect ? [x.indirect.input] : [])),
  );
  const used = new Set(postorder(...bodies).flatMap((x) => (x.kind === "arg" ? [x.index] : [])));
  const reads = inputs.filter((x, k) => x.kind === "read" && used.has(k)) as readonly Linear[];
  const axes = outer
    .map((_, axis) => axis)
    .filter(
      (axis) =>
        (outer[axis] as number) > 1 && inputs.every((x, k) => isPlainAlong(x, axis, indexes, k)),
    )
    .reverse();
  const shared = (axis: number): Linear[] => reads.filter((read) => !moves(read, axis));
  const first = axes.toSorted((a, b) => shared(b).length - shared(a).length)[0];
  if (first === undefined) return lanes;
  lanes[first] = Math.min(4, outer[first] as number);
  // a second axis along which what the first one moves stays
  const second = axes.find((axis) => shared(axis).some((read) => moves(read, first)));
  if (second !== undefined && second !== first)
    lanes[second] = Math.min((lanes[first] as number) < 4 ? 4 : 2, outer[second] as number);
  return lanes;
}
