/**
 * Module 2.16g — Indexing by data: positions are tensors of integers.
 *
 * Reading at positions fuses like any view; gradients scatter back. Positions outside the axis read
 * 0 and write nothing (the `check` decorator makes them an error): no operation looks at values
 * while recording.
 */
import { dtypes, isFloat, type Monoid, monoids } from "@mt/operators";
import { badValue, mismatch } from "../errors.ts";
import { gather, scatter } from "../graph/gathering.ts";
import type { Node } from "../graph/node.ts";
import { cast, expand } from "../graph/record.ts";
import { axisOf, type Dims, dims } from "../shape.ts";
import { permute } from "./moves.ts";

/** How updates are combined with what is there. */
export type Combining = "set" | "sum" | "prod" | "max" | "min";
const combinings: { readonly [C in Combining]: Monoid | null } = { set: null, ...monoids };

function positions(operation: string, index: Node): Node {
  const { kind } = dtypes[index.dtype];
  if (kind !== "integer")
    throw badValue(operation, `positions are integers; these are ${index.dtype}.`);
  return cast(index, "i32");
}

/** Elements of x at `index` along an axis; the axes of `index` stand in its place. */
export function take(x: Node, index: Node, axis: number): Node {
  return gather(x, positions("take", index), axisOf("take", axis, x.shape.dims));
}

/** The last axis for this one, and back. */
export const toLast = (x: Node, axis: number): Node =>
  permute(x, [...x.shape.dims.map((_, k) => k).filter((k) => k !== axis), axis]);
export const fromLast = (x: Node, axis: number): Node =>
  permute(
    x,
    x.shape.dims.map((_, k) => (k === axis ? x.shape.rank - 1 : k > axis ? k - 1 : k)),
  );

/** The shapes of x and of positions along one axis, broadcast over all others. */
function aligned(operation: string, x: Node, index: Node, axis: number): [Node, Node, number] {
  const k = axisOf(operation, axis, x.shape.dims);
  const both = without(x, k).with(without(index, k));
  if (x.shape.rank !== index.shape.rank || !both)
    throw mismatch(operation, [x.shape.dims, index.shape.dims], `all axes but ${k} must broadcast`);
  const spread = (y: Node): Node =>
    expand(y, dims(both.dims.toSpliced(k, 0, y.shape.dims[k] as number)));
  return [spread(x), spread(index), k];
}
const without = (x: Node, axis: number): Dims => dims(x.shape.dims.toSpliced(axis, 1));

/** out[…, i, …] = x[…, index[…, i, …], …]: a position for each element. */
export function takeAlong(given: Node, index: Node, axis: number, name = "takeAlong"): Node {
  const [x, places, k] = aligned(name, given, positions(name, index), axis);
  const last = x.shape.rank - 1;
  return fromLast(gather(toLast(x, k), toLast(places, k), last, last), k);
}

/** `x` with updates combined in at a position for each: the inverse of `takeAlong`. */
export function putAlong(
  given: Node,
  index: Node,
  updates: Node,
  axis: number,
  combining: Combining,
  name = "putAlong",
): Node {
  const x = holding(given, combining);
  const [base, places, k] = aligned(name, x, positions(name, index), axis);
  if (base.shape !== x.shape)
    throw mismatch(name, [x.shape.dims, index.shape.dims], "x is not repeated");
  const last = x.shape.rank - 1;
  const put = scatter(
    combiningOf(name, combining),
    toLast(x, k),
    toLast(places, k),
    toLast(fitted(name, updates, places.shape, x), k),
    last,
    last,
  );
  return fromLast(put, k);
}

/** `x` with slices of `updates` combined in at positions along an axis: the inverse of `take`. */
export function put(
  given: Node,
  index: Node,
  updates: Node,
  axis: number,
  combining: Combining,
  name = "put",
): Node {
  const x = holding(given, combining);
  const k = axisOf(name, axis, x.shape.dims);
  const to = dims(x.shape.dims.toSpliced(k, 1, ...index.shape.dims));
  const at = positions(name, index);
  return scatter(combiningOf(name, combining), x, at, fitted(name, updates, to, x), k);
}

/** Sums of bool are counts. */
const holding = (x: Node, combining: Combining): Node =>
  x.dtype === "bool" && combining === "sum" ? cast(x, "i32") : x;

/** Updates at the dtype of x, repeated to the shape that the positions ask for. */
function fitted(operation: string, updates: Node, to: Dims, x: Node): Node {
  if (isFloat(updates.dtype) && !isFloat(x.dtype))
    throw badValue(
      operation,
      `updates are ${updates.dtype}, x is ${x.dtype} and would lose fractions: cast one of them.`,
    );
  if (updates.shape.with(to) !== to)
    throw mismatch(
      operation,
      [updates.shape.dims, to.dims],
      "updates must have the second shape, or broadcast to it",
    );
  return expand(cast(updates, x.dtype), to);
}

function combiningOf(operation: string, combining: Combining): Monoid | null {
  if (!Object.hasOwn(combinings, combining))
    throw badValue(operation, `cannot combine by "${combining}": use set, sum, prod, max or min.`);
  return combinings[combining];
}
