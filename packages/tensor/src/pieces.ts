/**
 * Module 2.20b — Pieces and copies of a tensor: cut apart, moved round, repeated.
 *
 * All are views and joins of views, so they fuse with what makes and what takes their elements.
 */
import type { Shape } from "@mt/backend";
import { badValue, mismatch, show, wrongRank } from "./errors.ts";
import { concat } from "./functions.ts";
import { axisOf } from "./shape.ts";
import { nodeOf, type Tensor } from "./tensor.ts";

/** Elements start … start + count of one axis. */
const part = (x: Tensor, axis: number, start: number, count: number): Tensor =>
  x.slice(...new Array<null>(axis).fill(null), { start, end: start + count });

const count = (operation: string, what: string, n: unknown, least: number): number => {
  if (!(Number.isInteger(n) && (n as number) >= least))
    throw badValue(operation, `${what} ${String(n)} must be a whole number ≥ ${least}.`);
  return n as number;
};

/**
 * Pieces along an axis: of one size (the last may be smaller), or of these sizes.
 * @throws ShapeError if the sizes do not add up to the axis.
 * @example
 * split(tensor([1, 2, 3, 4, 5]), 2).map((x) => x.size); // [2, 2, 1]
 * split(tensor([1, 2, 3, 4, 5]), [1, 4]).map((x) => x.size); // [1, 4]
 */
export function split(x: Tensor, sizes: number | Shape, axis = 0): Tensor[] {
  const shape = nodeOf("split", x).shape.dims;
  const k = axisOf("split", axis, shape);
  const n = shape[k] as number;
  if (typeof sizes === "number") {
    const size = count("split", "a size of", sizes, 1);
    const pieces = Math.max(1, Math.ceil(n / size));
    return Array.from({ length: pieces }, (_, i) =>
      part(x, k, i * size, Math.min(size, n - i * size)),
    );
  }
  if (!Array.isArray(sizes))
    throw badValue("split", `${String(sizes)}: give a size, or a list of sizes.`);
  const list = sizes as Shape;
  const total = list.reduce((sum, size) => sum + count("split", "a size of", size, 0), 0);
  if (total !== n)
    throw mismatch("split", [shape], `sizes ${show(list)} add up to ${total}, not to ${n}`);
  let start = 0;
  return list.map((size) => {
    start += size;
    return part(x, k, start - size, size);
  });
}

/**
 * At most so many pieces of equal size along an axis (the last may be smaller).
 * @example
 * chunk(tensor([1, 2, 3, 4, 5]), 2).map((x) => x.size); // [3, 2]
 */
export function chunk(x: Tensor, pieces: number, axis = 0): Tensor[] {
  const shape = nodeOf("chunk", x).shape.dims;
  const k = axisOf("chunk", axis, shape);
  const size = Math.ceil((shape[k] as number) / count("chunk", "a number of", pieces, 1));
  return split(x, Math.max(1, size), k);
}

/**
 * Elements moved on along axes, those pushed off the end coming in at the start; without axes, in
 * row-major order.
 * @example
 * await roll(tensor([1, 2, 3]), 1).toArray(); // [3, 1, 2]
 */
export function roll(x: Tensor, shifts: number | Shape, axes?: number | Shape): Tensor {
  const shape = nodeOf("roll", x).shape.dims;
  const given = [shifts].flat() as number[];
  const wrong = given.findIndex((shift) => !Number.isInteger(shift));
  if (wrong >= 0) throw badValue("roll", `a shift of ${given[wrong]} must be a whole number.`);
  if (axes === undefined) {
    if (typeof shifts !== "number")
      throw badValue("roll", `several shifts ${show(given)} need as many axes.`);
    return rolled(x.reshape(-1), shifts, 0).reshape(shape);
  }
  const list = [axes].flat().map((axis) => axisOf("roll", axis, shape));
  const by = typeof shifts === "number" ? list.map(() => shifts) : given;
  if (by.length !== list.length)
    throw badValue("roll", `${by.length} shifts do not go with ${list.length} axes.`);
  return list.reduce((y, axis, k) => rolled(y, by[k] as number, axis), x);
}
function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const n = x.shape[axis] as number;
  const end = n === 0 ? 0 : ((shift % n) + n) % n;
  if (end === 0) return x;
  return concat([part(x, axis, n - end, end), part(x, axis, 0, n - end)], axis);
}

const repetitionsOf = (operation: string, repetitions: Shape): void => {
  for (const n of repetitions) count(operation, "a repetition", n, 0);
};
const padded = (sizes: Shape, rank: number): Shape => [
  ...new Array<number>(rank - sizes.length).fill(1),
  ...sizes,
];

/**
 * The tensor so many times along its last axes; more numbers than axes make new ones in front.
 * @example
 * await tile(tensor([1, 2]), 2).toArray(); // [1, 2, 1, 2]
 */
export function tile(x: Tensor, ...repetitions: number[]): Tensor {
  const { dims, rank } = nodeOf("tile", x).shape;
  repetitionsOf("tile", repetitions);
  const most = Math.max(rank, repetitions.length);
  const [sizes, times] = [padded(dims, most), padded(repetitions, most)];
  const apart = x.reshape(sizes.flatMap((n) => [1, n]));
  const spread = apart.expand(sizes.flatMap((n, k) => [times[k] as number, n]));
  return spread.reshape(sizes.map((n, k) => n * (times[k] as number)));
}

/**
 * The tensor so many times along each axis, a number for every one of them.
 * @throws ShapeError for fewer numbers than axes: `tile` takes those.
 * @example
 * await repeat(tensor([[1], [2]]), 1, 2).toArray(); // [[1, 1], [2, 2]]
 */
export function repeat(x: Tensor, ...repetitions: number[]): Tensor {
  const { dims, rank } = nodeOf("repeat", x).shape;
  repetitionsOf("repeat", repetitions);
  if (repetitions.length < rank)
    throw wrongRank("repeat", dims, `${show(repetitions)} needs a number for each`);
  return tile(x, ...repetitions);
}

/**
 * Each element so many times in a row, along an axis; without one, of all in row-major order.
 * @example
 * await repeatInterleave(tensor([1, 2]), 2).toArray(); // [1, 1, 2, 2]
 */
export function repeatInterleave(x: Tensor, repetitions: number, axis?: number): Tensor {
  const sizes = nodeOf("repeatInterleave", x).shape.dims;
  repetitionsOf("repeatInterleave", [repetitions]);
  if (axis === undefined) return repeatInterleave(x.reshape(-1), repetitions, 0);
  const k = axisOf("repeatInterleave", axis, sizes);
  const spread = x.unsqueeze(k + 1).expand(sizes.toSpliced(k + 1, 0, repetitions));
  return spread.reshape(sizes.with(k, (sizes[k] as number) * repetitions));
}
