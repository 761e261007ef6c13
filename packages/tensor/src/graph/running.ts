/**
 * Module 2.7e — Running folds: recorded, with their rules.
 *
 * A running fold keeps its axis: each element of the result folds all up to its place (cumsum).
 */
import { add, type Monoid, monoids } from "@mt/operators";
import { reductionOf } from "./attributes.ts";
import type { Node, NodeOf, Rules } from "./node.ts";
import { map, padAxis, record, sliceAxis, zerosOf } from "./record.ts";
import { pullMap } from "./vjp.ts";

/** The running fold along an axis. */
export function running(monoid: Monoid, x: Node, axis: number): Node {
  const by = reductionOf(monoid, x.shape, [axis], true);
  return record("reduce", by, by.to, x.dtype, [x], monoid === monoids.sum ? linearRules : rules);
}

/** Elements moved up (or, negative, down) an axis; `fill` comes in. */
export function shifted(x: Node, axis: number, by: number, fill: number): Node {
  const n = x.shape.dims[axis] as number;
  const left = Math.max(0, n - Math.abs(by));
  const cut = sliceAxis(x, axis, by < 0 ? n - left : 0, left);
  return by > 0 ? padAxis(cut, axis, n - left, 0, fill) : padAxis(cut, axis, 0, n - left, fill);
}

const backwards = (x: Node, axis: number): Node => {
  const n = x.shape.dims[axis] as number;
  return n > 0 ? sliceAxis(x, axis, n - 1, n, -1) : x;
};

/** One doubling step of a running fold, y = x · (x moved up by `by`), and back through the rest. */
function pullScan(monoid: Monoid, x: Node, axis: number, by: number, dy: Node): Node {
  const n = x.shape.dims[axis] as number;
  if (by >= n) return dy;
  const moved = shifted(x, axis, by, monoid.identity(x.dtype));
  const y = map(monoid.combine, [x, moved]);
  const pulled = pullScan(monoid, y, axis, 2 * by, dy);
  const [dx, dmoved] = pullMap(monoid.combine, [x, moved], y, pulled, () => true);
  const back = dmoved && shifted(dmoved, axis, -by, 0);
  if (dx && back) return map(add, [dx, back]);
  return dx ?? back ?? zerosOf(x);
}

const axisOf = (node: Node): number => (node as NodeOf<"reduce">).by.axes[0] as number;
const monoidOf = (node: Node): Monoid => (node as NodeOf<"reduce">).by.monoid;

/** As log₂ n maps; the tangent as the transpose of that. */
const rules: Rules = {
  vjp: (node, dy) => [pullScan(monoidOf(node), node.inputs[0] as Node, axisOf(node), 1, dy)],
  batch: (node, { inputs: [x] }) => running(monoidOf(node), x as Node, axisOf(node) + 1),
};
/** A running sum sends back the sum of all that came after. */
const linearRules: Rules = {
  ...rules,
  vjp: (node, dy) => {
    const axis = axisOf(node);
    return [backwards(running(monoids.sum, backwards(dy, axis), axis), axis)];
  },
  jvp: (node, [dx]) => (dx ? running(monoids.sum, dx, axisOf(node)) : null),
};
