/**
 * Module 2.11d — Writing one kernel: atoms become inputs, and formulas are over those.
 *
 * Slots and numbers stay the places of nodes in the recorded graph until the program is planned.
 */
import {
  type Combine,
  type Input,
  type Linear,
  type LoopKernel,
  rewrite,
  type Store,
} from "@mt/backend";
import {
  argument,
  cast,
  type DType,
  type Expr,
  type Monoid,
  postorder,
  substitute,
} from "@mt/operators";
import type { Node } from "../graph/node.ts";
import { substituteForms } from "../views/linear.ts";
import type { Atom, Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";

/** Atoms that a cluster's stores need, through the folds and the positions they mention. */
function usedAtoms(cluster: Cluster, stores: readonly Member[], atoms: Atoms): ReadonlySet<number> {
  const used = new Set<number>();
  const add = (id: number): void => {
    if (used.has(id)) return;
    const atom = atoms.list[id] as Atom;
    if (atom.kind === "read" && atom.indirect) add(atom.indirect.input);
    used.add(id);
    const fold = atom.kind === "fold" && cluster.folds.find((f) => f.node === atom.node);
    if (fold) visit(fold.body);
  };
  const visit = (e: Expr): void => {
    for (const x of postorder(e)) if (x.kind === "arg") add(x.index);
  };
  for (const { value } of stores) visit(value);
  if (cluster.core) visit(cluster.core.updates);
  return used;
}

/** The places of stored nodes that a cluster reads to make these stores. */
export function placesRead(
  cluster: Cluster,
  stores: readonly Member[],
  atoms: Atoms,
): ReadonlySet<number> {
  const places = new Set(cluster.core?.operands.map(({ node }) => node.index));
  for (const id of usedAtoms(cluster, stores, atoms)) {
    const atom = atoms.list[id] as Atom;
    if (atom.kind === "read") places.add(atom.slot);
  }
  return places;
}

/** The axes of a kernel, and the coordinates of a cluster's box as forms over them. */
export interface Frame {
  readonly outer: readonly number[];
  readonly summed: readonly number[];
  readonly out: readonly Linear[];
}

/** Collects the inputs of one kernel, and rewrites formulas from atoms to arguments. */
export class Writer {
  readonly inputs: Input[] = [];
  /** By atom. */
  readonly #arguments: number[] = [];
  readonly #atoms: Atoms;

  constructor(atoms: Atoms) {
    this.#atoms = atoms;
  }

  add(input: Input): number {
    return this.inputs.push(input) - 1;
  }

  /** The cluster's formulas over a frame, as the loop that makes these stores. */
  loop(cluster: Cluster, { outer, summed, out }: Frame, stores: readonly Member[]): LoopKernel {
    const rank = outer.length + summed.length;
    const form = <L extends Linear>(x: L): L => substituteForms(x, out, rank);
    const used = usedAtoms(cluster, stores, this.#atoms);
    for (const id of used) {
      const atom = this.#atoms.list[id] as Atom;
      if (atom.kind !== "fold")
        this.#arguments[id] = this.add(rewrite(this.#resolved(atom), { form }));
    }
    const idOf = ({ node }: { readonly node: Node }): number => this.#atoms.fold(node).index;
    const folds = cluster.folds.filter((fold) => used.has(idOf(fold)));
    const results = cluster.core ? [cluster.core] : folds; // they come after the inputs
    results.forEach((result, i) => {
      this.#arguments[idOf(result)] = this.inputs.length + i;
    });
    return {
      kind: "loop",
      outer,
      inner: summed,
      inputs: this.inputs,
      folds: folds.map(({ node, body }) => ({
        monoid: combineOf(node.by.monoid, node.dtype),
        body: cast(this.write(body), node.dtype),
      })),
      stores: stores.map(({ node, view, inside, value }): Store => {
        const { offset, strides } = form<Linear>(view);
        return {
          slot: node.index,
          dtype: node.dtype,
          inside,
          body: this.write(value),
          offset,
          strides: inside ? strides : strides.slice(0, outer.length),
        };
      }),
    };
  }

  /** An indirect read's position is an input by now. */
  #resolved(input: Input): Input {
    const indirect = input.kind === "read" && input.indirect;
    if (!indirect) return input;
    const place = this.#arguments[indirect.input] as number;
    return { ...input, indirect: { ...indirect, input: place } };
  }

  write(e: Expr): Expr {
    return substitute(e, (x) =>
      x.kind === "arg" ? argument(this.#arguments[x.index] as number, x.dtype) : undefined,
    );
  }
}

export const combineOf = (monoid: Monoid, dtype: DType): Combine => ({
  name: monoid.name,
  combine: monoid.combine.at(dtype, dtype),
  identity: monoid.identity(dtype),
});
