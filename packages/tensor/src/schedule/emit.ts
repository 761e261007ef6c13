/**
 * Module 2.11 — From clusters to kernels.
 *
 * What nobody reads is not stored, and a cluster without stores is no kernel. The rest is written
 * in the kernel language: atoms become inputs, members that are needed elsewhere become stores.
 */
import type {
  Backend,
  Combine,
  ContractKernel,
  Fold,
  Guard,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  Role,
  Store,
} from "@mt/backend";
import {
  argument,
  cast,
  type DType,
  type Expr,
  type Monoid,
  monoids,
  mul,
  postorder,
  substitute,
} from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { Contraction } from "../views/contraction.ts";
import { constantForm, substituteForms } from "../views/linear.ts";
import { compose, guarded, type View } from "../views/view.ts";
import type { Atom, Atoms } from "./atoms.ts";
import type { Cluster, Member, Operand } from "./cluster.ts";
import { collapse } from "./collapse.ts";
import type { Schedule } from "./schedule.ts";
import { type Branch, solve } from "./solve.ts";

/** A kernel whose slots are nodes. */
export interface Draft {
  readonly kernel: Kernel;
  /** What each slot number of the kernel stands for. */
  readonly nodes: readonly Node[];
}

export function emit(
  { clusters, atoms }: Schedule,
  outputs: ReadonlySet<Node>,
  backend: Backend,
): Draft[] {
  const live = liveStores(clusters, atoms, outputs);
  return inExecutionOrder(clusters, live).flatMap(({ cluster, stores }) =>
    cluster.contraction
      ? emitContraction(cluster, cluster.contraction.node.by, stores, atoms, backend)
      : [emitLoop(cluster, stores, atoms)],
  );
}

interface Live {
  readonly cluster: Cluster;
  readonly stores: readonly Member[];
  readonly reads: ReadonlySet<Node>;
}

/** From the last level to the first: which members are stored, given what is read later. */
function liveStores(
  clusters: readonly Cluster[],
  atoms: Atoms,
  outputs: ReadonlySet<Node>,
): Map<Cluster, Live> {
  const needed = new Set(outputs);
  const live = new Map<Cluster, Live>();
  for (const cluster of [...clusters].sort((a, b) => b.level - a.level)) {
    const stores = [...cluster.members.values()].filter((m) => needed.has(m.node));
    if (stores.length === 0) continue;
    const reads = new Set<Node>(cluster.contraction?.operands.map(({ node }) => node));
    for (const atom of usedAtoms(
      cluster,
      stores.map((m) => m.value),
      atoms,
    ))
      if (atom.kind === "read") reads.add(atom.node);
    for (const node of reads) needed.add(node);
    live.set(cluster, { cluster, stores, reads });
  }
  return live;
}

/** In the order recorded, each after what it reads. */
function inExecutionOrder(
  clusters: readonly Cluster[],
  live: ReadonlyMap<Cluster, Live>,
): readonly Live[] {
  const homes = new Map<Node, Live>();
  for (const one of live.values()) for (const { node } of one.stores) homes.set(node, one);
  const done = new Set<Live>();
  for (const cluster of clusters) {
    const stack = [live.get(cluster)];
    while (stack.length) {
      const top = stack[stack.length - 1];
      const waiting =
        top && !done.has(top)
          ? [...top.reads].map((node) => homes.get(node)).filter((x) => x && !done.has(x))
          : [];
      if (waiting.length) stack.push(...waiting);
      else {
        stack.pop();
        if (top) done.add(top);
      }
    }
  }
  return [...done];
}

/** Atoms that formulas use, through the folds they mention, folds in their own order. */
function usedAtoms(cluster: Cluster, roots: readonly Expr[], atoms: Atoms): readonly Atom[] {
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

/** Numbers slots and inputs of one kernel, and rewrites formulas from atoms to arguments. */
class Writer {
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
  read(node: Node, view: View): Input {
    const { offset, strides, guards, fill } = view;
    const slot = this.slot(node);
    return { kind: "read", slot, dtype: node.dtype, offset, strides, guards, fill };
  }
  /** An input whose forms are carried over to the kernel's axes. */
  add(atom: Atom, carry: <L extends Linear>(form: L) => L): void {
    if (atom.kind === "fold") return;
    const guards = (list: readonly Guard[]): Guard[] => list.map(carry);
    this.#arguments.set(
      atom,
      this.inputs.push(
        atom.kind === "read"
          ? this.read(atom.node, { ...carry(atom.view), guards: guards(atom.view.guards) })
          : atom.kind === "index"
            ? {
                kind: "index",
                dtype: atom.dtype,
                ...carry({ offset: atom.form.offset, strides: atom.form.strides }),
              }
            : atom.kind === "test"
              ? { kind: "test", guards: guards(atom.guards) }
              : { kind: "scalar", index: atom.node.index, dtype: atom.node.dtype },
      ) - 1,
    );
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
  draft<K extends LoopKernel | ContractKernel>(kernel: K): Draft {
    return { kernel: collapse(kernel), nodes: this.nodes };
  }
}

export const combineOf = (monoid: Monoid, dtype: DType): Combine => ({
  name: monoid.name,
  combine: monoid.combine.at(dtype, dtype),
  identity: monoid.identity(dtype),
});

function emitLoop(cluster: Cluster, stores: readonly Member[], atoms: Atoms): Draft {
  const { box, axes } = cluster;
  const kept = box.dims.map((_, k) => k).filter((k) => !axes.includes(k));
  const order = [...kept, ...axes];
  const extents = (list: readonly number[]): number[] => list.map((k) => box.dims[k] as number);
  const carry = <L extends Linear>(form: L): L => ({
    ...form,
    strides: order.map((k) => form.strides[k] as number),
  });
  const writer = new Writer(atoms);
  const used = usedAtoms(
    cluster,
    stores.map((m) => m.value),
    atoms,
  );
  for (const atom of used) writer.add(atom, carry);
  const folds = cluster.folds.filter(({ node }) =>
    used.some((atom) => atom.kind === "fold" && atom.node === node),
  );
  folds.forEach(({ node }, i) => {
    writer.name(atoms.of(atoms.fold(node)), writer.inputs.length + i);
  });
  return writer.draft<LoopKernel>({
    kind: "loop",
    outer: extents(kept),
    inner: extents(axes),
    inputs: writer.inputs,
    folds: folds.map(
      ({ node, body }): Fold => ({
        monoid: combineOf(node.by.monoid, node.dtype),
        body: cast(writer.write(body), node.dtype),
      }),
    ),
    stores: stores.map((m): Store => {
      const { offset, strides } = carry(m.view);
      return {
        slot: writer.slot(m.node),
        dtype: m.node.dtype,
        inside: m.inside,
        body: writer.write(m.value),
        offset,
        strides: m.inside ? strides : strides.slice(0, kept.length),
      };
    }),
  });
}

/** A kernel a branch; where the device declines the epilogue, the sum is stored in between. */
function emitContraction(
  cluster: Cluster,
  by: Contraction,
  stores: readonly Member[],
  atoms: Atoms,
  backend: Backend,
): Draft[] {
  const branches = solve(by);
  const whole = branches.map((branch) => contractKernel(cluster, branch, stores, atoms));
  const claimed = (draft: Draft): boolean => backend.claims(draft.kernel);
  if (whole.every(claimed)) return whole;
  const { node } = cluster.contraction as NonNullable<Cluster["contraction"]>;
  const sum = cluster.members.get(node) as Member;
  const rest = stores.filter((m) => m.node !== node);
  if (rest.length > 0) {
    const plain = branches.map((branch) => contractKernel(cluster, branch, [sum], atoms));
    if (plain.every(claimed)) return [...plain, epilogue(cluster, sum, rest, atoms)];
  }
  return branches.map((branch) => contractLoop(cluster, branch, stores, atoms));
}

function epilogue(cluster: Cluster, sum: Member, rest: readonly Member[], atoms: Atoms): Draft {
  const total = atoms.fold(sum.node);
  const stored = atoms.read(sum.node, sum.view);
  const members = rest.map((m) => ({
    ...m,
    value: substitute(m.value, (x) => (x === total ? stored : undefined)),
  }));
  return emitLoop(cluster, members, atoms);
}

interface Contracted {
  readonly writer: Writer;
  readonly outer: readonly number[];
  readonly inner: readonly number[];
  readonly operands: readonly number[];
  readonly stores: readonly Store[];
  readonly total: Atom;
}

/** What both forms of a contraction share: operands and epilogue carried to the branch's axes. */
function contracted(
  cluster: Cluster,
  branch: Branch,
  stores: readonly Member[],
  atoms: Atoms,
): Contracted {
  const { node, operands } = cluster.contraction as NonNullable<Cluster["contraction"]>;
  const box = [...branch.outer, ...branch.summed];
  const writer = new Writer(atoms);
  const places = operands.map((operand, i) => {
    const view = operandView(node.by, i, operand, branch, box);
    return writer.inputs.push(writer.read(operand.node, view)) - 1;
  });
  const rank = box.length;
  const carry = <L extends Linear>(form: L): L => substituteForms(form, branch.out, rank);
  for (const atom of usedAtoms(
    cluster,
    stores.map((m) => m.value),
    atoms,
  ))
    writer.add(atom, carry);
  const total = atoms.of(atoms.fold(node));
  writer.name(total, writer.inputs.length);
  return {
    writer,
    total,
    outer: branch.outer,
    inner: branch.summed,
    operands: places,
    stores: stores.map((m): Store => {
      const { offset, strides } = carry({ offset: m.view.offset, strides: m.view.strides });
      return {
        slot: writer.slot(m.node),
        dtype: m.node.dtype,
        inside: false,
        body: writer.write(m.value),
        offset,
        strides: strides.slice(0, branch.outer.length),
      };
    }),
  };
}

function operandView(
  by: Contraction,
  i: number,
  operand: Operand,
  branch: Branch,
  box: readonly number[],
): View {
  const forms = by.operands[i] as readonly Linear[];
  const coordinates = forms.map((form) => substituteForms(form, branch.labels, box.length));
  const shape = (by.shapes[i] as { dims: readonly number[] }).dims;
  const view = compose(operand.view, shape, coordinates, box);
  const read = view && i === 0 ? guarded(view, branch.guards) : view;
  if (!read) throw new Error("operands of contractions are padded with zeros only");
  return box.includes(0) ? { ...constantForm(0, box.length), guards: [], fill: 0 } : read;
}

const moves = (input: Input | undefined, k: number): boolean =>
  input?.kind === "read" && [input, ...input.guards].some((form) => (form.strides[k] ?? 0) !== 0);

function contractKernel(
  cluster: Cluster,
  branch: Branch,
  members: readonly Member[],
  atoms: Atoms,
): Draft {
  const { writer, outer, inner, operands, stores } = contracted(cluster, branch, members, atoms);
  const [a, b] = operands as [number, number | undefined];
  if (b === undefined) return contractLoop(cluster, branch, members, atoms);
  const role = (k: number): Role => {
    if (k >= outer.length) return "summed";
    const [left, right] = [moves(writer.inputs[a], k), moves(writer.inputs[b], k)];
    return left === right ? "batch" : left ? "row" : "column";
  };
  const roles = [...outer, ...inner].map((_, k) => role(k));
  const { dtype } = (cluster.contraction as NonNullable<Cluster["contraction"]>).node;
  const { inputs } = writer;
  return writer.draft<ContractKernel>({
    kind: "contract",
    outer,
    inner,
    inputs,
    a,
    b,
    roles,
    dtype,
    stores,
  });
}

function contractLoop(
  cluster: Cluster,
  branch: Branch,
  members: readonly Member[],
  atoms: Atoms,
): Draft {
  const { writer, outer, inner, operands, stores } = contracted(cluster, branch, members, atoms);
  const { dtype } = (cluster.contraction as NonNullable<Cluster["contraction"]>).node;
  const [a, b] = operands.map((k) => argument(k, dtype));
  const body = b
    ? substitute(mul.at(dtype, dtype), (x) => (x.kind === "arg" ? [a, b][x.index] : undefined))
    : (a as Expr);
  const folds = [{ monoid: combineOf(monoids.sum, dtype), body }];
  return writer.draft<LoopKernel>({
    kind: "loop",
    outer,
    inner,
    inputs: writer.inputs,
    folds,
    stores,
  });
}
