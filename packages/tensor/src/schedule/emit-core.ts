/** Module 2.11g — Scatters and custom kernels: stored operands at addresses of their own. */
import type { Linear, ScatterKernel } from "@mt/backend";
import { dataAxis, indexAxis } from "../graph/attributes.ts";
import type { NodeOf } from "../graph/node.ts";
import type { View } from "../views/view.ts";
import type { Atoms } from "./atoms.ts";
import type { Cluster, Core, Operand } from "./cluster.ts";
import { combineOf, type Draft, usedAtoms, Writer } from "./writer.ts";

/** The kernel a custom node names, over its operands as they are. */
export function emitCustom(cluster: Cluster, atoms: Atoms): Draft {
  const { node, operands } = cluster.core as Core & { readonly node: NodeOf<"custom"> };
  const writer = new Writer(atoms);
  const inputs = operands.map((operand) => writer.read(operand.node, operand.view));
  const kernel = node.by.kernel(inputs, writer.slot(node));
  return { kernel, nodes: writer.nodes };
}

/** A form over some axes, as one over axes that stand elsewhere. */
function moved<L extends Linear>(form: L, rank: number, place: (k: number) => number | null): L {
  const strides = new Array<number>(rank).fill(0);
  form.strides.forEach((s, k) => {
    const to = place(k);
    if (to !== null) strides[to] = s;
  });
  return { ...form, strides };
}

export function emitScatter(cluster: Cluster, atoms: Atoms): Draft {
  const { node, operands, updates } = cluster.core as Core & { readonly node: NodeOf<"scatter"> };
  const [base, index] = operands as readonly [Operand, Operand];
  const { by, monoid } = node.by;
  const rank = by.to.rank;
  const writer = new Writer(atoms);
  const value = updates as NonNullable<typeof updates>;
  for (const atom of usedAtoms(cluster, [value], atoms)) writer.add(atom, (form) => form);
  const at: View = {
    ...moved(index.view, rank, (k) => indexAxis(by, k)),
    guards: index.view.guards.map((g) => moved(g, rank, (k) => indexAxis(by, k))),
  };
  const position = writer.inputs.push(writer.read(index.node, at)) - 1;
  const start = writer.inputs.push(writer.read(base.node, base.view)) - 1;
  const strides = by.from.strides;
  const slot = writer.slot(node);
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer: by.from.dims,
    inner: by.to.dims,
    inputs: writer.inputs,
    base: start,
    at: position,
    stride: strides[by.axis] as number,
    extent: by.from.dims[by.axis] as number,
    monoid: monoid ? combineOf(monoid, node.dtype) : "set",
    value: writer.write(value),
    target: moved({ offset: 0, strides }, rank, (k) => (k === by.axis ? null : dataAxis(by, k))),
    store: { offset: 0, strides, slot, dtype: node.dtype },
  };
  return { kernel, nodes: writer.nodes };
}
