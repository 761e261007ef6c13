/**
 * Module 2.10b — A cluster: nodes that become one kernel.
 *
 * All its formulas live on one box. A `map` cluster computes each point by itself; a `reduce`
 * cluster also folds some axes of the box, so its members are either inside (at every point) or
 * outer (once per kept point); a `contract` cluster's box is its result, and members are its
 * epilogue. `prefix`, `scatter` and `custom` clusters hold one node and are closed to others.
 * `level` orders clusters: one reads only what clusters of lower level store.
 */
import type { Expr } from "@mt/operators";
import type { Node, NodeOf, Operand, Step } from "../graph/node.ts";
import { type Dims, dims } from "../shape.ts";
import { applyMove, type Move, moveOf } from "../views/move.ts";
import { type View, whole } from "../views/view.ts";

export interface Member {
  readonly node: Node;
  readonly value: Expr;
  /** The node's elements, in their own row-major order, over the box. */
  readonly view: View;
  readonly inside: boolean;
}
export interface FoldOf {
  readonly node: NodeOf<"reduce">;
  readonly body: Expr;
}

export class Cluster {
  declare kind: "map" | "reduce" | "contract" | "prefix" | "scatter" | "custom";
  declare readonly box: Dims;
  /** Axes of the box that are folded. */
  declare axes: readonly number[];
  /** One more than the highest level it reads; while that is open, above all others. */
  level: number = Number.MAX_SAFE_INTEGER;
  readonly members: Map<Node, Member> = new Map();
  readonly folds: FoldOf[] = [];
  /** What reads stored operands at points of its own: a contraction, a scatter, a custom kernel. */
  core: Core | null = null;
  /** Stored nodes of other clusters, and leaves, that it reads. */
  readonly reads: Set<Node> = new Set();
  /** Members that something outside may still ask for: each could become a store. */
  readonly open: Set<Node> = new Set();

  constructor(kind: Cluster["kind"], box: Dims, axes: readonly number[] = []) {
    this.kind = kind;
    this.box = box;
    this.axes = axes;
  }

  /** Members of a map are inside the fold that it becomes. */
  foldOver(axes: readonly number[]): void {
    if (this.kind !== "map") return;
    this.kind = "reduce";
    this.axes = axes;
    for (const [x, member] of this.members) this.members.set(x, { ...member, inside: true });
  }
}
export interface Core {
  readonly node: NodeOf<"contract"> | NodeOf<"scatter"> | NodeOf<"custom">;
  readonly operands: readonly Operand[];
  /** What a scatter combines, at a point of the updates; of others, the result itself. */
  readonly updates: Expr;
}
const step = (by: Move): Step => ({ by, inputs: [] });

/** How a node sits in a cluster: its way to the box, and whether it is there at every point. */
export interface Placement {
  readonly toBox: readonly Step[];
  readonly inside: boolean;
}

/** How a node of this shape sits in the box: at every point, or once per kept point; or not. */
export function placement({ box, axes, kind }: Cluster, shape: Dims): Placement | null {
  if (kind === "prefix" || kind === "scatter" || kind === "custom") return null;
  const inside = axes.length > 0;
  if (shape === box) return { toBox: [], inside };
  if (shape.size === box.size && box.size > 0)
    return { toBox: [step(moveOf("reshape", shape, box.dims))], inside };
  const kept = dims(box.dims.map((n, k) => (axes.includes(k) ? 1 : n)));
  if (!inside || shape.size !== kept.size) return null;
  const toBox = [moveOf("reshape", shape, kept.dims), moveOf("expand", kept, box.dims)].map(step);
  return { toBox, inside: false };
}

/** A whole array through a chain of moves; null where one of them needs a copy. */
export const through = (shape: Dims, path: readonly Step[]): View | null =>
  path.reduce<View | null>((view, { by }) => view && applyMove(view, by), whole(shape.dims));
