/**
 * Module 2.11f — Contractions: a kernel for each branch of the solution, epilogue and all; a loop
 * where the device does not claim that.
 */
import {
  type Backend,
  type ContractKernel,
  contractAsLoop,
  type Input,
  type Linear,
  type LoopKernel,
  type Role,
  type Store,
} from "@mt/backend";
import { argument, monoids, substitute } from "@mt/operators";
import type { NodeOf } from "../graph/node.ts";
import type { Contraction } from "../views/contraction.ts";
import { constantForm, substituteForms } from "../views/linear.ts";
import { compose, guarded, type View } from "../views/view.ts";
import type { Atom, Atoms } from "./atoms.ts";
import type { Cluster, Core, Member, Operand } from "./cluster.ts";
import { emitLoop } from "./emit-loop.ts";
import { type Branch, solve } from "./solve.ts";
import { combineOf, type Draft, usedAtoms, Writer } from "./writer.ts";

const coreOf = (cluster: Cluster) => cluster.core as Core & { readonly node: NodeOf<"contract"> };

/** A kernel a branch; where the device declines the epilogue, the sum is stored in between. */
export function emitContraction(
  cluster: Cluster,
  stores: readonly Member[],
  atoms: Atoms,
  backend: Backend,
): Draft[] {
  const { node } = coreOf(cluster);
  const branches = solve(node.by);
  const whole = branches.map((branch) => contractKernel(cluster, branch, stores, atoms));
  const claimed = (draft: Draft): boolean => backend.claims(draft.kernel);
  if (whole.every(claimed)) return whole;
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
  const { node, operands } = coreOf(cluster);
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
  const { dtype } = coreOf(cluster).node;
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
  const { node, operands } = coreOf(cluster);
  if (operands.length === 2) {
    const draft = contractKernel(cluster, branch, members, atoms);
    return { ...draft, kernel: contractAsLoop(draft.kernel as ContractKernel) };
  }
  const { writer, outer, inner, stores } = contracted(cluster, branch, members, atoms);
  const body = argument(0, node.dtype);
  const folds = [{ monoid: combineOf(monoids.sum, node.dtype), body }];
  return writer.draft<LoopKernel>({
    kind: "loop",
    outer,
    inner,
    inputs: writer.inputs,
    folds,
    stores,
  });
}
