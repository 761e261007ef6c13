/** Module 2.16i — Pieces and copies of a tensor: cut apart, repeated, moved round. */
import type { Shape } from "@mt/backend";
import { badValue, mismatch, show, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { expand, move, reshape } from "../graph/record.ts";
import { axisOf, dims } from "../shape.ts";
import { concatenate, slice } from "./moves.ts";

/** Elements start … start + count of one axis. */
function part(x: Node, axis: number, start: number, count: number): Node {
  const whole = x.shape.dims.flatMap((n, k) => (k === axis ? [start, count, 1] : [0, n, 1]));
  return count === x.shape.dims[axis] ? x : move("slice", x, whole);
}
const count = (operation: string, what: string, n: unknown, least: number): number => {
  if (!(Number.isInteger(n) && (n as number) >= least))
    throw badValue(operation, `${what} ${String(n)} must be a whole number ≥ ${least}.`);
  return n as number;
};

/**
 * What stands at these positions of the first axes; negative ones count from the end.
 * @throws ShapeError for a position that is not there.
 * @example
 * await tensor([[1, 2], [3, 4]]).at(-1, 0).item(); // 3
 */
export const at = (x: Node, ...positions: number[]): Node => slice(x, positions, "at");

/**
 * Neighboring axes as one: all of them, or those from `start` to `end`, both included.
 * @example
 * ones([2, 3, 4]).flatten(1).shape; // [2, 12]
 */
export function flatten(x: Node, start = 0, end = -1): Node {
  const shape = x.shape.dims;
  if (shape.length === 0) return reshape(x, dims([1]));
  const [first, last] = [axisOf("flatten", start, shape), axisOf("flatten", end, shape)];
  if (last < first) throw badValue("flatten", `axis ${end} comes before axis ${start}.`);
  const size = shape.slice(first, last + 1).reduce((n, s) => n * s, 1);
  return reshape(x, dims(shape.toSpliced(first, last + 1 - first, size)));
}

/**
 * Pieces along an axis: of one size (the last may be smaller), or of these sizes.
 * @throws ShapeError if the sizes do not add up to the axis.
 * @example
 * tensor([1, 2, 3, 4, 5]).split(2).map((x) => x.size); // [2, 2, 1]
 * tensor([1, 2, 3, 4, 5]).split([1, 4]).map((x) => x.size); // [1, 4]
 */
export function split(x: Node, sizes: number | Shape, axis = 0): readonly Node[] {
  const k = axisOf("split", axis, x.shape.dims);
  const n = x.shape.dims[k] as number;
  if (typeof sizes === "number") {
    const size = count("split", "a size of", sizes, 1);
    const pieces = Math.max(1, Math.ceil(n / size));
    return Array.from({ length: pieces }, (_, i) =>
      part(x, k, i * size, Math.min(size, n - i * size)),
    );
  }
  if (!Array.isArray(sizes))
    throw badValue("split", `${String(sizes)}: give a size, or a list of sizes.`);
  const total = (sizes as Shape).reduce(
    (sum, size) => sum + count("split", "a size of", size, 0),
    0,
  );
  if (total !== n)
    throw mismatch("split", [x.shape.dims], `sizes ${show(sizes)} add up to ${total}, not to ${n}`);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return part(x, k, start - size, size);
  });
}

/**
 * At most so many pieces of equal size along an axis (the last may be smaller).
 * @example
 * tensor([1, 2, 3, 4, 5]).chunk(2).map((x) => x.size); // [3, 2]
 */
export function chunk(x: Node, pieces: number, axis = 0): readonly Node[] {
  const k = axisOf("chunk", axis, x.shape.dims);
  const n = x.shape.dims[k] as number;
  return split(x, Math.max(1, Math.ceil(n / count("chunk", "a number of", pieces, 1))), k);
}

/**
 * Elements moved on along axes, those pushed off the end coming in at the start; without axes, in
 * row-major order.
 * @example
 * await tensor([1, 2, 3]).roll(1).toArray(); // [3, 1, 2]
 */
export function roll(x: Node, shifts: number | Shape, axes?: number | Shape): Node {
  const wrong = [shifts].flat().findIndex((shift) => !Number.isInteger(shift));
  if (wrong >= 0)
    throw badValue("roll", `a shift of ${[shifts].flat()[wrong]} must be a whole number.`);
  if (axes === undefined) {
    if (typeof shifts !== "number")
      throw badValue("roll", `several shifts ${show(shifts)} need as many axes.`);
    return reshape(rolled(reshape(x, dims([x.shape.size])), shifts, 0), x.shape);
  }
  const list = [axes].flat().map((axis) => axisOf("roll", axis, x.shape.dims));
  const by = typeof shifts === "number" ? list.map(() => shifts) : shifts;
  if (by.length !== list.length)
    throw badValue("roll", `${by.length} shifts do not go with ${list.length} axes.`);
  return list.reduce((y, axis, k) => rolled(y, by[k] as number, axis), x);
}
function rolled(x: Node, shift: number, axis: number): Node {
  const n = x.shape.dims[axis] as number;
  const end = n === 0 ? 0 : ((shift % n) + n) % n;
  if (end === 0) return x;
  return concatenate([part(x, axis, n - end, end), part(x, axis, 0, n - end)], axis);
}

/** Every axis so many times in a row, with `repetitions` for each. */
function copies(x: Node, repetitions: Shape): Node {
  const sizes = x.shape.dims;
  const kept = reshape(x, dims(sizes.flatMap((n) => [1, n])));
  const spread = expand(kept, dims(sizes.flatMap((n, k) => [repetitions[k] as number, n])));
  return reshape(spread, dims(sizes.map((n, k) => n * (repetitions[k] as number))));
}
const padded = (sizes: Shape, rank: number): Shape => [
  ...new Array<number>(rank - sizes.length).fill(1),
  ...sizes,
];

/**
 * The tensor so many times along its last axes; more numbers than axes make new ones in front.
 * @example
 * await tensor([1, 2]).tile(2).toArray(); // [1, 2, 1, 2]
 */
export function tile(x: Node, ...repetitions: number[]): Node {
  for (const n of repetitions) count("tile", "a repetition", n, 0);
  const rank = Math.max(x.shape.rank, repetitions.length);
  return copies(reshape(x, dims(padded(x.shape.dims, rank))), padded(repetitions, rank));
}

/**
 * The tensor so many times along each axis, a number for every one of them.
 * @throws ShapeError for fewer numbers than axes: `tile` takes those.
 * @example
 * await tensor([[1], [2]]).repeat(1, 2).toArray(); // [[1, 1], [2, 2]]
 */
export function repeat(x: Node, ...repetitions: number[]): Node {
  for (const n of repetitions) count("repeat", "a repetition", n, 0);
  if (repetitions.length < x.shape.rank)
    throw wrongRank("repeat", x.shape.dims, `${show(repetitions)} needs a number for each`);
  return tile(x, ...repetitions);
}

/**
 * Each element so many times in a row, along an axis; without one, of all in row-major order.
 * @example
 * await tensor([1, 2]).repeatInterleave(2).toArray(); // [1, 1, 2, 2]
 */
export function repeatInterleave(x: Node, repetitions: number, axis?: number): Node {
  count("repeatInterleave", "a repetition", repetitions, 0);
  if (axis === undefined) return repeatInterleave(reshape(x, dims([x.shape.size])), repetitions, 0);
  const k = axisOf("repeatInterleave", axis, x.shape.dims);
  const sizes = x.shape.dims;
  const apart = reshape(x, dims(sizes.toSpliced(k + 1, 0, 1)));
  const spread = expand(apart, dims(sizes.toSpliced(k + 1, 0, repetitions)));
  return reshape(spread, dims(sizes.with(k, (sizes[k] as number) * repetitions)));
}
