/**
 * Module 2.21d — Functions with derivatives of your own.
 *
 * The way forward is recorded as ever, so it fuses; a boundary around it makes differentiation ask
 * the stated rules instead. Rules are functions of tensors: what they record is differentiated,
 * batched and fused like everything else, which is why they compose with every transform.
 */
import { isRecording, noGrad } from "@mt/autodiff";
import { badValue, checkFunction, mismatch, noGradient } from "./errors.ts";
import { boundary } from "./graph/boundary.ts";
import type { Node, Rules } from "./graph/node.ts";
import { alias, cast, expand, numberLeaf } from "./graph/record.ts";
import { dims } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";
import { vmap } from "./transforms-batch.ts";

/** Examples that `batch` is given along the first axis: how many, and which inputs have them. */
export interface BatchOf {
  readonly count: number;
  readonly many: readonly boolean[];
}

/** A function of tensors `X` with a result `Y`, a tensor or a list of them, and its rules. */
export interface CustomFunction<
  X extends readonly Tensor[],
  Y extends Tensor | readonly Tensor[] = Tensor,
> {
  /** What errors call it. */
  readonly name?: string;
  forward(...x: X): Y;
  /**
   * A cotangent for each input (null: none), in a list; for a single input it may be the cotangent
   * itself. Where there are several results, it is asked for each, the other cotangents being 0.
   */
  vjp?(cotangent: Y, y: Y, ...x: X): Tensor | readonly (Tensor | null)[];
  /** The tangent of the result. */
  jvp?(tangents: X, y: Y, ...x: X): Y;
  /** The results of all examples, along a new first axis, where `vmap` can do better than rules. */
  batch?(examples: BatchOf, ...x: X): Y;
}

type List = readonly Tensor[];
/** The same over lists, checked: what boundaries hold. */
interface Stated {
  readonly name: string;
  readonly vjp: ((dy: List, y: List, x: List) => readonly (Tensor | null)[]) | null;
  readonly jvp: ((dx: List, y: List, x: List) => List) | null;
  readonly batch: ((examples: BatchOf, x: List) => List) | null;
}

/** Handles for a rule's time: what they stand for is freed with the handles it had before. */
const lent = (nodes: readonly Node[]): List =>
  nodes.map((node) => {
    const x = new Tensor(node);
    node.handles--;
    return x;
  });
/** Not asked for in itself. */
function unasked(x: Node): Node {
  x.consumed = true;
  return x;
}
const zeroOf = (x: Node): Node => unasked(expand(numberLeaf(0, x.dtype, x.recorder), x.shape));

/** What a rule gave, if it is one tensor of the right shape for each of these. */
function checked<T extends Tensor | null>(
  name: string,
  given: unknown,
  of: List,
  rule: string,
  optional: boolean,
): readonly T[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length !== of.length)
    throw badValue(
      name,
      `${rule} gave ${list.length} tensors, where there are ${of.length} to give.`,
    );
  return list.map((x, i) => {
    if (optional && x === null) return x;
    if (!(x instanceof Tensor))
      throw badValue(
        name,
        `${rule} gave ${String(x)} at ${i}: give a tensor${optional ? " or null" : ""}.`,
      );
    const { shape } = of[i] as Tensor;
    if (x.node.shape !== (of[i] as Tensor).node.shape)
      throw mismatch(name, [x.shape, shape], `${rule} must give the shape of what it is about`);
    return x;
  }) as unknown as readonly T[];
}

/** The rules of a definition, over lists. */
function stated<X extends readonly Tensor[], Y extends Tensor | readonly Tensor[]>(
  name: string,
  definition: CustomFunction<X, Y>,
  isList: boolean,
): Stated {
  const { vjp, jvp, batch } = definition;
  const y = (list: List): Y => (isList ? list : list[0]) as Y;
  const xs = (list: List): X => list as unknown as X;
  return {
    name,
    vjp: vjp
      ? (dy, out, x) => checked(name, vjp.call(definition, y(dy), y(out), ...xs(x)), x, "vjp", true)
      : null,
    jvp: jvp
      ? (dx, out, x) =>
          checked(name, jvp.call(definition, xs(dx), y(out), ...xs(x)), out, "jvp", false)
      : null,
    batch: batch ? (of, x) => [batch.call(definition, of, ...xs(x))].flat() as List : null,
  };
}

/** The rules for many examples: those for one, mapped over them. */
function many({ name, vjp, jvp }: Stated, has: readonly boolean[]): Stated {
  const axes = has.map((x) => (x ? 0 : null));
  return {
    name,
    vjp:
      vjp &&
      ((dy, y, x) =>
        // what all examples share gets the sum of their cotangents
        vmap(vjp, [0, 0, axes])(dy, y, x).map((dx, i) => (dx && !has[i] ? dx.sum(0) : dx))),
    jvp: jvp && vmap(jvp, [axes, 0, axes]),
    batch: null,
  };
}

/**
 * What the graph asks of result `k`. The inputs of its boundary are its own value, the values of
 * all `count` results, and the inputs of the function.
 */
function rulesOf(by: Stated, k: number, count: number): Rules {
  const { name } = by;
  const partsOf = (node: Node): { y: List; values: readonly Node[]; x: List } => {
    const values = node.inputs.slice(1, 1 + count);
    const y = values.map((value, i) =>
      i === k ? node : unasked(boundary([value, ...node.inputs.slice(1)], rulesOf(by, i, count))),
    );
    return { y: lent(y), values, x: lent(node.inputs.slice(1 + count)) };
  };
  const missing = (rule: string, other: string, remedy: string) => (): never => {
    throw noGradient(
      name,
      `has a ${other} and no ${rule}: give customFunction() the ${rule} too${remedy}.`,
    );
  };
  const vjp: Rules["vjp"] = (node, dy, wanted) => {
    const { y, values, x } = partsOf(node);
    const cotangents = lent(values.map((value, i) => (i === k ? dy : zeroOf(value))));
    const pulled = (by.vjp as NonNullable<Stated["vjp"]>)(cotangents, y, x).map((dx, i) => {
      if (dx && !wanted(1 + count + i)) unasked(dx.node);
      return dx && cast(dx.node, (x[i] as Tensor).dtype);
    });
    return [null, ...values.map(() => null), ...pulled];
  };
  const jvp: Rules["jvp"] = (node, tangents) => {
    const { y, x } = partsOf(node);
    const arriving = tangents.slice(1 + count);
    const dx = lent(x.map(({ node: input }, i) => arriving[i] ?? zeroOf(input)));
    const dy = (by.jvp as NonNullable<Stated["jvp"]>)(dx, y, x);
    dy.forEach((other, i) => {
      if (i !== k) unasked(other.node);
    });
    return cast((dy[k] as Tensor).node, node.dtype);
  };
  const batch: Rules["batch"] = (_, { inputs, many: has, count: n }) => {
    const xs = inputs.slice(1 + count);
    const hasX = has.slice(1 + count);
    const found = by.batch?.({ count: n, many: hasX }, lent(xs)).map((y) => y.node);
    if (found) for (const value of inputs.slice(0, 1 + count)) unasked(value);
    const values =
      found ??
      inputs
        .slice(1, 1 + count)
        .map((y, i) => (has[1 + i] ? y : expand(y, dims([n, ...y.shape.dims]))));
    return boundary([values[k] as Node, ...values, ...xs], rulesOf(many(by, hasX), k, count));
  };
  // with neither, derivatives are those of what was recorded
  if (!by.vjp && !by.jvp) return { batch };
  return {
    batch,
    vjp: by.vjp ? vjp : missing("vjp", "jvp", ", or use forward mode: jvp()"),
    jvp: by.jvp ? jvp : missing("jvp", "vjp", ", or use reverse mode: grad(), vjp()"),
  };
}

/**
 * A function of tensors with derivatives that are stated instead of found: a stabler form, a
 * surrogate where the true one is 0, a cotangent changed on its way back. `vjp` serves `backward`,
 * `grad` and all of reverse mode, `jvp` forward mode; what they record has derivatives in turn.
 * With neither, derivatives are found as ever; `vmap` needs `batch` only to do better.
 *
 * Inputs are what gradients go to: `forward` may close over other tensors only if they need none.
 * @throws TensorError where a rule is asked for and missing, gives other shapes than it should, or
 * `forward` closes over a tensor that requires a gradient.
 * @example
 * const roundThrough = customFunction({
 *   forward: (x: Tensor) => x.round(),
 *   vjp: (cotangent: Tensor) => cotangent, // as if nothing had been rounded
 * });
 * const x = tensor([0.4, 1.7]);
 * await roundThrough(x).toArray(); // [0, 2]
 * await grad((x: Tensor) => roundThrough(x).square().sum())(x).toArray(); // [0, 4]
 */
export function customFunction<
  X extends readonly Tensor[],
  Y extends Tensor | readonly Tensor[] = Tensor,
>(definition: CustomFunction<X, Y>): (...x: X) => Y {
  const { vjp, jvp, batch, name = "customFunction" } = definition;
  for (const [way, f] of Object.entries({ vjp, jvp, batch, forward: definition.forward }))
    if (f !== undefined || way === "forward") checkFunction(`${name}.${way}`, f);
  if (!vjp && !jvp && !batch)
    throw badValue(name, "has no rule: give customFunction() a vjp, a jvp or a batch.");
  const states = vjp !== undefined || jvp !== undefined;
  return (...x) => {
    const nodes = x.map((input) => nodeOf(name, input));
    const inside = x.map((input, i) => {
      const node = nodes[i] as Node;
      return states && node.needsGrad ? new Tensor(unasked(noGrad(() => alias(node)))) : input;
    });
    const result: Y = definition.forward(...(inside as unknown as X));
    const isList = Array.isArray(result);
    const values = ([result].flat() as List).map((y) => nodeOf(name, y));
    if (states && values.some((y) => y.needsGrad))
      throw noGradient(
        name,
        "forward reads a tensor that requires a gradient and is no input, so that no rule could " +
          "give it one. Make it an input, or detach() it.",
      );
    if (!batch && !(isRecording() && nodes.some((node) => node.needsGrad))) return result;
    const rules = stated(name, definition, isList);
    const results = values.map(
      (y, k) => new Tensor(boundary([y, ...values, ...nodes], rulesOf(rules, k, values.length))),
    );
    return (isList ? results : results[0]) as Y;
  };
}
