/**
 * Module 2.6 — The graph: what was recorded.
 *
 * Five kinds of node, closed: every pass has one entry per kind, while operators, monoids, moves
 * and contractions are data inside them. One class with every field set in its constructor keeps
 * recording fast.
 */
import type { Backend } from "@mt/backend";
import type { DType, Monoid, Operator } from "@mt/operators";
import type { Value } from "../run/value.ts";
import { type Dims, dims, Interner } from "../shape.ts";
import type { Contraction } from "../views/contraction.ts";
import type { Move } from "../views/move.ts";

/** Where a leaf's elements come from. */
export interface Source {
  readonly id: number;
  readonly source: "data" | "number" | "iota";
}
export const sources: { readonly [K in Source["source"]]: Source } = {
  /** `value` holds them. */
  data: { id: 0, source: "data" },
  /** `number` is the one element: read when the program runs, no part of its key. */
  number: { id: 1, source: "number" },
  /** Each element is its own row-major position. */
  iota: { id: 2, source: "iota" },
};

/** A fold over some axes, which disappear. */
export interface Reduction {
  readonly id: number;
  readonly monoid: Monoid;
  readonly axes: readonly number[];
  readonly from: Dims;
  readonly to: Dims;
  /** `to`, with the folded axes put back with one element each. */
  readonly kept: Dims;
}
const reductions = new Interner<Reduction>();
let reductionCount = 0;
export const reductionOf = (monoid: Monoid, from: Dims, axes: readonly number[]): Reduction =>
  reductions.get([monoid.id, from.id], axes, () => ({
    id: reductionCount++,
    monoid,
    axes: [...axes],
    from,
    to: dims(from.dims.filter((_, k) => !axes.includes(k))),
    kept: dims(from.dims.map((n, k) => (axes.includes(k) ? 1 : n))),
  }));

interface Attributes {
  leaf: Source;
  map: Operator;
  reduce: Reduction;
  move: Move;
  contract: Contraction;
}
export type Kind = keyof Attributes;
/** What a kind is called in keys. */
export const kindCodes: { readonly [K in Kind]: number } = {
  leaf: 0,
  map: 1,
  reduce: 2,
  move: 3,
  contract: 4,
};

export class GraphNode<K extends Kind = Kind> {
  readonly kind: K;
  readonly by: Attributes[K];
  readonly shape: Dims;
  readonly dtype: DType;
  readonly recorder: Recorder;
  /** Dropped when the node is realized. */
  inputs: readonly Node[];
  /** Whether a cotangent should flow into it. */
  needsGrad: boolean;
  /** The elements, once they exist; and whether they existed and were overwritten since. */
  value: Value | null = null;
  lost: Loss | null = null;
  /** The one element of a `number` leaf. */
  number: number;
  /** The tensor whose `.grad` collects the cotangent: differentiation ends here. */
  owner: GradientOwner | null = null;
  /** A cotangent has gone through: once realized, the graph above can be forgotten. */
  differentiated = false;
  /** Read by another node: not asked for in itself. */
  consumed = false;
  /** Asked for whatever reads it: `backward` began here. */
  wanted = false;
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
    number: number,
  ) {
    this.kind = kind;
    this.by = by;
    this.shape = shape;
    this.dtype = dtype;
    this.recorder = recorder;
    this.inputs = inputs;
    this.needsGrad = needsGrad;
    this.number = number;
  }
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
/** Why elements that existed are gone: overwritten two steps later, or disposed. */
export type Loss = "expired" | "disposed";
/** A cached program that can be told to keep one more interior value. */
export interface Teachable {
  learn(place: number): void;
}
export type NodeOf<K extends Kind> = GraphNode<K> & { readonly kind: K };
export type Node = { [K in Kind]: NodeOf<K> }[Kind];
