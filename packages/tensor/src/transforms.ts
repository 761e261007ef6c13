/**
 * Module 2.21 — Functions of functions: gradients without `.grad`.
 *
 * The arguments that are differentiated may be a tensor or any tree of them; the result has the
 * same shape. Gradients are recorded like everything else, so they have gradients.
 */
import { enableGrad } from "@mt/autodiff";
import { badValue, checkFunction, needsCotangent } from "./errors.ts";
import { pullBack } from "./graph/gradient.ts";
import type { Node } from "./graph/node.ts";
import { expand, fitTo, numberLeaf } from "./graph/record.ts";
import { Tensor } from "./tensor.ts";
import { asVariables, mapTree, matched } from "./transforms-trees.ts";

/** Cotangents of `nodes`, in the places their tensors have in `tree`. */
export function cotangentsOf<A>(
  tree: A,
  nodes: readonly Node[],
  outputs: readonly Node[],
  given: readonly Node[],
): A {
  const ends = new Set(nodes);
  const ys = outputs.filter((y) => y.needsGrad);
  const dys = given.filter((_, i) => outputs[i]?.needsGrad);
  const found = pullBack(ys, dys, (x) => ends.has(x));
  let next = 0;
  return mapTree(tree, () => {
    const node = nodes[next++] as Node;
    const dx = found.get(node) ?? numberLeaf(0, node.dtype, node.recorder);
    return new Tensor(fitTo(dx, node.shape));
  }) as A;
}

/**
 * Value and gradient with respect to the first argument.
 * @throws TensorError if f gives something else than one element.
 */
export function valueAndGrad<A, Rest extends readonly unknown[]>(
  f: (x: A, ...rest: Rest) => Tensor,
): (x: A, ...rest: Rest) => { value: Tensor; grad: A } {
  checkFunction("valueAndGrad", f);
  return (x, ...rest) =>
    enableGrad(() => {
      const { variables, nodes } = asVariables("grad", x);
      const value = f(variables, ...rest);
      if (!(value instanceof Tensor))
        throw badValue("grad", "the function must return a tensor of one element.");
      if (value.size !== 1) throw needsCotangent("grad", value.shape);
      const { node } = value;
      const dy = expand(numberLeaf(1, node.dtype, node.recorder), node.shape);
      const grad = cotangentsOf(x, nodes, [node], [dy]);
      node.wanted = true;
      return { value, grad };
    });
}

/**
 * The gradient of f with respect to its first argument, a tensor or a tree of them.
 * @example
 * await grad((x: Tensor) => x.mul(x).sum())(tensor([1, 2])).toArray(); // [2, 4]
 */
export function grad<A, Rest extends readonly unknown[]>(
  f: (x: A, ...rest: Rest) => Tensor,
): (x: A, ...rest: Rest) => A {
  checkFunction("grad", f);
  const both = valueAndGrad(f);
  return (x, ...rest) => {
    const { value, grad } = both(x, ...rest);
    value.node.wanted = false;
    value.node.consumed = true; // asked for by nobody
    return grad;
  };
}

/**
 * The value of f at x, and the function that takes a cotangent of it (of the same structure and
 * shapes) back to x.
 * @throws ShapeError if a cotangent differs in shape.
 * @example
 * const { value, pullback } = vjp((x: Tensor) => ({ y: x.mul(x) }), tensor([3, 4]));
 * await value.y.toArray(); // [9, 16]
 * await pullback({ y: tensor([1, 10]) }).toArray(); // [6, 80]
 */
export function vjp<A, R>(f: (x: A) => R, x: A): { value: R; pullback: (dy: R) => A } {
  checkFunction("vjp", f);
  return enableGrad(() => {
    const { variables, nodes } = asVariables("vjp", x);
    const value = f(variables);
    return {
      value,
      pullback: (dy) =>
        enableGrad(() => {
          const { outputs, given } = matched("vjp", "cotangent", "value", value, dy);
          return cotangentsOf(x, nodes, outputs, given);
        }),
    };
  });
}
