/**
 * Module 2.16g — Indexing by data: positions are tensors of integers.
 *
 * Reading at positions fuses like any view; gradients scatter back. Positions outside the axis read
 * 0 and write nothing (the `check` decorator makes them an error): no operation looks at values
 * while recording.
 */
import { dtypes, type Monoid, monoids } from "@mt/operators";
import { badValue, mismatch } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { cast, gather, scatter } from "../graph/record.ts";
import { axisOf } from "../shape.ts";
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

function aligned(operation: string, x: Node, index: Node, axis: number): number {
  const k = axisOf(operation, axis, x.shape.dims);
  const fits =
    x.shape.rank === index.shape.rank &&
    x.shape.dims.every((n, d) => d === k || n === index.shape.dims[d]);
  if (!fits)
    throw mismatch(operation, [x.shape.dims, index.shape.dims], `all axes but ${k} must be equal`);
  return k;
}

/** out[…, i, …] = x[…, index[…, i, …], …]: a position for each element. */
export function takeAlong(x: Node, index: Node, axis: number): Node {
  const k = aligned("takeAlong", x, index, axis);
  const last = x.shape.rank - 1;
  const at = toLast(positions("takeAlong", index), k);
  return fromLast(gather(toLast(x, k), at, last, last), k);
}

/** `x` with updates combined in at a position for each: the inverse of `takeAlong`. */
export function putAlong(
  x: Node,
  index: Node,
  updates: Node,
  axis: number,
  combining: Combining,
): Node {
  const k = aligned("putAlong", x, index, axis);
  if (updates.shape !== index.shape)
    throw mismatch(
      "putAlong",
      [updates.shape.dims, index.shape.dims],
      "there must be a position for each update",
    );
  const last = x.shape.rank - 1;
  const at = toLast(positions("putAlong", index), k);
  const put = scatter(
    combiningOf("putAlong", combining),
    toLast(x, k),
    at,
    toLast(cast(updates, x.dtype), k),
    last,
    last,
  );
  return fromLast(put, k);
}

/** `x` with slices of `updates` combined in at positions along an axis: the inverse of `take`. */
export function put(x: Node, index: Node, updates: Node, axis: number, combining: Combining): Node {
  const k = axisOf("put", axis, x.shape.dims);
  const expected = [...x.shape.dims.slice(0, k), ...index.shape.dims, ...x.shape.dims.slice(k + 1)];
  const fits =
    expected.length === updates.shape.rank && expected.every((n, d) => n === updates.shape.dims[d]);
  if (!fits)
    throw mismatch("put", [updates.shape.dims, expected], "updates must have the second shape");
  const at = positions("put", index);
  return scatter(combiningOf("put", combining), x, at, cast(updates, x.dtype), k);
}

function combiningOf(operation: string, combining: Combining): Monoid | null {
  if (!Object.hasOwn(combinings, combining))
    throw badValue(operation, `cannot combine by "${combining}": use set, sum, prod, max or min.`);
  return combinings[combining];
}
