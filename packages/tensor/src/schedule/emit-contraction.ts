/**
 * Module 2.11f — Contractions: a kernel for each branch of the solution, epilogue and all; a loop
 * where the device does not claim that.
 */
import {
  type Backend,
  type ContractKernel,
  contractAsLoop,
  type Input,
  type Kernel,
  type Linear,
  type Role,
} from "@mt/backend";
import { argument, monoids, substitute } from "@mt/operators";
import type { NodeOf, Operand } from "../graph/node.ts";
import type { Dims } from "../shape.ts";
import type { Contraction } from "../views/contraction.ts";
import { constantForm, substituteForms } from "../views/linear.ts";
import { compose, guarded, type View } from "../views/view.ts";
import { type Atoms, readOf } from "./atoms.ts";
import type { Cluster, Core, Member } from "./cluster.ts";
import { collapse } from "./collapse.ts";
import { emitLoop } from "./emit-loop.ts";
import { type Branch, solve } from "./solve.ts";
import { combineOf, Writer } from "./writer.ts";

/** A kernel a branch; where the device declines the epilogue, the sum is stored in between. */
export function emitContraction(
  cluster: Cluster,
  stores: readonly Member[],
  atoms: Atoms,
  backend: Backend,
): Kernel[] {
  const { node } = cluster.core as Core & { readonly node: NodeOf<"contract"> };
  const branches = solve(node.by);
  const kernels = (members: readonly Member[]): Kernel[] =>
    branches.map((branch) => contract(cluster, branch, members, atoms));
  const claimed = (list: readonly Kernel[]): boolean => list.every((x) => backend.claims(x));
  const whole = kernels(stores);
  if (claimed(whole)) return whole;
  const sum = cluster.members.get(node) as Member;
  const rest = stores.filter((m) => m !== sum);
  const plain = kernels([sum]);
  if (rest.length > 0 && claimed(plain)) return [...plain, epilogue(cluster, sum, rest, atoms)];
  return whole.map((x) => (x.kind === "contract" ? contractAsLoop(x) : x));
}

function epilogue(cluster: Cluster, sum: Member, rest: readonly Member[], atoms: Atoms): Kernel {
  const total = atoms.fold(sum.node);
  const stored = atoms.input(readOf(sum.node, sum.view));
  const members = rest.map((m) => ({
    ...m,
    value: substitute(m.value, (x) => (x === total ? stored : undefined)),
  }));
  return emitLoop(cluster, members, atoms);
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
  const shape = (by.shapes[i] as Dims).dims;
  const view = compose(operand.view, shape, coordinates, box);
  const read = view && i === 0 ? guarded(view, branch.guards) : view;
  if (!read) throw new Error("operands of contractions are padded with zeros only");
  return box.includes(0) ? { ...constantForm(0, box.length), guards: [], fill: 0 } : read;
}

const moves = (input: Input | undefined, k: number): boolean =>
  input?.kind === "read" && [input, ...input.guards].some((form) => (form.strides[k] ?? 0) !== 0);

function contract(
  cluster: Cluster,
  branch: Branch,
  stores: readonly Member[],
  atoms: Atoms,
): Kernel {
  const { node, operands } = cluster.core as Core & { readonly node: NodeOf<"contract"> };
  const { by, dtype } = node;
  const box = [...branch.outer, ...branch.summed];
  const writer = new Writer(atoms);
  const [a, b] = operands.map((operand, i) =>
    writer.add(readOf(operand.node, operandView(by, i, operand, branch, box))),
  ) as [number, number | undefined];
  const { folds: _, ...loop } = writer.loop(cluster, branch, stores);
  if (b === undefined) {
    const sum = { monoid: combineOf(monoids.sum, dtype), body: argument(a, dtype) };
    return collapse({ ...loop, folds: [sum] });
  }
  const roles = box.map((_, k): Role => {
    if (k >= branch.outer.length) return "summed";
    const [left, right] = [moves(loop.inputs[a], k), moves(loop.inputs[b], k)];
    return left === right ? "batch" : left ? "row" : "column";
  });
  return collapse<ContractKernel>({ ...loop, kind: "contract", a, b, roles, dtype });
}
