/** Module 2.11g — Nodes that name their kernels: stored operands at addresses of their own. */
import type { Kernel } from "@mt/backend";
import type { NodeOf } from "../graph/node.ts";
import { type Atoms, readOf } from "./atoms.ts";
import type { Cluster, Core } from "./cluster.ts";
import { frameOf } from "./emit-loop.ts";
import { Writer } from "./writer.ts";

export function emitCore(cluster: Cluster, atoms: Atoms): Kernel {
  const { node, operands, updates } = cluster.core as Core & {
    readonly node: NodeOf<"scatter"> | NodeOf<"custom">;
  };
  const reads = operands.map((operand) => readOf(operand.node, operand.view));
  const writer = new Writer(atoms);
  const { inputs } = writer.loop(cluster, frameOf(cluster), []);
  return node.by.kernel(reads, node.index, { inputs, value: writer.write(updates) });
}
