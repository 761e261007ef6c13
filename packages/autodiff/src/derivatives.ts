/**
 * Module 1.5 — Derivatives that can be differentiated.
 *
 * The walk of `backward`, with Scalars for cotangents: each step back is recorded like any other
 * computation, so its result has derivatives of its own.
 */
import { backpropagate } from "./backpropagate.ts";
import { Scalar } from "./scalar.ts";

/**
 * ∂output/∂x for every x in `inputs`, as Scalars; no `grad` is touched. An input that `output`
 * does not depend on gives 0.
 * @throws AutodiffError if a custom function lies on the way: its backward works on numbers.
 * @example
 * const x = Scalar.of(2, { requiresGrad: true });
 * const [slope] = derivatives(x.mul(x).mul(x), [x]);
 * slope.data; // 12
 * derivatives(slope, [x])[0].data; // 12
 */
export function derivatives(output: Scalar, inputs: readonly Scalar[]): Scalar[] {
  const wanted = new Set(inputs);
  const found = backpropagate<Scalar, Scalar>(
    output,
    Scalar.of(1),
    (a, b) => a.add(b),
    (x) => wanted.has(x),
  );
  return inputs.map((x) => (x.requiresGrad && found.get(x)) || Scalar.of(0));
}
