/**
 * Module 3.13 — Several outer points at once.
 *
 * A fold that visits neighbouring outer points together loads what they share once and keeps
 * several sums going, each in its own order, so no bit changes. An axis can be taken apart this way
 * if only addresses depend on it: then a neighbour is a constant away.
 */
import { type Expr, postorder } from "@mt/operators";
import type { Linear } from "../kernel.ts";
import { type Loop, size } from "./loop.ts";

/** Smaller kernels are not worth more code. */
const fewPoints = 4096;

const moves = (form: Linear, axis: number): boolean => (form.strides[axis] ?? 0) !== 0;

/** How many neighbours to take together along each outer axis. */
export function chooseLanes(loop: Loop, bodies: readonly Expr[]): number[] {
  const { outer, inner, inputs, folds, stores } = loop;
  const lanes = outer.map(() => 1);
  if (folds.length !== 1 || stores.some((store) => store.inside)) return lanes;
  if (size(inner) < 2 || size(outer) * size(inner) < fewPoints) return lanes;
  const positions = new Set(inputs.map((x) => x.kind === "read" && x.indirect?.input));
  const used = new Set(postorder(...bodies).map((x) => x.kind === "arg" && x.index));
  const reads = inputs.filter((x, k) => x.kind === "read" && used.has(k)) as readonly Linear[];
  /** What must be the same at a neighbour: conditions, and numbers made of indices. */
  const rigid = inputs.flatMap((x, k): readonly Linear[] => [
    ...("guards" in x ? x.guards : []),
    ...("strides" in x && (x.kind === "index" || positions.has(k)) ? [x] : []),
  ]);
  const shared = (axis: number): Linear[] => reads.filter((read) => !moves(read, axis));
  const axes = [...outer.keys()]
    .filter((axis) => outer[axis] !== 1 && !rigid.some((form) => moves(form, axis)))
    .reverse();
  const first = axes.toSorted((a, b) => shared(b).length - shared(a).length)[0];
  if (first === undefined) return lanes;
  const count = Math.min(4, outer[first] as number);
  lanes[first] = count;
  // a second axis along which what the first one moves stays
  const second = axes.find((axis) => shared(axis).some((x) => moves(x, first)));
  if (second !== undefined) lanes[second] = Math.min(count < 4 ? 4 : 2, outer[second] as number);
  return lanes;
}
