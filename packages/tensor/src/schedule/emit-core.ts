/** Module 2.11g — Scatters and custom kernels: stored operands at addresses of their own. */
import type { Kernel, Linear, ScatterKernel } from "@mt/backend";
import { dataAxis, indexAxis } from "../graph/attributes.ts";
import type { NodeOf } from "../graph/node.ts";
import type { View } from "../views/view.ts";
import { type Atoms, readOf } from "./atoms.ts";
import type { Cluster, Core, Operand } from "./cluster.ts";
import { frameOf } from "./emit-loop.ts";
import { combineOf, Writer } from "./writer.ts";

/** The kernel a custom node names, over its operands as they are. */
export function emitCustom({ core }: Cluster): Kernel {
  const { node, operands } = core as Core & { readonly node: NodeOf<"custom"> };
  return node.by.kernel(
    operands.map((operand) => readOf(operand.node, operand.view)),
    node.index,
  );
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

export function emitScatter(cluster: Cluster, atoms: Atoms): ScatterKernel {
  const { node, operands, updates } = cluster.core as Core & { readonly node: NodeOf<"scatter"> };
  const [base, index] = operands as readonly [Operand, Operand];
  const { by, monoid } = node.by;
  const rank = by.to.rank;
  const writer = new Writer(atoms);
  const { inputs } = writer.loop(cluster, frameOf(cluster), []);
  const at: View = {
    ...moved(index.view, rank, (k) => indexAxis(by, k)),
    guards: index.view.guards.map((g) => moved(g, rank, (k) => indexAxis(by, k))),
  };
  const { strides, dims } = by.from;
  return {
    kind: "scatter",
    outer: dims,
    inner: by.to.dims,
    inputs,
    at: writer.add(readOf(index.node, at)),
    base: writer.add(readOf(base.node, base.view)),
    stride: strides[by.axis] as number,
    extent: dims[by.axis] as number,
    monoid: monoid ? combineOf(monoid, node.dtype) : "set",
    value: writer.write(updates),
    target: moved({ offset: 0, strides }, rank, (k) => (k === by.axis ? null : dataAxis(by, k))),
    store: { offset: 0, strides, slot: node.index, dtype: node.dtype },
  };
}
