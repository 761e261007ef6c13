/**
 * Module 2.21e — `checkpoint`: compute twice, store less.
 *
 * What a gradient needs of the way forward is kept until the way back comes by; a deep network
 * keeps every layer. Inside a checkpoint nothing is kept: the way back records that part again,
 * from what it was given, once the cotangent is there. Sublinear memory: https://arxiv.org/abs/1604.06174
 */
import { enableGrad, noGrad } from "@mt/autodiff";
import { type Operator, ternary } from "@mt/operators";
import { checkFunction } from "./errors.ts";
import { boundary } from "./graph/boundary.ts";
import { pullBack } from "./graph/gradient.ts";
import { GraphNode, type Node, type Rules } from "./graph/node.ts";
import { inOrder } from "./graph/order.ts";
import { probes, probing } from "./graph/probes.ts";
import { map, move, note, reshape } from "./graph/record.ts";
import { scalarShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { mapTree } from "./transforms-trees.ts";

/** The nodes from the ends (excluded) to y, inputs first. */
const between = (y: Node, isEnd: (x: Node) => boolean): readonly Node[] =>
  inOrder(
    [y],
    (x) => x.inputs,
    (x) => !isEnd(x),
  );

/** x, but not before y and dy: it depends on them, and nothing ever reads them for it. */
const after: Operator<3> = ternary("after", (x, _y, _dy) => x);

/** One element, which is there when all of them are. */
function elementOf(x: Node): Node {
  const first = x.shape.dims.flatMap(() => [0, 1, 1]);
  return noGrad(() => reshape(move("slice", x, first), scalarShape));
}

/** The nodes recorded again, to run after y and dy are there: the last of them. */
function again(nodes: readonly Node[], y: Node, dy: Node): Node {
  const made = new Map<Node, Node>();
  const late = new Map<Node, Node>();
  const moments = y.shape.size > 0 ? [elementOf(y), elementOf(dy)] : null;
  const delayed = (x: Node): Node => {
    const known = late.get(x) ?? (moments ? map(after, [x, ...moments]) : x);
    late.set(x, known);
    return known;
  };
  for (const node of nodes) {
    // one late input makes the whole node late; where none is, the smallest costs least to copy
    const isLate = node.inputs.some((x) => made.has(x) || late.has(x));
    const smallest = isLate
      ? null
      : node.inputs.reduce((a, b) => (b.shape.size < a.shape.size ? b : a));
    const inputs = node.inputs.map(
      (x) => made.get(x) ?? late.get(x) ?? (x === smallest ? delayed(x) : x),
    );
    const { kind, by, shape, dtype, recorder, needsGrad, number } = node;
    const copy = new GraphNode(kind, by, shape, dtype, recorder, inputs, needsGrad);
    copy.number = number;
    made.set(node, note(copy, node.rules));
    copy.consumed = true; // asked for by nobody but the way back
  }
  return made.get(nodes.at(-1) as Node) as Node;
}

/** A boundary's inputs: the value, then everything that was there before it. */
const recomputing: Rules = {
  vjp(node, dy, wanted) {
    const [value, ...given] = node.inputs as [Node, ...Node[]];
    const ends = new Set(given);
    const isEnd = (x: Node): boolean =>
      ends.has(x) || x.kind === "leaf" || (x.value !== null && !x.needsGrad);
    const copy = enableGrad(() => again(between(value, isEnd), node, dy));
    const found = pullBack([copy], [dy], (x) => ends.has(x));
    const pulled = given.map((x, i) => {
      const dx = found.get(x) ?? null;
      if (dx && !wanted(i + 1)) dx.consumed = true;
      return dx;
    });
    return [null, ...pulled];
  },
  batch: (_, { inputs }) => boundary(inputs, recomputing),
};

/**
 * `f`, with nothing inside it kept for the way back, which computes it a second time: the same
 * numbers, random draws included, and the same gradients. Of a chain of n layers, checkpoints every
 * √n layers keep about 2·√n of their values. What f reads besides its arguments, parameters say, gets
 * its gradient too. Each tensor that f returns computes its part of f again.
 * @example
 * const w = tensor([[0.5, 1], [2, -1]], { requiresGrad: true });
 * const block = checkpoint((x: Tensor) => x.matmul(w).tanh().matmul(w).tanh());
 * block(block(tensor([[1, 2]]))).sum().backward();
 * w.grad?.shape; // [2, 2]
 */
export function checkpoint<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
): (...args: Args) => R {
  checkFunction("checkpoint", f);
  return (...args) => {
    const inside = new Set<Node>();
    const listening = probes.recorded;
    const recorded = (node: Node): void => {
      inside.add(node);
      listening?.(node);
    };
    const result = probing({ recorded }, () => f(...args));
    const isEnd = (x: Node): boolean => !inside.has(x) || x.kind === "leaf" || x.owner !== null;
    return mapTree(result, (y) => {
      const { node } = y;
      if (!node.needsGrad || isEnd(node)) return y;
      const given = new Set(
        between(node, isEnd).flatMap((x) =>
          x.inputs.filter((input) => isEnd(input) && (input.needsGrad || input.kind !== "leaf")),
        ),
      );
      return new Tensor(boundary([node, ...given], recomputing));
    }) as R;
  };
}
