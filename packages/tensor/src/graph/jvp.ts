/**
 * Module 2.9a — Forward mode: how a tangent goes on through each kind of node.
 *
 * One entry per common kind; no operator is named. A rule gets the tangent of each input (null:
 * zero) and records the tangent of the result. Where a kind has no shorter rule, its reverse rule
 * is turned round: what takes cotangents back is linear in them, and its transpose takes tangents
 * forward.
 */
import { add, monoids } from "@mt/operators";
import { pullBack } from "./gradient.ts";
import type { CommonKind, Node, NodeOf } from "./node.ts";
import { inOrder } from "./order.ts";
import { alias, cast, contract, expand, map, move, reduce, zerosOf } from "./record.ts";
import { pull } from "./vjp.ts";

type Tangent = Node | null;
type Rule<K extends CommonKind> = (node: NodeOf<K>, tangents: readonly Tangent[]) => Tangent;

const total = (terms: readonly Tangent[]): Tangent =>
  terms.reduce((sum, dy) => (sum && dy ? map(add, [sum, dy]) : (sum ?? dy)), null);

/** J·dx by the transpose of dy ↦ Jᵀ·dy, which is linear: it may be taken at dy = 0. */
function transposed(node: Node, tangents: readonly Tangent[]): Tangent {
  const inputs = new Set(node.inputs);
  const terms = tangents.map((dx, i) => {
    if (!dx) return null;
    const { pending } = node.recorder;
    const before = pending.length;
    const dy = alias(zerosOf(node));
    dy.needsGrad = true;
    const pulled = pull(node, dy, (k) => k === i)[i];
    if (!pulled) return null;
    const isEnd = (x: Node): boolean => x === dy || x === node || inputs.has(x);
    const tangent = pullBack([pulled], [dx], isEnd).get(dy) ?? null;
    // what came by the way is asked for by nobody
    for (const unused of pending.slice(before)) if (unused !== tangent) unused.consumed = true;
    return tangent;
  });
  return total(terms);
}

/** dy = Σ ∂y/∂xᵢ · dxᵢ: each element by itself, so the reverse rule serves as it is. */
const pushMap: Rule<"map"> = (node, tangents) =>
  total(
    tangents.map((dx, i) => {
      const rule = dx && node.by.pullback(i);
      if (!rule) return null;
      const along = cast(dx, node.dtype);
      const values = rule.from.map((from) =>
        from === "cotangent" ? along : from === "output" ? node : (node.inputs[from] as Node),
      );
      const dy = rule.operator ? map(rule.operator, values) : along;
      return expand(cast(dy, node.dtype), node.shape);
    }),
  );

/** What is linear maps tangents as it maps values. */
const linearly =
  <K extends CommonKind>(rule: (node: NodeOf<K>, dx: Node) => Node): Rule<K> =>
  (node, [dx]) =>
    dx ? rule(node, dx) : null;

const pushSum = linearly<"reduce">(({ by }, dx) => reduce(by.monoid, dx, by.axes));

const rules: { readonly [K in CommonKind]: Rule<K> } = {
  leaf: () => null,
  map: pushMap,
  reduce: (node, tangents) =>
    (node.by.monoid === monoids.sum ? pushSum : transposed)(node, tangents),
  // what padding reads as is a constant: its tangent is 0
  move: linearly(({ by }, dx) => move(by.move, dx, by.parameters, 0)),
  // d(Σ a·b) = Σ da·b + Σ a·db
  contract: (node, tangents) =>
    total(
      tangents.map(
        (dx, i) =>
          dx &&
          contract(
            node.by,
            node.inputs.map((x, k) => (k === i ? dx : x)),
          ),
      ),
    ),
};
/** By the node's own rule, or that of its kind, or as its reverse rule says. */
const push = (node: Node, tangents: readonly Tangent[]): Tangent => {
  const own = node.rules;
  const rule = own?.jvp ?? (rules[node.kind as CommonKind] as typeof transposed | undefined);
  return (rule ?? transposed)(node, tangents);
};

const nothing: readonly Node[] = [];

/** Tangents of `outputs`, given those of some nodes above them; null where none arrives. */
export function pushForward(
  outputs: readonly Node[],
  tangents: ReadonlyMap<Node, Node>,
): readonly Tangent[] {
  const order = inOrder(
    outputs,
    (x) => (tangents.has(x) ? nothing : x.inputs),
    (x) => x.needsGrad,
  );
  const found = new Map<Node, Node>(tangents);
  for (const node of order) {
    if (found.has(node)) continue;
    const arriving = node.inputs.map((x) => found.get(x) ?? null);
    if (arriving.every((dx) => dx === null)) continue;
    const dy = push(node, arriving);
    if (dy) found.set(node, dy);
  }
  return outputs.map((y) => found.get(y) ?? null);
}
