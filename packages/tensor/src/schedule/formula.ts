/**
 * Module 2.10c — The value of a node at a point of a cluster's box, as a formula.
 *
 * From a node, moves are gathered on the way down (`path`); where a stored array, a number or an
 * index is met they become one view. A map on the way is written out in place where that costs
 * nothing or is cheap; otherwise its cluster will store it.
 */
import type { Input, Read } from "@mt/backend";
import { type Argument, costOfPrimitive, type Expr, postorder, substitute } from "@mt/operators";
import type { Node, NodeOf, Operand, Step, Writing } from "../graph/node.ts";
import { applyMove, moveOf } from "../views/move.ts";
import { sameView, type View, whole } from "../views/view.ts";
import { type Atoms, readOf } from "./atoms.ts";
import type { Cluster } from "./cluster.ts";

/** What a formula needs to know of the nodes around it. */
export interface Surroundings {
  readonly atoms: Atoms;
  /** The clusters that compute nodes; moves have one only when they are copied. */
  readonly homes: ReadonlyMap<Node, Cluster>;
  /** Nodes that must be in memory anyway: results, operands of contractions, copies. */
  readonly stored: ReadonlySet<Node>;
  /** How many nodes read each. */
  readonly uses: ReadonlyMap<Node, number>;
  /** Where its elements lie, if they are in memory before clusters of this level run. */
  inMemory(node: Node, level: number): Operand | null;
}

/** Cost at which a map is recomputed rather than stored: a few additions, no transcendental. */
const cheap = 4;
const formulaOf = ({ by, inputs }: NodeOf<"map">): Expr =>
  by.at(...inputs.map((input) => input.dtype));
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

/** A run-time number, or an index. */
const leafInput = ({ by, index, dtype }: NodeOf<"leaf">, { offset, strides }: View): Input =>
  by.source === "number"
    ? { kind: "scalar", index, dtype }
    : { kind: "index", dtype: dtype as "i32" | "u32", offset, strides };

/** One attempt to write a node's value in a cluster; null says that it cannot be written there. */
export class Formula implements Writing {
  readonly reads: Set<Node> = new Set();
  /** What has to be in memory first, if anything helps. */
  missing: Node | null = null;
  readonly #around: Surroundings;
  readonly #cluster: Cluster;
  readonly #mayWriteOut: boolean;

  constructor(around: Surroundings, cluster: Cluster, mayWriteOut: boolean) {
    this.#around = around;
    this.#cluster = cluster;
    this.#mayWriteOut = mayWriteOut;
  }

  lacks(copy: Node | null): null {
    this.missing = copy;
    return null;
  }

  /** The value of `x` at the point where `path` leads. */
  of(x: Node, path: readonly Step[], depth = 0): Expr | null {
    const { atoms, homes } = this.#around;
    const home = homes.get(x);
    if (x.value) return this.#read(x, path);
    const member = this.#cluster.members.get(x);
    if (member) {
      const view = this.#view(x, path);
      if (!view) return null;
      if (sameView(view, member.view)) return member.value;
    }
    if (x.kind === "move" && !home) return this.of(x.inputs[0] as Node, [x, ...path], depth);
    if (x.kind === "leaf") {
      const view = this.#view(x, path);
      return view && this.guarded(atoms.input(leafInput(x, view)), view);
    }
    if (x.rules?.value && !home)
      return this.#mayWriteOut ? x.rules.value(x, path, this) : this.lacks(x);
    const value = this.#writtenOut(x, path, depth);
    if (value) return value;
    if (!home || member || home.level >= this.#cluster.level) return this.lacks(null);
    return this.#read(x, path);
  }

  /** A map's formula, over the values of its inputs. */
  apply(x: NodeOf<"map">, path: readonly Step[], depth = 0): Expr | null {
    const values: Expr[] = [];
    for (const input of x.inputs) {
      const here =
        input.shape === x.shape
          ? path
          : [{ by: moveOf("expand", input.shape, x.shape.dims), inputs: [input] }, ...path];
      const value = this.of(input, here, depth);
      if (!value) return null;
      values.push(value);
    }
    return substitute(formulaOf(x), (e) => (e.kind === "arg" ? values[e.index] : undefined));
  }

  stored(input: Node): Operand | null {
    return this.#around.inMemory(input, this.#cluster.level);
  }
  read({ node, view }: Operand, more?: Partial<Read>): Argument {
    this.reads.add(node);
    return this.#around.atoms.input({ ...readOf(node, view), ...more });
  }
  guarded(value: Expr, view: View): Expr {
    return this.#around.atoms.guarded(value, view);
  }

  /** A map of another cluster, where it is recomputed instead of read. */
  #writtenOut(x: Node, path: readonly Step[], depth: number): Expr | null {
    if (x.kind !== "map" || !this.#mayWriteOut || !this.#worthRepeating(x, path, depth))
      return null;
    // itself where padding's guards hold; other paths need not be views
    const padded = path.some((step) => step.by.move === "pad");
    const view = padded ? this.#view(x, path) : whole([]);
    const value = view && this.apply(x, path, depth + 1);
    return value && this.guarded(value, view);
  }

  #worthRepeating(x: NodeOf<"map">, path: readonly Step[], depth: number): boolean {
    const { homes, stored, uses } = this.#around;
    const home = homes.get(x);
    if (!home || depth > 64 || (stored.has(x) && home.level < this.#cluster.level)) return false;
    const cost = costOf(formulaOf(x));
    if (home.kind !== "map") {
      // a fold's kernel stores what it computes on the way, unless that is a whole box of it, or
      // made of what is stored anyway
      const given = (input: Node): boolean => stored.has(input) || input.kind === "leaf";
      if (cost > cheap || !(home.members.get(x)?.inside || x.inputs.every(given))) return false;
    }
    const single = uses.get(x) === 1;
    const repeats = (path.at(-1)?.by.to.size ?? 0) > x.shape.size;
    return cost <= cheap ? single || depth <= 4 : single && !repeats;
  }

  #view(x: Node, path: readonly Step[]): View | null {
    return this.along(whole(x.shape.dims), path);
  }

  along(start: View, path: readonly Step[]): View | null {
    let view = start;
    for (const { by, inputs } of path) {
      const moved = applyMove(view, by);
      if (!moved) return this.lacks(inputs[0] ?? null);
      view = moved;
    }
    return view;
  }

  #read(x: Node, path: readonly Step[]): Expr | null {
    const view = this.#view(x, path);
    return view && this.read({ node: x, view });
  }
}
