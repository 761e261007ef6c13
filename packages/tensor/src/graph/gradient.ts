/**
 * Module 2.9 — Reverse mode: cotangents from outputs to leaves.
 *
 * Every node before what was computed from it, then one pass back through the rules.
 */
import { add } from "@mt/operators";
import { released } from "../errors.ts";
import type { Node } from "./node.ts";
import { inOrder } from "./order.ts";
import { probes } from "./probes.ts";
import { map } from "./record.ts";
import { pull } from "./vjp.ts";

const nothing: readonly Node[] = [];

/**
 * Cotangents of the leaves of `outputs`: of the nodes where `isLeaf` says that differentiation
 * ends. Nodes that no cotangent reaches are absent.
 */
export function pullBack(
  outputs: readonly Node[],
  cotangents: readonly Node[],
  isLeaf: (x: Node) => boolean,
  visited: (x: Node) => void = () => undefined,
): Map<Node, Node> {
  const order = inOrder(
    outputs,
    (x) => (isLeaf(x) ? nothing : x.inputs),
    (x) => x.needsGrad,
  );
  // what leads to no leaf (a parameter that is not asked for, say) is a constant here
  const leads = new Set<Node>();
  for (const x of order) if (isLeaf(x) || x.inputs.some((input) => leads.has(input))) leads.add(x);
  const sums = new Map<Node, Node>();
  const give = (x: Node, dx: Node): void => {
    const sum = sums.get(x);
    sums.set(x, sum ? map(add, [sum, dx]) : dx);
  };
  outputs.forEach((output, i) => {
    give(output, cotangents[i] as Node);
  });
  const found = new Map<Node, Node>();
  for (const node of order.reverse()) {
    const dy = sums.get(node);
    if (!dy || !leads.has(node)) continue;
    if (isLeaf(node)) {
      found.set(node, dy);
      continue;
    }
    if (probes.pulling !== null) probes.pulling(node);
    const { inputs } = node;
    const pulled = pull(node, dy, (k) => leads.has(inputs[k] as Node));
    pulled.forEach((dx, k) => {
      const x = inputs[k] as Node;
      if (dx && leads.has(x)) give(x, dx);
    });
    visited(node);
  }
  if (probes.pulling !== null) probes.pulling(null);
  return found;
}

/** Where `backward` ends. @throws TensorError where what was recorded above is gone. */
export function endsBackward(x: Node): boolean {
  if (x.lost) throw x.lost("backward", x.shape.dims);
  if (!x.owner && x.inputs.length === 0) throw released();
  return x.owner !== null;
}
