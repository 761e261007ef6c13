/**
 * Module 2.7d — Indexing by data: two kinds of node with their rules, in one place.
 *
 * A gather reads elements at positions that a tensor gives; a scatter combines elements into such
 * positions. Each is the other's derivative.
 */
import type { Linear, Read } from "@mt/backend";
import { div, eq, type Monoid, monoids, mul } from "@mt/operators";
import { noGradient } from "../errors.ts";
import { combineOf } from "../schedule/writer.ts";
import { type Dims, dims, Interner } from "../shape.ts";
import { axisForm, constantForm, substituteForms } from "../views/linear.ts";
import { compose, type View } from "../views/view.ts";
import type { CoreKernel, Gathering, Scattering } from "./attributes.ts";
import type { Node, NodeOf, Operand, Rules } from "./node.ts";
import { cast, expand, iota, map, move, numberLeaf, record, zerosOf } from "./record.ts";
import { repeated } from "./vmap.ts";

const gatherings = new Interner<Gathering>();
const gatheringOf = (from: Dims, index: Dims, axis: number, batched: number): Gathering =>
  gatherings.get([from.id, index.id], [axis, batched], (id) => {
    const inner = index.dims.slice(batched);
    const to = dims([...from.dims.slice(0, axis), ...inner, ...from.dims.slice(axis + 1)]);
    const over = (k: number): Linear => axisForm(k, to.rank);
    const data = from.dims.map((_, k) =>
      k === axis ? constantForm(0, to.rank) : over(k < axis ? k : k + inner.length - 1),
    );
    const places = index.dims.map((_, k) => over(k < batched ? k : axis + k - batched));
    return { id, axis, batched, from, index, to, data, places };
  });

const scatterings = new Interner<Scattering>();
const scatteringOf = (by: Gathering, monoid: Monoid | null): Scattering =>
  scatterings.get(null, [by.id, monoid ? monoid.id + 1 : 0], (id) => ({
    id,
    by,
    monoid,
    kernel: scatterKernel(by, monoid),
  }));

const scatterKernel =
  ({ axis, from, index, to, data, places }: Gathering, monoid: Monoid | null): CoreKernel =>
  (operands, slot, { inputs, value }) => {
    const [base, position] = operands as [Read, Read];
    const { dims, strides } = from;
    const { dtype } = base;
    const at = compose(position, index.dims, places, to.dims) as View; // always within the index
    return {
      kind: "scatter",
      outer: dims,
      inner: to.dims,
      inputs: [...inputs, { ...position, ...at }, base],
      at: inputs.length,
      base: inputs.length + 1,
      stride: strides[axis] as number,
      extent: dims[axis] as number,
      monoid: monoid ? combineOf(monoid, dtype) : "set",
      value,
      target: substituteForms({ offset: 0, strides }, data, to.rank),
      store: { offset: 0, strides, slot, dtype },
    };
  };

/** Elements of x at integer positions along an axis; see `Gathering`. */
export function gather(x: Node, index: Node, axis: number, batched = 0): Node {
  const by = gatheringOf(x.shape, index.shape, axis, batched);
  // every position is outside of nothing
  return x.shape.size === 0
    ? expand(numberLeaf(0, x.dtype, x.recorder), by.to)
    : record("gather", by, by.to, x.dtype, [x, index], gatherRules);
}

/** `base` with updates combined in at integer positions along an axis; see `Scattering`. */
export function scatter(
  monoid: Monoid | null,
  base: Node,
  index: Node,
  updates: Node,
  axis: number,
  batched = 0,
): Node {
  const by = scatteringOf(gatheringOf(base.shape, index.shape, axis, batched), monoid);
  const rules = monoid && monoid !== monoids.sum ? scatterRules : linearScatterRules;
  return record("scatter", by, base.shape, base.dtype, [base, index, updates], rules);
}

const gatherRules: Rules = {
  // a read at a position that is read itself: both arrays seen through the path
  value: (node, path, formula) => {
    const { by, inputs, shape } = node as NodeOf<"gather">;
    const [source, places] = inputs as [Node, Node];
    const [data, index] = [formula.stored(source), formula.stored(places)];
    const padded = data?.view.guards.some((g) => g.strides[by.axis] !== 0); // along the axis itself
    if (!data || padded) return formula.lacks(source);
    if (!index) return formula.lacks(places);
    const seen = ({ view }: Operand, of: Dims, coordinates: readonly Linear[]): View | null =>
      formula.along(compose(view, of.dims, coordinates, shape.dims) as View, path);
    const read = seen(data, by.from, by.data);
    const at = seen(index, by.index, by.places);
    if (!read || !at) return formula.lacks(node);
    // where the result is padded any position will do
    const place = index.view.guards.length === 0 ? { ...at, fill: 0 } : at;
    const input = formula.read({ node: index.node, view: place }).index;
    const stride = data.view.strides[by.axis] as number;
    const indirect = { input, stride, extent: by.from.dims[by.axis] as number };
    const value = formula.read({ node: data.node, view: { ...read, fill: 0 } }, { indirect });
    return Object.is(read.fill, 0) ? value : formula.guarded(value, read);
  },
  vjp: (node, dy) => {
    const { by, inputs } = node as NodeOf<"gather">;
    const [x, index] = inputs as [Node, Node];
    return [scatter(monoids.sum, zerosOf(x), index, dy, by.axis, by.batched), null];
  },
  jvp: (node, [dx]) => {
    const { by, inputs } = node as NodeOf<"gather">;
    return dx ? gather(dx, inputs[1] as Node, by.axis, by.batched) : null;
  },
  // each example its own positions: of the same elements for all, they are gathered all at once
  batch: (node, batch) => {
    const { axis, batched } = (node as NodeOf<"gather">).by;
    const [x, index] = batch.inputs as [Node, Node];
    const [manyX, manyIndex] = batch.many;
    if (batched === 0 && !manyIndex) return gather(x, index, axis + 1);
    if (batched === 0 && !manyX) {
      const y = gather(x, index, axis);
      const order = y.shape.dims.map((_, k) => k);
      return move("permute", y, [axis, ...order.filter((k) => k !== axis)]);
    }
    const [xs, indices] = repeated(batch) as [Node, Node];
    return gather(xs, indices, axis + 1, batched + 1);
  },
};

/** The updates that a scatter's extremum is made of, in equal shares with the base. */
function pullExtremum(node: NodeOf<"scatter">, dy: Node): readonly (Node | null)[] {
  const [base, index, updates] = node.inputs as [Node, Node, Node];
  const { axis, batched } = node.by.by;
  const at = (x: Node): Node => gather(x, index, axis, batched);
  const attained = (x: Node, y: Node): Node => cast(map(eq, [x, y]), node.dtype);
  const [byBase, byUpdate] = [attained(base, node), attained(updates, at(node))];
  const count = scatter(monoids.sum, byBase, index, byUpdate, axis, batched);
  const share = map(div, [dy, count]);
  return [map(mul, [byBase, share]), null, map(mul, [byUpdate, at(share)])];
}

/** 1 for each update that nothing after it overwrote, else 0. */
function lastOnes(node: NodeOf<"scatter">): Node {
  const [base, index, updates] = node.inputs as [Node, Node, Node];
  const { axis, batched } = node.by.by;
  const places = iota(updates.shape, "i32", updates.recorder);
  const none = expand(numberLeaf(0, "i32", base.recorder), base.shape);
  const written = scatter(null, none, index, places, axis, batched);
  return cast(map(eq, [gather(written, index, axis, batched), places]), updates.dtype);
}

const scatterRules: Rules = {
  vjp: (node, dy) => {
    const { monoid } = (node as NodeOf<"scatter">).by;
    if (monoid === monoids.max || monoid === monoids.min)
      return pullExtremum(node as NodeOf<"scatter">, dy);
    throw noGradient(
      "scatter",
      `scattering with "${monoid?.name}" has no derivative here: use sum, max, min or set.`,
    );
  },
  batch: (node, batch) => {
    const { by, monoid } = (node as NodeOf<"scatter">).by;
    const [base, indices, updates] = repeated(batch) as [Node, Node, Node];
    const common = by.batched === 0 && !batch.many[1];
    return common
      ? scatter(monoid, base, batch.inputs[1] as Node, updates, by.axis + 1)
      : scatter(monoid, base, indices, updates, by.axis + 1, by.batched + 1);
  },
};

/** Sums, and setting: both are linear in base and updates. */
const linearScatterRules: Rules = {
  ...scatterRules,
  vjp: (node, dy, wanted) => {
    const { by, monoid } = (node as NodeOf<"scatter">).by;
    const [, index, updates] = node.inputs as [Node, Node, Node];
    const { axis, batched } = by;
    const dupdates = wanted(2) ? gather(dy, index, axis, batched) : null;
    if (monoid) return [dy, null, dupdates];
    // what was overwritten no longer matters: of the base, and of updates at one position
    const dbase = wanted(0) ? scatter(null, dy, index, zerosOf(updates), axis, batched) : null;
    return [dbase, null, dupdates && map(mul, [dupdates, lastOnes(node as NodeOf<"scatter">)])];
  },
  jvp: (node, [dbase, , dupdates]) => {
    const { by, monoid } = (node as NodeOf<"scatter">).by;
    const [base, index, updates] = node.inputs as [Node, Node, Node];
    const moved = [dbase ?? zerosOf(base), dupdates ?? zerosOf(updates)] as const;
    return scatter(monoid, moved[0], index, moved[1], by.axis, by.batched);
  },
};
