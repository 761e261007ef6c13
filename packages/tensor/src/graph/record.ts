/**
 * Module 2.7 — Recording: one function per kind of node that every program is made of.
 *
 * Shapes, dtypes and devices are checked here, on the user's line; nothing is computed. Every node
 * is noted in its device's recorder, which runs a graph that has grown past a bound by itself.
 */
import { isRecording } from "@mt/autodiff";
import {
  cast as castExpression,
  type DType,
  dtypeNames,
  dtypes,
  isFloat,
  type Monoid,
  monoids,
  type Operator,
  unary,
} from "@mt/operators";
import { checkFunction, mixedDevices } from "../errors.ts";
import { broadcast, type Dims, Interner, scalarShape } from "../shape.ts";
import type { Contraction } from "../views/contraction.ts";
import { type MoveKind, moveOf } from "../views/move.ts";
import { type Reduction, reductionOf, sources } from "./attributes.ts";
import { GraphNode, type Kind, type Node, type NodeOf, type Recorder, type Rules } from "./node.ts";
import { probes } from "./probes.ts";

const none: readonly Node[] = [];
/** A longer graph would take longer to schedule than it saves. */
const pendingBound = 10_000;

/** What recording depends on besides its arguments (and `noGrad`, which Scalars share). */
export const modes: { eager: boolean } = {
  eager:
    (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
      ?.MT_EAGER === "1",
};

/**
 * Every operation in `f` runs at once, by the same path.
 * @example
 * eager(() => tensor([1, 2]).exp().sum()).shape; // []
 */
export function eager<R>(f: () => R): R {
  checkFunction("eager", f);
  const before = modes.eager;
  modes.eager = true;
  try {
    return f();
  } finally {
    modes.eager = before;
  }
}

/** Takes a new node down, with rules of its own if its kind has none. */
export function note(node: GraphNode, rules: Rules | null = null): Node {
  node.rules = rules;
  const recorder = node.recorder;
  for (const input of node.inputs) input.consumed = true;
  recorder.pending.push(node as Node);
  if (probes.recorded !== null) probes.recorded(node as Node);
  if (modes.eager || recorder.pending.length > pendingBound) recorder.realize([node as Node]);
  return node as Node;
}

/** Notes what is computed of `inputs`. @throws TensorError unless all live on one device. */
export function record<K extends Kind>(
  kind: K,
  by: NodeOf<K>["by"],
  shape: Dims,
  dtype: DType,
  inputs: readonly Node[],
  rules: Rules | null = null,
  operation: string = kind,
): Node {
  const { recorder } = inputs[0] as Node;
  let needsGrad = false;
  for (const x of inputs) {
    if (x.recorder !== recorder) throw mixedDevices(operation, inputs[0] as Node, x);
    needsGrad ||= x.needsGrad;
  }
  needsGrad &&= isRecording() && isFloat(dtype);
  return note(new GraphNode(kind, by, shape, dtype, recorder, inputs, needsGrad), rules);
}

/** Dtype of an operator's result, by operator and input dtypes: no strings while recording. */
const results: Map<number, DType>[] = [];
function resultOf(operator: Operator, inputs: readonly Node[]): DType {
  results[operator.id] ??= new Map();
  const known = results[operator.id] as Map<number, DType>;
  let key = 0; // digits from 1: no other inputs have the same key
  for (const x of inputs) key = key * 8 + dtypes[x.dtype].code + 1;
  let dtype = known.get(key);
  if (!dtype) {
    dtype = operator.at(...inputs.map((x) => x.dtype)).dtype;
    known.set(key, dtype);
  }
  return dtype;
}

/** An operator on every element; inputs broadcast. */
export function map(
  operator: Operator,
  inputs: readonly Node[],
  name: string = operator.name,
): Node {
  let { shape } = inputs[0] as Node;
  for (const x of inputs) if (x.shape !== shape) shape = broadcast(name, shape, x.shape);
  return record("map", operator, shape, resultOf(operator, inputs), inputs, null, name);
}

/** A fold over axes (ascending, counted from 0), which disappear. */
export function reduce(monoid: Monoid, x: Node, axes: readonly number[]): Node {
  const by = reductionOf(monoid, x.shape, axes);
  return record("reduce", by, by.to, x.dtype, [x]);
}

/** The same elements in another order; parameters as in the table of moves. */
export function move(kind: MoveKind, x: Node, parameters: readonly number[], fill = 0): Node {
  const by = moveOf(kind, x.shape, parameters, fill);
  return record("move", by, by.to, x.dtype, [x]);
}

/** Part of one axis. */
export const sliceAxis = (x: Node, axis: number, start: number, count: number, step = 1): Node =>
  move(
    "slice",
    x,
    x.shape.dims.flatMap((n, k) => (k === axis ? [start, count, step] : [0, n, 1])),
  );
/** One axis with more at its ends. */
export const padAxis = (x: Node, axis: number, before: number, after: number, fill = 0): Node =>
  move(
    "pad",
    x,
    x.shape.dims.flatMap((_, k) => (k === axis ? [before, after] : [0, 0])),
    fill,
  );

export const reshape = (x: Node, to: Dims): Node =>
  x.shape === to ? x : move("reshape", x, to.dims);
export const expand = (x: Node, to: Dims): Node =>
  x.shape === to ? x : move("expand", x, to.dims);
/** A node of its own for the same elements. */
export const alias = (x: Node): Node => move("reshape", x, x.shape.dims);

export const contract = (by: Contraction, inputs: readonly Node[]): Node =>
  record("contract", by, by.shape, (inputs[0] as Node).dtype, inputs);

/** @throws TensorError unless all live on one device. */
export function sameDevice(operation: string, nodes: readonly Node[]): void {
  const [first] = nodes as [Node];
  for (const x of nodes) if (x.recorder !== first.recorder) throw mixedDevices(operation, first, x);
}

const leafOf = <S extends keyof typeof sources>(
  source: S,
  shape: Dims,
  dtype: DType,
  recorder: Recorder,
): NodeOf<"leaf"> =>
  new GraphNode<Kind>(
    "leaf",
    sources[source],
    shape,
    dtype,
    recorder,
    none,
    false,
  ) as NodeOf<"leaf">;

/** A leaf for elements that exist. */
export function dataLeaf(shape: Dims, dtype: DType, recorder: Recorder): NodeOf<"leaf"> {
  const leaf = leafOf("data", shape, dtype, recorder);
  if (probes.recorded !== null) probes.recorded(leaf);
  return leaf;
}
/** A run-time number: another value is the same program. */
export function numberLeaf(value: number, dtype: DType, recorder: Recorder): Node {
  const leaf = leafOf("number", scalarShape, dtype, recorder);
  leaf.number = dtypes[dtype].fromFloat(value);
  return leaf;
}
export const zerosOf = (x: Node): Node => expand(numberLeaf(0, x.dtype, x.recorder), x.shape);
/** 0, 1, 2, … in row-major order. */
export const iota = (shape: Dims, dtype: "i32" | "u32", recorder: Recorder): Node =>
  leafOf("iota", shape, dtype, recorder);

/** Written for f32, so that a cast to f64 is one: of an f64 it would be the value itself. */
const casts = Object.fromEntries(
  dtypeNames.map((dtype) => [
    dtype,
    unary(dtype, (x) => castExpression(x, dtype), { dtype: dtype === "f32" ? "f64" : "f32" }),
  ]),
) as Readonly<Record<DType, Operator<1>>>;
export const cast = (x: Node, dtype: DType): Node =>
  x.dtype === dtype ? x : map(casts[dtype] as Operator, [x]);

/** What broadcasting from one shape to another repeated: found once for each pair of shapes. */
const repeats = new Interner<readonly number[]>();
const repeatedAxes = (from: Dims, to: Dims): readonly number[] =>
  repeats.get([from.id, to.id], [], () => {
    const extra = to.rank - from.rank;
    return to.dims
      .map((_, k) => k)
      .filter((k) => k < extra || (from.dims[k - extra] === 1 && to.dims[k] !== 1));
  });

/** Sums away what broadcasting to `x.shape` had repeated, or repeats what has not been yet. */
export function fitTo(x: Node, shape: Dims): Node {
  if (x.shape === shape) return x;
  const axes = repeatedAxes(shape, x.shape);
  const summed = axes.length ? reduce(monoids.sum, x, axes) : x;
  const kept = summed.shape.size === shape.size ? reshape(summed, shape) : summed;
  return expand(kept, shape);
}

/** The axes of a reduction, put back with one element each. */
export const keepAxes = (x: Node, { kept }: Reduction): Node => reshape(x, kept);
