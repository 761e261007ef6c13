/**
 * Module 2.10c — The value of a node at a point of a cluster's box, as a formula.
 *
 * From a node, moves are gathered on the way down (`path`); where a stored array, a number or an
 * index is met they become one view. A map on the way is written out in place where that costs
 * nothing or is cheap; otherwise its cluster will store it.
 */
import { call, costOfPrimitive, type Expr, postorder, substitute } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import { applyMove, type Move, moveOf } from "../views/move.ts";
import { sameView, type View, whole } from "../views/view.ts";
import type { Atoms } from "./atoms.ts";
import type { Cluster } from "./cluster.ts";

/** A move on the way from a node to the box; `node` is the graph's move node, if there is one. */
export interface Step {
  readonly move: Move;
  readonly node: Node | null;
}

/** What a formula needs to know of the nodes around it. */
export interface Surroundings {
  readonly atoms: Atoms;
  /** The cluster that computes a node; moves have one only when they are copied. */
  homeOf(node: Node): Cluster | undefined;
  /** Whether something needs it in memory anyway. */
  isStored(node: Node): boolean;
  /** How many nodes read it. */
  usesOf(node: Node): number;
}

/** Why a formula cannot be written here: `copy` has to be in memory first (null: no remedy). */
export class Blocked {
  readonly copy: Node | null;
  constructor(copy: Node | null) {
    this.copy = copy;
  }
}

/** Cost at which a map is recomputed rather than stored: a few additions, no transcendental. */
const cheap = 4;
const costs = new Map<Expr, number>();
function costOf(e: Expr): number {
  let cost = costs.get(e);
  if (cost === undefined) {
    cost = 0;
    for (const x of postorder(e)) if (x.kind === "call") cost += costOfPrimitive(x.primitive);
    costs.set(e, cost);
  }
  return cost;
}

/** One attempt to write a node's value in a cluster. */
export class Formula {
  readonly reads: Set<Node> = new Set();
  readonly #around: Surroundings;
  readonly #cluster: Cluster;

  readonly #mayWriteOut: boolean;

  constructor(around: Surroundings, cluster: Cluster, mayWriteOut = true) {
    this.#around = around;
    this.#cluster = cluster;
    this.#mayWriteOut = mayWriteOut;
  }

  /** The value of a map or of a fold's body, whose own shape lies in the box by `toBox`. */
  ofInputs(node: Node, toBox: readonly Move[]): Expr | Blocked {
    return this.#apply(
      node,
      toBox.map((move) => ({ move, node: null })),
      0,
    );
  }

  /** The value of `x` at the point where `path` leads. */
  of(x: Node, path: readonly Step[], depth = 0): Expr | Blocked {
    const { atoms } = this.#around;
    const home = this.#around.homeOf(x);
    if (x.value) return this.#read(x, path);
    const member = this.#cluster.members.get(x);
    if (member) {
      const view = this.#view(x, path);
      if (view instanceof Blocked) return view;
      if (sameView(view, member.view)) return member.value;
    }
    if (x.kind === "move" && !home)
      return this.of(x.inputs[0] as Node, [{ move: x.by, node: x }, ...path], depth);
    if (x.kind === "leaf" && x.by.source === "number")
      return this.#padded(x, path, () => atoms.scalar(x));
    if (x.kind === "leaf" && x.by.source === "iota")
      return this.#padded(x, path, (view) => atoms.index(view, x.dtype as "i32" | "u32"));
    if (this.#writtenOut(x, path, depth)) {
      const value = this.#padded(x, path, () => this.#apply(x, path, depth + 1));
      if (!(value instanceof Blocked)) return value;
    }
    if (!home || member || home.level >= this.#cluster.level) return new Blocked(null);
    return this.#read(x, path);
  }

  #apply(x: Node, path: readonly Step[], depth: number): Expr | Blocked {
    if (x.kind !== "map") return new Blocked(null);
    const values: Expr[] = [];
    for (const input of x.inputs) {
      const here =
        input.shape === x.shape
          ? path
          : [{ move: moveOf("expand", input.shape, x.shape.dims), node: null }, ...path];
      const value = this.of(input, here, depth);
      if (value instanceof Blocked) return value;
      values.push(value);
    }
    const formula = x.by.at(...x.inputs.map((input) => input.dtype));
    return substitute(formula, (e) => (e.kind === "arg" ? values[e.index] : undefined));
  }

  /** Whether a map of another cluster is recomputed here instead of read. */
  #writtenOut(x: Node, path: readonly Step[], depth: number): boolean {
    const around = this.#around;
    const home = around.homeOf(x);
    if (x.kind !== "map" || !home || depth > 64 || !this.#mayWriteOut) return false;
    // a fold's kernel stores what it computes on the way, unless that is a whole box of it, or made
    // of what is stored anyway
    const given = (input: Node): boolean => around.isStored(input) || input.kind === "leaf";
    if (home.kind !== "map" && !home.members.get(x)?.inside && !x.inputs.every(given)) return false;
    if (around.isStored(x) && home.level < this.#cluster.level) return false;
    const cost = costOf(x.by.at(...x.inputs.map((input) => input.dtype)));
    const last = path[path.length - 1];
    const repeats = last ? last.move.to.size / Math.max(1, x.shape.size) : 1;
    const single = around.usesOf(x) === 1;
    if (home.kind !== "map" && cost > cheap) return false;
    return cost <= cheap ? single || depth <= 4 : single && repeats <= 1;
  }

  #view(x: Node, path: readonly Step[]): View | Blocked {
    let view: View | null = whole(x.shape.dims);
    for (const { move, node } of path) {
      view = applyMove(view, move);
      if (!view) return new Blocked(node ? (node.inputs[0] as Node) : null);
    }
    return view;
  }

  #read(x: Node, path: readonly Step[]): Expr | Blocked {
    const view = this.#view(x, path);
    if (view instanceof Blocked) return view;
    this.reads.add(x);
    return this.#around.atoms.read(x, view);
  }

  /** A computed value seen through padding: itself where the guards hold, else the fill. */
  #padded(x: Node, path: readonly Step[], make: (view: View) => Expr | Blocked): Expr | Blocked {
    if (!path.some((step) => step.move.move === "pad")) {
      const plain = x.kind === "leaf" && x.by.source === "iota" ? this.#view(x, path) : whole([]);
      return plain instanceof Blocked ? plain : make(plain);
    }
    const view = this.#view(x, path);
    if (view instanceof Blocked) return view;
    const value = make(view);
    if (value instanceof Blocked || view.guards.length === 0) return value;
    return call("where", this.#around.atoms.test(view.guards), value, view.fill);
  }
}
