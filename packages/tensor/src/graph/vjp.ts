/**
 * Module 2.8 — How a cotangent goes back through each kind of node.
 *
 * One entry per common kind; no operator is named. Rules record nodes like any user would, so
 * gradients fuse with everything else, and have gradients themselves.
 */
import { add, div, eq, type Monoid, monoids, mul, type Operator } from "@mt/operators";
import { dims } from "../shape.ts";
import { adjointOf, contraction } from "../views/contraction.ts";
import { axisForm } from "../views/linear.ts";
import { type Move, type MoveKind, moves } from "../views/move.ts";
import type { CommonKind, Node, NodeOf, Pull } from "./node.ts";
import {
  cast,
  contract,
  expand,
  fitTo,
  keepAxes,
  map,
  move,
  padAxis,
  reduce,
  reshape,
  sliceAxis,
  zerosOf,
} from "./record.ts";

type Wanted = (input: number) => boolean;
type Rule<K extends CommonKind> = (
  node: NodeOf<K>,
  cotangent: Node,
  wanted: Wanted,
) => readonly (Node | null)[];

/** Cotangents of a map's inputs, each in its input's own shape and dtype. */
export function pullMap(
  operator: Operator,
  inputs: readonly Node[],
  output: Node,
  cotangent: Node,
  wanted: Wanted,
): (Node | null)[] {
  return inputs.map((x, i) => {
    const rule = wanted(i) ? operator.pullback(i) : null;
    if (!rule) return null;
    const values = rule.from.map((from) =>
      from === "cotangent" ? cotangent : from === "output" ? output : (inputs[from] as Node),
    );
    const dx = rule.operator ? map(rule.operator, values) : cotangent;
    return cast(fitTo(dx, x.shape), x.dtype);
  });
}

/** An extremum hands its cotangent to the elements that attain it, in equal shares. */
const sharedAmongTies: Rule<"reduce"> = (node, dy) => {
  const x = node.inputs[0] as Node;
  const { axes } = node.by;
  const keep = (y: Node): Node => keepAxes(y, node.by);
  const attained = cast(map(eq, [x, keep(node)]), node.dtype);
  const share = map(div, [dy, reduce(monoids.sum, attained, axes)]);
  return [map(mul, [attained, keep(share)])];
};

/** Monoids with a derivative of their own; any other is a tree of `combine`. */
const reduceRules = new Map<Monoid, Rule<"reduce">>([
  [monoids.sum, (node, dy) => [expand(keepAxes(dy, node.by), node.by.from)]],
  [monoids.max, sharedAmongTies],
  [monoids.min, sharedAmongTies],
]);

/** Folds the last axis in halves, log₂ n maps deep, and takes the cotangent back through them. */
function pullTree(monoid: Monoid, x: Node, dy: Node): Node {
  const last = x.shape.rank - 1;
  const n = x.shape.dims[last] as number;
  if (n <= 1) return n === 0 ? x : reshape(dy, x.shape);
  const count = Math.ceil(n / 2);
  const left = n - count;
  const a = sliceAxis(x, last, 0, count);
  const rest = sliceAxis(x, last, count, left);
  const b = left < count ? padAxis(rest, last, 0, 1, monoid.identity(x.dtype)) : rest;
  const y = map(monoid.combine, [a, b]);
  const [da, db] = pullMap(monoid.combine, [a, b], y, pullTree(monoid, y, dy), () => true);
  const parts = [
    da && padAxis(da, last, 0, left),
    db && padAxis(sliceAxis(db, last, 0, left), last, count, 0),
  ].filter((part) => !!part);
  return parts.length === 2 ? map(add, parts) : (parts[0] ?? zerosOf(x));
}

const asTree: Rule<"reduce"> = (node, dy) => {
  const x = node.inputs[0] as Node;
  const { axes, from, monoid } = node.by;
  const kept = from.dims.map((_, k) => k).filter((k) => !axes.includes(k));
  const order = [...kept, ...axes];
  const rows = move("permute", x, order);
  const flat = reshape(
    rows,
    dims([...node.shape.dims, axes.reduce((n, k) => n * (from.dims[k] as number), 1)]),
  );
  const dx = reshape(pullTree(monoid, flat, dy), rows.shape);
  return [
    move(
      "permute",
      dx,
      order.map((_, k) => order.indexOf(k)),
    ),
  ];
};

/** out[coordinates(i)] += dy[i]: the adjoint of any move but a reshape. */
function spread(by: Move, dy: Node): Node {
  const { rank } = by.to;
  return contract(
    contraction({
      extents: by.to.dims,
      operands: [by.to.dims.map((_, k) => axisForm(k, rank))],
      shapes: [by.to],
      out: moves[by.move].coordinates(by),
      shape: by.from,
    }),
    [dy],
  );
}

const moveRules: { readonly [K in MoveKind]: (by: Move, dy: Node) => Node } = {
  reshape: (by, dy) => reshape(dy, by.from),
  permute: (by, dy) =>
    move(
      "permute",
      dy,
      by.parameters.map((_, k) => by.parameters.indexOf(k)),
    ),
  expand: (by, dy) => fitTo(dy, by.from),
  pad: (by, dy) =>
    move(
      "slice",
      dy,
      by.from.dims.flatMap((n, k) => [by.parameters[2 * k] as number, n, 1]),
    ),
  slice: (by, dy) => {
    const steps = by.from.dims.map((_, k) => by.parameters[3 * k + 2] as number);
    if (steps.some((step) => step !== 1)) return spread(by, dy);
    const around = by.from.dims.flatMap((n, k) => {
      const before = by.parameters[3 * k] as number;
      return [before, n - before - (by.to.dims[k] as number)];
    });
    return move("pad", dy, around);
  },
  diagonal: spread,
  window: spread,
};

const rules: { readonly [K in CommonKind]: Rule<K> } = {
  leaf: () => [],
  map: (node, dy, wanted) => pullMap(node.by, node.inputs, node, dy, wanted),
  reduce: (node, dy, wanted) => (reduceRules.get(node.by.monoid) ?? asTree)(node, dy, wanted),
  move: (node, dy) => [moveRules[node.by.move](node.by, dy)],
  // out = Σ a·b: each operand's adjoint is the contraction with result and operand exchanged
  contract: (node, dy, wanted) =>
    node.inputs.map((_, i) => {
      if (!wanted(i)) return null;
      const others = node.inputs.filter((_, k) => k !== i);
      return contract(adjointOf(node.by, i), [dy, ...others]);
    }),
};

/** By the node's own rule, or that of its kind. */
export const pull: Pull = (node, dy, wanted) =>
  (node.rules?.vjp ?? (rules[node.kind as CommonKind] as Pull))(node, dy, wanted);
