/** Module 2.18a — Regular tensors: even steps, grids, identities, classes as rows of 0 and 1. */
import {
  add,
  div,
  eq,
  isFloat,
  lt,
  mul,
  type Operator,
  sub,
  where,
  writtenLater,
} from "@mt/operators";
import { placed, type TensorOptions } from "./create.ts";
import { badValue, wrongRank } from "./errors.ts";
import { nodesOf } from "./functions.ts";
import { cast, expand, iota, map, numberLeaf, reshape } from "./graph/record.ts";
import { dims } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/** Counted from the nearer end, so that both ends are exact and the steps symmetric. */
const spaced: Operator<4> = writtenLater(
  "linspace",
  (i, start, end, last) => {
    const step = div(sub(end, start), last);
    return where(lt(mul(2, i), last), add(start, mul(step, i)), sub(end, mul(step, sub(last, i))));
  },
  4,
);

/**
 * So many numbers in even steps from start to end, both included.
 * @example
 * await linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(
  start: number,
  end: number,
  count: number,
  options: TensorOptions = {},
): Tensor {
  const { device, dtype, to } = placed("linspace", [count], options);
  const number = (x: number): Parameters<typeof map>[1][number] =>
    numberLeaf(x, isFloat(dtype) ? dtype : "f32", device);
  const last = Math.max(1, count - 1);
  const index = cast(iota(to, "i32", device), isFloat(dtype) ? dtype : "f32");
  // a single number is the start
  const values = [number(start), number(count === 1 ? start : end), number(last)];
  return new Tensor(cast(map(spaced, [index, ...values]), dtype));
}

/**
 * The identity: 1 where row and column are equal, 0 elsewhere.
 * @example
 * await eye(2).toArray(); // [[1, 0], [0, 1]]
 */
export function eye(rows: number, columns: number = rows, options: TensorOptions = {}): Tensor {
  const { device, dtype, to } = placed("eye", [rows, columns], options);
  const row = iota(dims([rows, 1]), "i32", device);
  const column = iota(dims([1, columns]), "i32", device);
  return new Tensor(expand(cast(map(eq, [row, column]), dtype), to));
}

/**
 * For vectors x, y, …: tensors of all their sizes with x along the first axis, y along the second, …;
 * with `indexing: "xy"` the first two axes change places, as for images.
 * @example
 * const [x, y] = meshgrid([tensor([1, 2]), tensor([3, 4, 5])]);
 * await y!.toArray(); // [[3, 4, 5], [3, 4, 5]]
 */
export function meshgrid(
  vectors: readonly Tensor[],
  { indexing = "ij" }: { readonly indexing?: "ij" | "xy" } = {},
): Tensor[] {
  const wrong = nodesOf("meshgrid", vectors).find((v) => v.shape.rank !== 1);
  if (wrong) throw wrongRank("meshgrid", wrong.shape.dims, "it takes vectors");
  if (indexing !== "ij" && indexing !== "xy")
    throw badValue("meshgrid", `indexing is "${String(indexing)}": give "ij" or "xy".`);
  const order = vectors.map((_, k) =>
    indexing === "xy" && vectors.length > 1 && k < 2 ? 1 - k : k,
  );
  const to = dims(order.map((k) => (vectors[k] as Tensor).size));
  return vectors.map((v, k) => {
    const along = order.map((axis) => (axis === k ? v.size : 1));
    return new Tensor(expand(reshape(v.node, dims(along)), to));
  });
}

/**
 * A new last axis of so many classes: 1 at the index that stood there, 0 elsewhere (everywhere if it
 * is no class).
 * @example
 * await oneHot(tensor([2, 0]), 3).toArray(); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(
  indices: Tensor,
  classes: number,
  { dtype = "f32" }: Pick<TensorOptions, "dtype"> = {},
): Tensor {
  const node = nodeOf("oneHot", indices);
  const { device, to } = placed("oneHot", [classes], { dtype, backend: indices.backend });
  const index = reshape(node, dims([...node.shape.dims, 1]));
  const position = iota(to, "i32", device);
  // u8 and u32 as i32, which holds every class; a fraction is none
  const comparable = isFloat(node.dtype) ? index : cast(index, "i32");
  return new Tensor(cast(map(eq, [comparable, position]), dtype));
}
