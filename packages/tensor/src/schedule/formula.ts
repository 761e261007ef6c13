/**
 * Module 2.10c — The value of a node at a point of a cluster's box, as a formula.
 *
 * From a node, moves are gathered on the way down (`path`); where a stored array, a number or an
 * index is met they become one view. A map on the way is written out in place where that costs
 * nothing or is cheap; otherwise its cluster will store it.
 */

import type { Linear } from "@mt/backend";
import { call, costOfPrimitive, type Expr, postorder, substitute } from "@mt/operators";
import { dataAxis, indexAxis } from "../graph/attributes.ts";
import type { Node, NodeOf } from "../graph/node.ts";
import { applyMove, type Move, moveOf } from "../views/move.ts";
import { sameView, type View, whole } from "../views/view.ts";
import { type Atoms, readOf } from "./atoms.ts";
import type { Cluster, Operand } from "./cluster.ts";

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
  /** Where its elements lie, if they are in memory before clusters of this level run. */
  inMemory(node: Node, level: number): Operand | null;
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
    if (x.kind === "gather" && !home)
      return this.#mayWriteOut ? this.#gathered(x, path) : new Blocked(x);
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

  /** A read at a position that is read itself: both arrays seen through the path. */
  #gathered(x: NodeOf<"gather">, path: readonly Step[]): Expr | Blocked {
    const [data, index] = x.inputs.map((input) =>
      this.#around.inMemory(input, this.#cluster.level),
    );
    if (!data) return new Blocked(x.inputs[0] as Node);
    if (!index) return new Blocked(x.inputs[1] as Node);
    const { by } = x;
    if (data.view.guards.some((g) => g.strides[by.axis] !== 0))
      return new Blocked(x.inputs[0] as Node); // padded along the axis itself
    const spread = (view: View, place: (k: number) => number): View | Blocked => {
      const over = <L extends Linear>(form: L): L => {
        const strides = new Array<number>(x.shape.rank).fill(0);
        form.strides.forEach((s, k) => {
          if (s !== 0) strides[place(k)] = s;
        });
        return { ...form, strides };
      };
      return this.#along({ ...over(view), guards: view.guards.map(over) }, path);
    };
    const stride = data.view.strides[by.axis] as number;
    const fixed = { ...data.view, strides: data.view.strides.with(by.axis, 0) };
    const read = spread(fixed, (k) => dataAxis(by, k));
    const at = spread(index.view, (k) => indexAxis(by, k));
    if (read instanceof Blocked || at instanceof Blocked) return new Blocked(x);
    this.reads.add(data.node);
    this.reads.add(index.node);
    const extent = by.from.dims[by.axis] as number;
    const { atoms } = this.#around;
    // where the result is padded any position will do
    const place = index.view.guards.length === 0 ? { ...at, fill: 0 } : at;
    const position = readOf(index.node, place);
    const value = atoms.gather(data.node, { ...read, fill: 0 }, position, stride, extent);
    return Object.is(read.fill, 0) || read.guards.length === 0
      ? value
      : call("where", atoms.test(read.guards), value, read.fill);
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
    return this.#along(whole(x.shape.dims), path);
  }

  #along(start: View, path: readonly Step[]): View | Blocked {
    let view: View | null = start;
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
