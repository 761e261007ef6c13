/**
 * Module 1.2 — The chain rule over any graph of values.
 *
 * With L the final output, the cotangent of a value v is ∂L/∂v. It is the sum, over everything
 * computed from v, of that thing's cotangent times its derivative by v. Whoever computed a value
 * knows how to send its cotangent to its inputs; this file only does the adding up, for values and
 * cotangents of any kind: numbers, Scalars, tensors.
 */
import { checkFunction } from "./errors.ts";
import { topologicalOrder } from "./topological-order.ts";

/** A value that remembers how it was computed. `V` is what its cotangents are. */
export interface Variable<V> {
  /** What it was computed from; none for a leaf. */
  readonly inputs: readonly Variable<V>[];
  /** False for constants: no cotangent is sent to them or through them. */
  readonly requiresGrad: boolean;
  /** For each input ∂L/∂input by this one path, given `cotangent` = ∂L/∂this; null is zero. */
  pullback(cotangent: V): readonly (V | null)[];
}

/**
 * The cotangents of what `output` was computed from, when its own is `seed`.
 *
 * Kept are those that `wanted` accepts: the leaves, unless told otherwise. The others are dropped
 * as soon as they have been passed on. A value that nothing flows to has no entry.
 * @example
 * const x = { inputs: [], requiresGrad: true, pullback: () => [] };
 * const twice = { inputs: [x, x], requiresGrad: true, pullback: (c) => [c, c] };
 * backpropagate(twice, 5, (a, b) => a + b).get(x); // 10
 */
export function backpropagate<V, N extends Variable<V> = Variable<V>>(
  output: N,
  seed: V,
  add: (a: V, b: V) => V,
  wanted: (variable: N) => boolean = (variable) => variable.inputs.length === 0,
): Map<N, V> {
  checkFunction("backpropagate", add);
  checkFunction("backpropagate", wanted);
  const cotangents = new Map<Variable<V>, V>([[output, seed]]);
  const order = topologicalOrder<Variable<V>>([output], (variable) => variable.requiresGrad);
  for (const variable of order) {
    const cotangent = cotangents.get(variable);
    if (cotangent === undefined) continue;
    if (!wanted(variable as N)) cotangents.delete(variable);
    const { inputs } = variable;
    if (inputs.length === 0) continue;
    const shares = variable.pullback(cotangent);
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i] as Variable<V>;
      const share = shares[i];
      if (share === null || share === undefined || !input.requiresGrad) continue;
      const sum = cotangents.get(input);
      cotangents.set(input, sum === undefined ? share : add(sum, share));
    }
  }
  return cotangents as Map<N, V>;
}
