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
  type Read,
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
import { substituteForms } from "../views/linear.ts";
import type { Atom, Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";

/** Atoms that a cluster's stores need, through the folds they mention. */
function usedAtoms(cluster: Cluster, stores: readonly Member[], atoms: Atoms): readonly Atom[] {
  const used = new Set<Atom>();
  const visit = (e: Expr): void => {
    for (const x of postorder(e)) {
      if (x.kind !== "arg") continue;
      const atom = atoms.of(x);
      if (used.has(atom)) continue;
      used.add(atom);
      const fold = atom.kind === "fold" && cluster.folds.find((f) => f.node === atom.node);
      if (fold) visit(fold.body);
    }
  };
  for (const { value } of stores) visit(value);
  if (cluster.core) visit(cluster.core.updates);
  return [...used];
}

/** The places of stored nodes that a cluster reads to make these stores. */
export function placesRead(
  cluster: Cluster,
  stores: readonly Member[],
  atoms: Atoms,
): ReadonlySet<number> {
  const places = new Set(cluster.core?.operands.map(({ node }) => node.index));
  for (const atom of usedAtoms(cluster, stores, atoms))
    if (atom.kind === "input" && atom.input.kind === "read") {
      places.add(atom.input.slot);
      if (atom.at) places.add(atom.at.slot);
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
  readonly #arguments = new Map<Atom, number>();
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
    for (const atom of used) if (atom.kind === "input") this.#name(atom, form);
    const folded = new Set(used.map((atom) => atom.kind === "fold" && atom.node));
    const folds = cluster.folds.filter(({ node }) => folded.has(node));
    for (const atom of used)
      if (atom.kind === "fold") {
        const place = folds.findIndex(({ node }) => node === atom.node);
        this.#arguments.set(atom, this.inputs.length + Math.max(place, 0)); // a core is the only one
      }
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

  #name(atom: Atom & { readonly kind: "input" }, form: <L extends Linear>(x: L) => L): void {
    let { input } = atom;
    if (atom.at) {
      const position = this.add(rewrite(atom.at, { form }));
      const { indirect } = input as Required<Read>;
      input = { ...(input as Read), indirect: { ...indirect, input: position } };
    }
    this.#arguments.set(atom, this.add(rewrite(input, { form })));
  }

  write(e: Expr): Expr {
    return substitute(e, (x) =>
      x.kind === "arg"
        ? argument(this.#arguments.get(this.#atoms.of(x)) as number, x.dtype)
        : undefined,
    );
  }
}

export const combineOf = (monoid: Monoid, dtype: DType): Combine => ({
  name: monoid.name,
  combine: monoid.combine.at(dtype, dtype),
  identity: monoid.identity(dtype),
});
