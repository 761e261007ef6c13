/**
 * Module 2.8 — How a cotangent goes back through each kind of node.
 *
 * One entry per kind; no operator is named. Rules record nodes like any user would, so gradients
 * fuse with everything else, and have gradients themselves.
 */
import { add, div, eq, type Monoid, monoids, mul, type Operator } from "@mt/operators";
import { noGradient } from "../errors.ts";
import { dims } from "../shape.ts";
import { adjointOf, contraction } from "../views/contraction.ts";
import { axisForm } from "../views/linear.ts";
import { type Move, type MoveKind, moves } from "../views/move.ts";
import type { Kind, Node, NodeOf } from "./node.ts";
import {
  cast,
  contract,
  expand,
  fitTo,
  gather,
  iota,
  keepAxes,
  map,
  move,
  numberLeaf,
  reduce,
  reshape,
  running,
  scatter,
  shifted,
} from "./record.ts";

type Wanted = (input: number) => boolean;
type Rule<K extends Kind> = (
  node: NodeOf<K>,
  cotangent: Node,
  wanted: Wanted,
) => readonly (Node | null)[];

/** Cotangents of a map's inputs, each in its input's own shape and dtype. */
function pullMap(
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

const half = (x: Node, start: number, count: number): Node => {
  const last = x.shape.rank - 1;
  const whole = x.shape.dims.flatMap((n, k) => (k === last ? [start, count, 1] : [0, n, 1]));
  return move("slice", x, whole);
};
const placed = (x: Node, before: number, after: number): Node =>
  move(
    "pad",
    x,
    x.shape.dims.flatMap((_, k) => (k === x.shape.rank - 1 ? [before, after] : [0, 0])),
  );

/** Folds the last axis in halves, log₂ n maps deep, and takes the cotangent back through them. */
function pullTree(monoid: Monoid, x: Node, dy: Node): Node {
  const n = x.shape.dims[x.shape.rank - 1] as number;
  if (n <= 1) return n === 0 ? x : reshape(dy, x.shape);
  const count = Math.ceil(n / 2);
  const identity = monoid.identity(x.dtype);
  const a = half(x, 0, count);
  const rest = half(x, count, n - count);
  const uneven = 2 * count - n;
  const end = rest.shape.dims.flatMap((_, k) => [0, k === x.shape.rank - 1 ? uneven : 0]);
  const b = uneven ? move("pad", rest, end, identity) : rest;
  const y = map(monoid.combine, [a, b]);
  const [da, db] = pullMap(monoid.combine, [a, b], y, pullTree(monoid, y, dy), () => true);
  const back = (d: Node | null | undefined, from: number, length: number): Node | null =>
    d ? placed(half(d, 0, length), from, n - from - length) : null;
  const parts = [back(da, 0, count), back(db, count, n - count)].filter((d) => d !== null);
  return parts.length === 2
    ? map(add, parts)
    : (parts[0] ?? expand(numberLeaf(0, x.dtype, x.recorder), x.shape));
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

const backwards = (x: Node, axis: number): Node =>
  move(
    "slice",
    x,
    x.shape.dims.flatMap((n, k) => (k === axis && n > 0 ? [n - 1, n, -1] : [0, n, 1])),
  );

/** A running sum sends back the sum of all that came after; other monoids as log₂ n maps. */
const pullRunning: Rule<"reduce"> = (node, dy) => {
  const x = node.inputs[0] as Node;
  const { monoid, axes } = node.by;
  const [axis] = axes as [number];
  if (monoid !== monoids.sum) return [pullScan(monoid, x, axis, 1, dy)];
  return [backwards(running(monoid, backwards(dy, axis), axis), axis)];
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
  return dx ?? back ?? expand(numberLeaf(0, x.dtype, x.recorder), x.shape);
}

/** The updates that a scatter's extremum is made of, in equal shares with the base. */
const pullScatteredExtremum: Rule<"scatter"> = (node, dy) => {
  const [base, index, updates] = node.inputs as [Node, Node, Node];
  const { axis, batched } = node.by.by;
  const at = (x: Node): Node => gather(x, index, axis, batched);
  const attained = (x: Node, y: Node): Node => cast(map(eq, [x, y]), node.dtype);
  const [byBase, byUpdate] = [attained(base, node), attained(updates, at(node))];
  const count = scatter(monoids.sum, byBase, index, byUpdate, axis, batched);
  const share = map(div, [dy, count]);
  return [map(mul, [byBase, share]), null, map(mul, [byUpdate, at(share)])];
};

const pullScatter: Rule<"scatter"> = (node, dy, wanted) => {
  const { by, monoid } = node.by;
  const [, index, updates] = node.inputs as [Node, Node, Node];
  if (monoid === monoids.max || monoid === monoids.min)
    return pullScatteredExtremum(node, dy, wanted);
  if (monoid && monoid !== monoids.sum)
    throw noGradient(
      "scatter",
      `scattering with "${monoid.name}" has no derivative here: use sum, max, min or set.`,
    );
  const { axis, batched } = by;
  const dupdates = wanted(2) ? gather(dy, index, axis, batched) : null;
  if (monoid) return [dy, null, dupdates];
  // what was overwritten no longer matters: of the base, and of updates at one position
  const nothing = expand(numberLeaf(0, updates.dtype, updates.recorder), updates.shape);
  const dbase = wanted(0) ? scatter(null, dy, index, nothing, axis, batched) : null;
  return [dbase, null, dupdates && map(mul, [dupdates, lastOnes(node)])];
};

/** 1 for each update that nothing after it overwrote, else 0. */
function lastOnes(node: NodeOf<"scatter">): Node {
  const [base, index, updates] = node.inputs as [Node, Node, Node];
  const { axis, batched } = node.by.by;
  const places = iota(updates.shape, "i32", updates.recorder);
  const none = expand(numberLeaf(0, "i32", base.recorder), base.shape);
  const written = scatter(null, none, index, places, axis, batched);
  return cast(map(eq, [gather(written, index, axis, batched), places]), updates.dtype);
}

export const vjpRules: { readonly [K in Kind]: Rule<K> } = {
  leaf: () => [],
  map: (node, dy, wanted) => pullMap(node.by, node.inputs, node, dy, wanted),
  reduce: (node, dy, wanted) =>
    (node.by.running ? pullRunning : (reduceRules.get(node.by.monoid) ?? asTree))(node, dy, wanted),
  move: (node, dy) => [moveRules[node.by.move](node.by, dy)],
  // out = Σ a·b: each operand's adjoint is the contraction with result and operand exchanged
  contract: (node, dy, wanted) =>
    node.inputs.map((_, i) => {
      if (!wanted(i)) return null;
      const others = node.inputs.filter((_, k) => k !== i);
      return contract(adjointOf(node.by, i), [dy, ...others]);
    }),
  gather: (node, dy) => {
    const [x, index] = node.inputs as [Node, Node];
    const zeros = expand(numberLeaf(0, x.dtype, x.recorder), x.shape);
    return [scatter(monoids.sum, zeros, index, dy, node.by.axis, node.by.batched), null];
  },
  scatter: pullScatter,
  // positions jump: their derivative is zero
  custom: (node) => node.inputs.map(() => null),
};
