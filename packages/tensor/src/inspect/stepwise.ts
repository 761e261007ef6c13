/**
 * Module 2.31a — One operation at a time.
 *
 * Runs a program with every operation computed as soon as it is recorded, by the same path as
 * `eager`, and hands each to a listener with what it was computed from.
 */
import type { TypedArray } from "@mt/operators";
import { oneExample, TensorError } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { keepOrigin } from "../graph/origin.ts";
import { type Probes, probing } from "../graph/probes.ts";
import type { Device } from "../run/device.ts";

export function stepwise<R>(
  f: () => R,
  computed: (node: Node, inputs: readonly Node[]) => void,
  pulling: Probes["pulling"] = null,
): R {
  /** What stands for one example of a `vmap` has no values; what it becomes for all of them has. */
  const examples = new WeakSet<Node>();
  const recorded = (node: Node): void => {
    keepOrigin(node);
    if (node.kind === "leaf") return;
    if (node.inputs.some((x) => x.lost === oneExample || examples.has(x))) {
      examples.add(node);
      return;
    }
    const { inputs } = node; // a realized node may forget them
    node.recorder.realize([node]);
    computed(node, inputs);
  };
  return probing({ recorded, pulling }, f);
}

/** Elements of a node, at once. @throws TensorError on devices that cannot wait. */
export function elementsOf(operation: string, node: Node): ArrayLike<number> {
  if (node.kind === "leaf" && node.by.source === "number") return [node.number as number];
  const found: TypedArray | null = (node.recorder as Device).readSync(node);
  if (found) return found;
  const { name } = node.recorder.backend;
  throw new TensorError(
    "host",
    operation,
    `"${name}" cannot wait for values: run this on another device, such as "reference".`,
  );
}
