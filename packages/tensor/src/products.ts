/** Module 2.20a — Products of several tensors, by the axes they share. */
import { mul } from "@mt/operators";
import { mismatch } from "./errors.ts";
import { map } from "./graph/record.ts";
import * as sums from "./operations/einsum.ts";
import { promoted } from "./operations/lift.ts";
import { reshape } from "./operations/moves.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/**
 * Sums of products in Einstein's notation: a letter for each axis; letters missing after the arrow
 * are summed over, a letter that one operand has twice is its diagonal, `...` stands for all other
 * axes, which broadcast. Without an arrow the letters that occur once remain, in their alphabetical
 * order. Several operands are multiplied in pairs, the cheapest first.
 * @throws ShapeError naming the label whose sizes differ.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await einsum("ij,j->i", x, tensor([1, 10])).toArray(); // [21, 43]
 * await einsum("ii", x).item(); // 5
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor =>
  new Tensor(
    sums.einsum(
      equation,
      operands.map((x) => nodeOf("einsum", x)),
    ),
  );

/**
 * Sums products over axes of both: over so many last axes of the first and first axes of the second,
 * or over two lists of axes.
 * @throws ShapeError if sizes that belong together differ.
 * @example
 * tensordot(ones([2, 3, 4]), ones([4, 3, 5]), [[1, 2], [1, 0]]).shape; // [2, 5]
 */
export const tensordot = (
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor => new Tensor(sums.tensordot(nodeOf("tensordot", a), nodeOf("tensordot", b), axes));

/**
 * Every element of the first times every element of the second: `[…n] × […m] → […n, …m]`.
 * @example
 * await outer(tensor([1, 2]), tensor([1, 10])).toArray(); // [[1, 10], [2, 20]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [x, y] = promoted("outer", nodeOf("outer", a), nodeOf("outer", b));
  const spread = reshape(x, [...a.shape, ...b.shape.map(() => 1)]);
  return new Tensor(map(mul, [spread, y], "outer"));
}

/**
 * The sum of products of two vectors of one length.
 * @throws ShapeError for anything else.
 * @example
 * await dot(tensor([1, 2]), tensor([3, 4])).item(); // 11
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [nodeOf("dot", a).shape, nodeOf("dot", b).shape];
  if (x.rank !== 1 || y.rank !== 1 || x !== y)
    throw mismatch("dot", [x.dims, y.dims], "it takes two vectors of one length");
  return tensordot(a, b, 1);
}
