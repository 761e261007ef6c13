/**
 * Module 2.16i — End to end: padded summands.
 *
 * Joined in halves, so that of many, which are several kernels, each goes over what it adds alone.
 */
import { add, isFloat, logicalOr } from "@mt/operators";
import { badValue, mismatch } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { map, move } from "../graph/record.ts";
import { axisOf, type Dims, dims } from "../shape.ts";
import { promoted } from "./lift.ts";

const without = (shape: Dims, axis: number): Dims => dims(shape.dims.toSpliced(axis, 1));

/** End to end along an axis. */
export function concatenate(given: readonly Node[], axis: number, name: string = "concat"): Node {
  if (given.length === 0) throw badValue(name, "needs at least one tensor.");
  const list = promoted(name, ...given);
  const [first] = list as [Node];
  const k = axisOf(name, axis, first.shape.dims);
  for (const { shape } of list)
    if (shape.rank !== first.shape.rank || without(shape, k) !== without(first.shape, k))
      throw mismatch(name, [first.shape.dims, shape.dims], `all axes but ${k} must be equal`);
  // what adds nothing: −0 + x = x for every x, where 0 + −0 is 0
  const [join, nothing] =
    first.dtype === "bool" ? [logicalOr, 0] : [add, isFloat(first.dtype) ? -0 : 0];
  const between = (x: Node, before: number, after: number): Node => {
    const widths = x.shape.dims.flatMap((_, d) => (d === k ? [before, after] : [0, 0]));
    return before + after === 0 ? x : move("pad", x, widths, nothing);
  };
  const joined = (from: number, to: number): Node => {
    if (to - from === 1) return list[from] as Node;
    const middle = (from + to) >> 1;
    const [a, b] = [joined(from, middle), joined(middle, to)];
    const [n, m] = [a, b].map((x) => x.shape.dims[k] as number) as [number, number];
    return map(join, [between(a, 0, m), between(b, n, 0)]);
  };
  return joined(0, list.length);
}
