/**
 * Module 1.1 — In which order to walk a graph backwards.
 *
 * A value may be sent back through only after everything computed from it has sent back its share.
 * So consumers come before what they consumed: the reverse of a depth-first postorder. The walk
 * keeps its own stack, because a loop of a million additions is a graph a million deep.
 */

/** Anything that knows what it was computed from. */
export interface GraphNode<N> {
  readonly inputs: readonly N[];
}

/**
 * Every node reachable from `outputs` through `inputs`, once each, consumers first.
 * Nodes for which `follow` is false are left out, with whatever only they lead to; `inputsOf` may
 * hide a node's inputs, so that the walk ends there.
 * @example
 * const x = { name: "x", inputs: [] };
 * const square = { name: "x²", inputs: [x, x] };
 * const cube = { name: "x³", inputs: [square, x] };
 * topologicalOrder([cube]).map((node) => node.name); // ["x³", "x²", "x"]
 */
export function topologicalOrder<N extends GraphNode<N>>(
  outputs: readonly N[],
  follow: (node: N) => boolean = () => true,
  inputsOf: (node: N) => readonly N[] = (node) => node.inputs,
): N[] {
  const seen = new Set<N>();
  const order: N[] = [];
  // The path from an output down to the node in hand, and at each step the next input to look at.
  const path: N[] = [];
  const next: number[] = [];
  const enter = (node: N): void => {
    if (seen.has(node) || !follow(node)) return;
    seen.add(node);
    path.push(node);
    next.push(0);
  };
  for (const output of outputs) {
    enter(output);
    while (path.length > 0) {
      const top = path.length - 1;
      const node = path[top] as N;
      const input = inputsOf(node)[next[top] as number];
      if (input) {
        (next[top] as number)++;
        enter(input);
      } else {
        order.push(node);
        path.pop();
        next.pop();
      }
    }
  }
  return order.reverse();
}
