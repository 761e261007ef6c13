/**
 * Module 2.11d — Writing one kernel: atoms become inputs, nodes become slots.
 */
import type {
  Combine,
  ContractKernel,
  Guard,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  PrefixKernel,
  Read,
} from "@mt/backend";
import { argument, type DType, type Expr, type Monoid, postorder, substitute } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { View } from "../views/view.ts";
import type { Atom, Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";
import { collapse } from "./collapse.ts";

/** A kernel whose slots are nodes. */
export interface Draft {
  readonly kernel: Kernel;
  /** What each slot number of the kernel stands for. */
  readonly nodes: readonly Node[];
}

/** Atoms that formulas use, through the folds they mention, folds in their own order. */
export function usedAtoms(cluster: Cluster, roots: readonly Expr[], atoms: Atoms): readonly Atom[] {
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
  roots.forEach(visit);
  return [...used];
}

/** The formulas a cluster needs to make these stores. */
export const rootsOf = (cluster: Cluster, stores: readonly Member[]): readonly Expr[] => [
  ...stores.map((m) => m.value),
  ...(cluster.core?.updates ? [cluster.core.updates] : []),
];

/** The stored nodes that a cluster reads for these formulas. */
export function nodesRead(cluster: Cluster, roots: readonly Expr[], atoms: Atoms): Set<Node> {
  const reads = new Set<Node>(cluster.core?.operands.map(({ node }) => node));
  for (const atom of usedAtoms(cluster, roots, atoms)) {
    if (atom.kind === "read" || atom.kind === "gather") reads.add(atom.node);
    if (atom.kind === "gather") reads.add(atom.at.node);
  }
  return reads;
}

/** Numbers slots and inputs of one kernel, and rewrites formulas from atoms to arguments. */
export class Writer {
  readonly nodes: Node[] = [];
  readonly inputs: Input[] = [];
  readonly #arguments = new Map<Atom, number>();
  readonly #atoms: Atoms;

  constructor(atoms: Atoms) {
    this.#atoms = atoms;
  }

  slot(node: Node): number {
    const found = this.nodes.indexOf(node);
    return found >= 0 ? found : this.nodes.push(node) - 1;
  }
  read(node: Node, view: View): Read {
    const { offset, strides, guards, fill } = view;
    const slot = this.slot(node);
    return { kind: "read", slot, dtype: node.dtype, offset, strides, guards, fill };
  }
  /** An input whose forms are carried over to the kernel's axes. */
  add(atom: Atom, carry: <L extends Linear>(form: L) => L): void {
    if (atom.kind === "fold") return;
    const guards = (list: readonly Guard[]): Guard[] => list.map(carry);
    const read = (node: Node, { offset, strides, fill, ...view }: View): Read =>
      this.read(node, { ...carry({ offset, strides }), guards: guards(view.guards), fill });
    const input = (): Input => {
      if (atom.kind === "read") return read(atom.node, atom.view);
      if (atom.kind === "gather") {
        const { node, view, stride, extent } = atom.at;
        const position = this.inputs.push(read(node, view)) - 1;
        const indirect = { input: position, stride, extent };
        return { ...read(atom.node, atom.view), indirect };
      }
      if (atom.kind === "index") {
        const { offset, strides } = atom.form;
        return { kind: "index", dtype: atom.dtype, ...carry({ offset, strides }) };
      }
      if (atom.kind === "test") return { kind: "test", guards: guards(atom.guards) };
      return { kind: "scalar", index: atom.node.index, dtype: atom.node.dtype };
    };
    this.#arguments.set(atom, this.inputs.push(input()) - 1);
  }
  name(atom: Atom, index: number): void {
    this.#arguments.set(atom, index);
  }
  write(e: Expr): Expr {
    return substitute(e, (x) =>
      x.kind === "arg"
        ? argument(this.#arguments.get(this.#atoms.of(x)) as number, x.dtype)
        : undefined,
    );
  }
  draft<K extends LoopKernel | ContractKernel | PrefixKernel>(kernel: K): Draft {
    return { kernel: collapse(kernel), nodes: this.nodes };
  }
}

export const combineOf = (monoid: Monoid, dtype: DType): Combine => ({
  name: monoid.name,
  combine: monoid.combine.at(dtype, dtype),
  identity: monoid.identity(dtype),
});
