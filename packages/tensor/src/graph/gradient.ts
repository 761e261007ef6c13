/**
 * Module 2.9 — Reverse mode: cotangents from outputs to leaves.
 *
 * One iterative walk for the order, one pass back through the rules. Nothing recurses, so a graph
 * may be as deep as memory allows.
 */
import { add } from "@mt/operators";
import type { Kind, Node, NodeOf } from "./node.ts";
import { map } from "./record.ts";
import { vjpRules } from "./vjp.ts";

let walks = 0;
/** A number no walk has used: nodes marked with it have been seen by this walk. */
export const newWalk = (): number => ++walks;

/** Nodes below `roots` that `enter` admits, inputs first; each gets its position as `index`. */
export function inOrder(roots: readonly Node[], inputsOf: (x: Node) => readonly Node[]): Node[] {
  const walk = newWalk();
  const order: Node[] = [];
  const stack: Node[] = [];
  const next: number[] = [];
  for (const root of roots) {
    if (root.mark === walk) continue;
    root.mark = walk;
    stack.push(root);
    next.push(0);
    while (stack.length) {
      const top = stack.length - 1;
      const node = stack[top] as Node;
      const inputs = inputsOf(node);
      const i = next[top] as number;
      if (i < inputs.length) {
        next[top] = i + 1;
        const input = inputs[i] as Node;
        if (input.mark !== walk) {
          input.mark = walk;
          stack.push(input);
          next.push(0);
        }
      } else {
        node.index = order.length;
        order.push(node);
        stack.pop();
        next.pop();
      }
    }
  }
  return order;
}

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
  const order = inOrder(outputs, (x) => (!x.needsGrad || isLeaf(x) ? nothing : x.inputs));
  const positions = new Map(order.map((x, i) => [x, i])); // rules walk too: `index` will not last
  const sums = new Array<Node | undefined>(order.length);
  const give = (x: Node, dx: Node): void => {
    const i = positions.get(x) as number;
    const sum = sums[i];
    sums[i] = sum ? map(add, [sum, dx]) : dx;
  };
  outputs.forEach((output, i) => {
    give(output, cotangents[i] as Node);
  });
  const found = new Map<Node, Node>();
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    const dy = sums[i];
    if (!dy || !node.needsGrad) continue;
    if (isLeaf(node)) {
      found.set(node, dy);
      continue;
    }
    const rule = vjpRules[node.kind] as (
      node: NodeOf<Kind>,
      dy: Node,
      wanted: (input: number) => boolean,
    ) => readonly (Node | null)[];
    const inputs = node.inputs;
    const pulled = rule(node as NodeOf<Kind>, dy, (k) => (inputs[k] as Node).needsGrad);
    pulled.forEach((dx, k) => {
      const x = inputs[k] as Node;
      if (dx && x.needsGrad) give(x, dx);
    });
    visited(node);
  }
  return found;
}
