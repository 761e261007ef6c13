/**
 * Module 2.9c — One example among many: recorded once, then batched.
 *
 * A function of one example is recorded on placeholders, which have shapes but no elements. What
 * depends on them is kept apart from the device's pending nodes, so that no barrier computes it;
 * then every such node is recorded again, for all examples at once, by its rule.
 */
import { oneExample } from "../errors.ts";
import { dims } from "../shape.ts";
import type { Node } from "./node.ts";
import { inOrder } from "./order.ts";
import { onLineOf } from "./origin.ts";
import { probes, probing } from "./probes.ts";
import { dataLeaf, modes } from "./record.ts";
import { batched, repeated } from "./vmap.ts";

export class Examples {
  readonly count: number;
  /** What depends on a placeholder. */
  readonly #nodes = new Set<Node>();
  /** The node for all examples, for each node of one. */
  readonly #batched = new Map<Node, Node>();

  constructor(count: number) {
    this.count = count;
  }

  /** One example of x, which has them along its first axis. */
  placeholder(x: Node): Node {
    const one = dataLeaf(dims(x.shape.dims.slice(1)), x.dtype, x.recorder);
    one.needsGrad = x.needsGrad;
    one.lost = oneExample;
    this.#nodes.add(one);
    this.#batched.set(one, x);
    return one;
  }
  has(node: Node): boolean {
    return this.#nodes.has(node);
  }

  /** Runs f; what it records of placeholders is not owed to anyone. */
  record<R>(f: () => R): R {
    const listening = probes.recorded;
    const recorded = (node: Node): void => {
      if (node.inputs.some((x) => this.#nodes.has(x))) {
        this.#nodes.add(node);
        const { pending } = node.recorder;
        if (pending.at(-1) === node) pending.pop();
      }
      listening?.(node);
    };
    const { eager } = modes;
    modes.eager = false; // there is nothing to compute yet
    try {
      return probing({ recorded }, f);
    } finally {
      modes.eager = eager;
    }
  }

  /** The node for all examples, which lie along its first axis. */
  batch(output: Node): Node {
    if (!this.has(output))
      return repeated({ inputs: [output], many: [false], count: this.count })[0] as Node;
    const isOpen = (x: Node): boolean => this.has(x) && !this.#batched.has(x);
    for (const node of inOrder([output], (x) => x.inputs, isOpen))
      this.#batched.set(node, this.#batch(node));
    return this.#batched.get(output) as Node;
  }

  #batch(node: Node): Node {
    const batch = {
      inputs: node.inputs.map((x) => this.#batched.get(x) ?? x),
      many: node.inputs.map((x) => this.has(x)),
      count: this.count,
    };
    const y = onLineOf(node, () => batched(node, batch));
    // detached for one example is detached for all
    y.needsGrad &&= node.needsGrad;
    return y;
  }
}
