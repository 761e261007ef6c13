/**
 * Module 2.9b — Batching: how each kind of node acts on many examples at once.
 *
 * One entry per common kind; no operator is named. The examples lie along a new first axis. A rule
 * gets the inputs, some with that axis (`many`) and some the same for every example, and records a
 * node that has it. Nothing is repeated where broadcasting or one more label does.
 */
import { dims } from "../shape.ts";
import { type Contraction, contraction } from "../views/contraction.ts";
import { axisForm } from "../views/linear.ts";
import type { MoveKind } from "../views/move.ts";
import type { Batch, CommonKind, Node, NodeOf, Rules } from "./node.ts";
import { contract, expand, map, move, reduce, reshape } from "./record.ts";

type Rule<K extends CommonKind> = (node: NodeOf<K>, batch: Batch) => Node;

/** Every input with an axis of examples: what is the same for all is repeated, without copying. */
export const repeated = ({ inputs, many, count }: Batch): readonly Node[] =>
  inputs.map((x, i) => (many[i] ? x : expand(x, dims([count, ...x.shape.dims]))));

/** With axes of one element after the first, up to this rank for each example. */
function padRank(x: Node, rank: number): Node {
  const [count, ...rest] = x.shape.dims as readonly [number, ...number[]];
  const ones = new Array<number>(Math.max(0, rank - rest.length)).fill(1);
  return reshape(x, dims([count, ...ones, ...rest]));
}

const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** The parameters of a move that leaves the new first axis alone. */
const moveParameters: {
  readonly [K in MoveKind]: (parameters: readonly number[], count: number) => readonly number[];
} = {
  reshape: (shape, count) => [count, ...shape],
  permute: (order) => [0, ...shifted(order)],
  expand: (shape, count) => [count, ...shape],
  pad: (widths) => [0, 0, ...widths],
  slice: (ranges, count) => [0, count, 1, ...ranges],
  diagonal: shifted,
  window: ([axis, ...rest]) => [(axis as number) + 1, ...rest],
};

/** One more label, of the examples: an axis of the result and of the operands that differ. */
function withExamples(by: Contraction, many: readonly boolean[], count: number): Contraction {
  const labels = by.extents.length + 1;
  const example = axisForm(labels - 1, labels);
  const lengthened = (forms: Contraction["out"]): Contraction["out"] =>
    forms.map((form) => ({ offset: form.offset, strides: [...form.strides, 0] }));
  return contraction({
    extents: [...by.extents, count],
    operands: by.operands.map((forms, i) => [...(many[i] ? [example] : []), ...lengthened(forms)]),
    shapes: by.shapes.map((shape, i) => (many[i] ? dims([count, ...shape.dims]) : shape)),
    out: [example, ...lengthened(by.out)],
    shape: dims([count, ...by.shape.dims]),
  });
}

const rules: { readonly [K in CommonKind]: Rule<K> } = {
  leaf: (node, { count }) => expand(node, dims([count, ...node.shape.dims])),
  map: (node, { inputs, many }) =>
    map(
      node.by,
      inputs.map((x, i) => (many[i] ? padRank(x, node.shape.rank) : x)),
    ),
  reduce: ({ by }, { inputs: [x] }) => reduce(by.monoid, x as Node, shifted(by.axes)),
  move: ({ by }, { inputs: [x], count }) => {
    // an expansion adds axes in front: they go between the examples and the rest
    const aligned = by.move === "expand" ? padRank(x as Node, by.to.rank) : (x as Node);
    return move(by.move, aligned, moveParameters[by.move](by.parameters, count), by.fill);
  },
  contract: ({ by }, { inputs, many, count }) => contract(withExamples(by, many, count), inputs),
};

/** By the node's own rule, or that of its kind. */
export const batched: Rules["batch"] = (node, batch) =>
  (node.rules?.batch ?? (rules[node.kind as CommonKind] as Rules["batch"]))(node, batch);
