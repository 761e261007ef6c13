/**
 * Module 2.20c — Matrices by their diagonals.
 *
 * Each is a comparison of a row's number with a column's: a map that fuses, without data of its own.
 */
import { add, eq, le, type Operator, where } from "@mt/operators";
import { badValue, wrongRank } from "./errors.ts";
import type { Node, Recorder } from "./graph/node.ts";
import { iota, map, numberLeaf, reshape } from "./graph/record.ts";
import { pad } from "./operations/moves.ts";
import { dims } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/** The number of each row `[m, 1]` and of each column `[1, n]`. */
const places = (rows: number, columns: number, recorder: Recorder): [Node, Node] => [
  iota(dims([rows, 1]), "i32", recorder),
  iota(dims([1, columns]), "i32", recorder),
];
const whole = (operation: string, offset: number): number => {
  if (!Number.isInteger(offset))
    throw badValue(operation, `an offset of ${String(offset)} must be a whole number.`);
  return offset;
};

/** x on one side of a diagonal of its last two axes, 0 elsewhere. */
function triangle(operation: string, of: Tensor, offset: number, above: boolean): Tensor {
  const x = nodeOf(operation, of);
  if (x.shape.rank < 2) throw wrongRank(operation, x.shape.dims, "two or more are needed");
  const [m, n] = x.shape.dims.slice(-2) as [number, number];
  const [row, column] = places(m, n, x.recorder);
  const start = map(add, [row, numberLeaf(whole(operation, offset), "i32", x.recorder)]);
  const inside = map(le, above ? [start, column] : [column, start]);
  const zero = numberLeaf(0, x.dtype, x.recorder);
  return new Tensor(map(where as Operator, [inside, x, zero], operation));
}

/**
 * The upper triangle of matrices: elements on and above a diagonal, 0 below; the main one, or so
 * many above it.
 * @example
 * await triu(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 2], [0, 4]]
 */
export const triu = (x: Tensor, offset = 0): Tensor => triangle("triu", x, offset, true);

/**
 * The lower triangle of matrices: elements on and below a diagonal, 0 above.
 * @example
 * await tril(tensor([[1, 2], [3, 4]])).toArray(); // [[1, 0], [3, 4]]
 */
export const tril = (x: Tensor, offset = 0): Tensor => triangle("tril", x, offset, false);

/**
 * A vector as the diagonal of a matrix of zeros, or the diagonal of a matrix as a vector; the main
 * diagonal, or so many above it.
 * @example
 * await diag(tensor([1, 2])).toArray(); // [[1, 0], [0, 2]]
 * await diag(tensor([[1, 2], [3, 4]]), 1).toArray(); // [2]
 */
export function diag(x: Tensor, offset = 0): Tensor {
  const { shape, recorder } = nodeOf("diag", x);
  const [above, below] = [Math.max(0, whole("diag", offset)), Math.max(0, -offset)];
  if (shape.rank === 2) return x.slice({ start: below }, { start: above }).diagonal();
  if (shape.rank !== 1)
    throw wrongRank("diag", shape.dims, "it takes a vector or a matrix; diagonal() takes more");
  const size = shape.size + above + below;
  // element i lies in row i if the diagonal is above the main one, else in column i
  const along = pad(x.node, [[0, above + below]]);
  const [row, column] = places(size, size, recorder);
  const vector = reshape(along, dims(above ? [size, 1] : [1, size]));
  const isOn = map(eq, [column, map(add, [row, numberLeaf(offset, "i32", recorder)])]);
  const zero = numberLeaf(0, x.dtype, recorder);
  return new Tensor(map(where as Operator, [isOn, vector, zero], "diag"));
}
