/**
 * Module 2.6 — The graph: what was recorded.
 *
 * Eight kinds of node, closed; operators, monoids, moves and contractions are data inside them. A
 * pass has one entry for each kind that every program is made of; nodes of the others bring their
 * rules along, so that who does not gather or sort does not load how. One class with every field
 * set in its constructor keeps recording fast.
 */
import type { Backend, Read, Shape } from "@mt/backend";
import type { Argument, DType, Expr, Operator } from "@mt/operators";
import type { Value } from "../run/value.ts";
import type { Dims } from "../shape.ts";
import type { Contraction } from "../views/contraction.ts";
import type { Move } from "../views/move.ts";
import type { View } from "../views/view.ts";
import type { Custom, Gathering, Reduction, Scattering, Source } from "./attributes.ts";

interface Attributes {
  leaf: Source;
  map: Operator;
  reduce: Reduction;
  move: Move;
  contract: Contraction;
  gather: Gathering;
  scatter: Scattering;
  custom: Custom;
}
export type Kind = keyof Attributes;
/** Kinds that passes have rules for; nodes of the others have `rules` of their own. */
export type CommonKind = Exclude<Kind, "gather" | "scatter" | "custom">;
/** What a kind is called in keys. */
export const kindCodes: { readonly [K in Kind]: number } = {
  leaf: 0,
  map: 1,
  reduce: 2,
  move: 3,
  contract: 4,
  gather: 5,
  scatter: 6,
  custom: 7,
};

let recorded = 0;

export class GraphNode<K extends Kind = Kind> {
  /** Counts nodes: kernels run in the order in which their work was recorded. */
  readonly serial: number = recorded++;
  // what the constructor is given is declared, and so set once, not twice
  declare readonly kind: K;
  declare readonly by: Attributes[K];
  declare readonly shape: Dims;
  declare readonly dtype: DType;
  declare readonly recorder: Recorder;
  /** Dropped when the node is realized. */
  declare inputs: readonly Node[];
  /** Whether a cotangent should flow into it. */
  declare needsGrad: boolean;
  /** The elements, once they exist; and whether they existed and were overwritten since. */
  value: Value | null = null;
  lost: Loss | null = null;
  /** The one element of a `number` leaf (null spares all others a box for a fraction). */
  number: number | null = null;
  /** The tensor whose `.grad` collects the cotangent: differentiation ends here. */
  owner: GradientOwner | null = null;
  /** Stated for this node, instead of those of its kind. */
  rules: Rules | null = null;
  /** A cotangent has gone through: once realized, the graph above can be forgotten. */
  differentiated = false;
  /** Read by another node: not asked for in itself. */
  consumed = false;
  /** Asked for whatever reads it: `backward` began here. */
  wanted = false;
  /** Tensors that hold it: memory is given back with the last of them. */
  handles = 0;
  /** Scratch of walks: the walk that saw the node last, and its position there. */
  mark = 0;
  index = 0;
  /** The program it was an interior value of, and its position there (rule R3). */
  program: Teachable | null = null;
  place = 0;

  constructor(
    kind: K,
    by: Attributes[K],
    shape: Dims,
    dtype: DType,
    recorder: Recorder,
    inputs: readonly Node[],
    needsGrad: boolean,
  ) {
    this.kind = kind;
    this.by = by;
    this.shape = shape;
    this.dtype = dtype;
    this.recorder = recorder;
    this.inputs = inputs;
    this.needsGrad = needsGrad;
  }
}
/** A gradient that nobody has asked for yet. */
export class Owed<T> {
  readonly record: () => T;
  constructor(record: () => T) {
    this.record = record;
  }
}
/** Cotangents of a node's inputs; null: none. */
export type Pull = (
  node: Node,
  cotangent: Node,
  wanted: (input: number) => boolean,
) => readonly (Node | null)[];
/** A move on the way from a node to a kernel's box, and what it moves: a node, most often. */
export type Step = Pick<NodeOf<"move">, "by" | "inputs">;
/** A stored node seen through a view, over the axes of what it is an input of. */
export interface Operand {
  readonly node: Node;
  readonly view: View;
}
/** A formula that is being written: what a node with a value of its own asks of it. */
export interface Writing {
  /** Where the elements of an input lie, if they are in memory by then. */
  stored(input: Node): Operand | null;
  /** The view through all moves of a path; null where one of them needs a copy. */
  along(view: View, path: readonly Step[]): View | null;
  /** A read, with what it has besides its view. */
  read(from: Operand, more?: Partial<Read>): Argument;
  /** A value where the guards of a view hold, else its fill. */
  guarded(value: Expr, view: View): Expr;
  /** That it cannot be written before this is in memory. */
  lacks(node: Node): null;
}

/** Rules of one node; one that is absent is that of its kind. */
export interface Rules {
  /** The value at the point of a kernel where a path of moves leads; null: it cannot be written. */
  readonly value?: (node: Node, path: readonly Step[], formula: Writing) => Expr | null;
  readonly vjp?: Pull;
  /** The tangent, given those of the inputs; null: zero. */
  readonly jvp?: (node: Node, tangents: readonly (Node | null)[]) => Node | null;
  /** The same node for many examples. */
  readonly batch: (node: Node, batch: Batch) => Node;
}
/** Inputs of a node for `count` examples; those with `many[i]` have them along their first axis. */
export interface Batch {
  readonly inputs: readonly Node[];
  readonly many: readonly boolean[];
  readonly count: number;
}
/** Where nodes of one device are kept until something asks for values. */
export interface Recorder {
  readonly backend: Backend;
  /** All nodes recorded since the last barrier. */
  pending: Node[];
  /** The barrier: computes these nodes, and whatever else rule R1 asks for. */
  realize(nodes: readonly Node[]): void;
}
/** Something a cotangent is handed to. */
export interface GradientOwner {
  accumulate(cotangent: Node): void;
}
/**
 * What is thrown where there are no elements: they were overwritten two steps later, or disposed; or
 * the node stands for one example among many, and never had any.
 */
export type Loss = (operation: string, shape: Shape) => Error;
/** A cached program that can be told to keep one more interior value. */
export interface Teachable {
  learn(place: number): void;
}
export type NodeOf<K extends Kind> = GraphNode<K> & { readonly kind: K };
export type Node = { [K in Kind]: NodeOf<K> }[Kind];
