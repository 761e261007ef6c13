/**
 * Module 2.21c — Directional derivatives, and whole matrices of them.
 *
 * `jvp` costs about as much as the function. A Jacobian is a `vmap` over unit vectors: of tangents
 * (forward: one for each input element) or of cotangents (reverse: one for each output element).
 */
import { enableGrad } from "@mt/autodiff";
import { eq } from "@mt/operators";
import { badValue, checkFunction } from "./errors.ts";
import { pushForward } from "./graph/jvp.ts";
import type { Node } from "./graph/node.ts";
import { cast, expand, iota, map, numberLeaf, reshape } from "./graph/record.ts";
import { dims } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { cotangentsOf, grad } from "./transforms.ts";
import { moveAxis, vmap } from "./transforms-batch.ts";
import { asVariables, mapTree, matched, tensorsOf } from "./transforms-trees.ts";

const zeroOf = (x: Node): Node => expand(numberLeaf(0, x.dtype, x.recorder), x.shape);
/** Computed only where something reads it: it was not asked for in itself. */
const unasked = (x: Node): void => {
  x.wanted = false;
  x.consumed = true;
};

/**
 * The value of f at x, and how it changes along a tangent, which has the structure and shapes of x.
 * @throws ShapeError if a tangent differs in shape.
 * @example
 * const { value, tangent } = jvp((x: Tensor) => x.mul(x), tensor([3]), tensor([1]));
 * await value.toArray(); // [9]
 * await tangent.toArray(); // [6]
 */
export function jvp<A, R>(f: (x: A) => R, x: A, tangent: A): { value: R; tangent: R } {
  checkFunction("jvp", f);
  return enableGrad(() => {
    const { variables, nodes } = asVariables("jvp", x);
    const { given } = matched("jvp", "tangent", "argument", x, tangent);
    const tangents = new Map(nodes.map((node, i) => [node, given[i] as Node]));
    for (const node of nodes) if (!node.needsGrad) tangents.delete(node); // integers are constants
    const value = f(variables);
    const outputs = tensorsOf(value).map((y) => y.x.node);
    const pushed = pushForward(outputs, tangents);
    for (const y of outputs) y.wanted = true; // though tangents may have read it
    let next = 0;
    const tangentOut = mapTree(value, () => {
      const dy = pushed[next] ?? zeroOf(outputs[next] as Node);
      next++;
      return new Tensor(dy);
    }) as R;
    return { value, tangent: tangentOut };
  });
}

/** Every unit vector of the space of x: `[n, …shape]` for n elements. */
function unitVectors(x: Node): Tensor {
  const { shape, dtype, recorder } = x;
  const n = shape.size;
  const row = iota(dims([n, 1]), "i32", recorder);
  const column = iota(dims([n]), "i32", recorder);
  return new Tensor(reshape(cast(map(eq, [row, column]), dtype), dims([n, ...shape.dims])));
}

/** For every tensor of R, a tree like A: of derivatives `[…shape of R, …shape of A]`. */
export type Jacobian<R, A> = R extends Tensor ? A : { [K in keyof R]: Jacobian<R[K], A> };

/** Where each output has its row of derivatives, by output and input. */
type Blocks = readonly (readonly Tensor[])[];

/** One pass back for each element of each output, all at once. */
function byRows(outputs: readonly Node[], inputs: readonly Node[]): Blocks {
  return outputs.map((y) => {
    const places = inputs.map((x) => new Tensor(x));
    const rows = vmap((dy: Tensor) => cotangentsOf(places, inputs, [y], [dy.node]));
    return rows(unitVectors(y)).map(({ node }, i) => {
      const { shape } = inputs[i] as Node;
      return new Tensor(reshape(node, dims([...y.shape.dims, ...shape.dims])));
    });
  });
}

/** One pass forward for each element of each input, all at once. */
function byColumns(outputs: readonly Node[], inputs: readonly Node[]): Blocks {
  const columns = inputs.map((x) => {
    const push = vmap((dx: Tensor) =>
      pushForward(outputs, new Map(x.needsGrad ? [[x, dx.node]] : [])).map(
        (dy, i) => new Tensor(dy ?? zeroOf(outputs[i] as Node)),
      ),
    );
    return push(unitVectors(x)).map(({ node }, i) => {
      const { shape } = outputs[i] as Node;
      const last = moveAxis(node, 0, shape.rank);
      return new Tensor(reshape(last, dims([...shape.dims, ...x.shape.dims])));
    });
  });
  return outputs.map((_, i) => columns.map((column) => column[i] as Tensor));
}

/** How a Jacobian is found: a pass for each input element, or for each output element. */
const passes = { forward: byColumns, reverse: byRows } as const;

/**
 * All derivatives of f by its first argument: for results of shape `[…m]` and arguments of shape
 * `[…n]`, a tensor `[…m, …n]`. Forward mode suits few inputs, reverse mode few outputs.
 * @example
 * await jacobian((x: Tensor) => x.mul(x))(tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian<A, R, Rest extends readonly unknown[]>(
  f: (x: A, ...rest: Rest) => R,
  { mode = "reverse" }: { readonly mode?: "forward" | "reverse" } = {},
): (x: A, ...rest: Rest) => Jacobian<R, A> {
  checkFunction("jacobian", f);
  const blocksOf = passes[mode];
  if (!blocksOf) throw badValue("jacobian", `"${mode}" is no mode: forward or reverse.`);
  return (x, ...rest) =>
    enableGrad(() => {
      const { variables, nodes } = asVariables("jacobian", x);
      const value = f(variables, ...rest);
      const outputs = tensorsOf(value).map((y) => y.x.node);
      const blocks = blocksOf(outputs, nodes);
      for (const y of outputs) unasked(y);
      let row = 0;
      return mapTree(value, () => {
        const block = blocks[row++] as readonly Tensor[];
        let column = 0;
        return mapTree(x, () => block[column++]);
      }) as Jacobian<R, A>;
    });
}

/**
 * All second derivatives of a function with one result, by its first argument: for `[…n]`, a tensor
 * `[…n, …n]`. Forward over reverse: a tangent of the gradient for each element.
 * @example
 * await hessian((x: Tensor) => x.mul(x).mul(x).sum())(tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 */
export const hessian = <A, Rest extends readonly unknown[]>(
  f: (x: A, ...rest: Rest) => Tensor,
): ((x: A, ...rest: Rest) => Jacobian<A, A>) => {
  checkFunction("hessian", f);
  return jacobian(grad(f), { mode: "forward" });
};
