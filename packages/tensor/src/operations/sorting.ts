/**
 * Module 2.16h — Sorting: positions first, values by them.
 *
 * A device that sorts does so in one kernel; on others a bitonic network of maps does, comparing
 * (value, position) pairs, so that equal values keep their order. NaN counts as the greatest.
 */
import { noGrad } from "@mt/autodiff";
import type { ArgsortKernel, Backend } from "@mt/backend";
import {
  binary,
  bitAnd,
  eq,
  isFloat,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  ne,
  type Operator,
  ternary,
  where,
  writtenLater,
} from "@mt/operators";
import { mismatch } from "../errors.ts";
import { argsort as argsortKernel } from "../graph/custom.ts";
import type { Node } from "../graph/node.ts";
import { cast, expand, iota, map, numberLeaf, reshape } from "../graph/record.ts";
import { axesOf, axisOf, dims } from "../shape.ts";
import { fromLast, takeAlong, toLast } from "./indexing.ts";
import { flip, pad, permute, reshape as reshapeTo, slice } from "./moves.ts";
import type { Axes, ReduceOptions } from "./reductions.ts";

const known = new WeakMap<Backend, boolean>();
function hasArgsort(backend: Backend): boolean {
  let has = known.get(backend);
  if (has === undefined) {
    const place = { offset: 0, strides: [1] };
    const input = { kind: "read", slot: 0, dtype: "f32", guards: [], fill: 0, ...place } as const;
    const kernel: ArgsortKernel = {
      kind: "argsort",
      outer: [],
      length: 2,
      input,
      slot: 1,
      descending: false,
    };
    has = backend.claims(kernel);
    known.set(backend, has);
  }
  return has;
}

/** Whether (x, i) stands before (y, j); positions from `end` on are padding and stand last. */
const before = (descending: boolean): Operator<5> =>
  writtenLater(
    descending ? "beforeDown" : "beforeUp",
    (x, i, y, j, end) => {
      const greater = (a: typeof x, b: typeof x) => lt(b, a);
      const ahead = descending ? greater : lt;
      const [xNaN, yNaN] = [ne(x, x), ne(y, y)];
      const [odd, even] = descending ? [xNaN, yNaN] : [yNaN, xNaN];
      const byNaN = logicalAnd(odd, logicalNot(even));
      const noNaN = logicalNot(logicalOr(xNaN, yNaN));
      const same = logicalOr(eq(x, y), logicalAnd(xNaN, yNaN));
      const byValue = logicalOr(byNaN, logicalAnd(noNaN, ahead(x, y)));
      const inOrder = logicalOr(byValue, logicalAnd(same, lt(i, j)));
      const [xIn, yIn] = [lt(i, end), lt(j, end)];
      const bothIn = logicalAnd(xIn, yIn);
      const bothOut = logicalNot(logicalOr(xIn, yIn));
      return logicalOr(
        logicalOr(logicalAnd(bothIn, inOrder), logicalAnd(xIn, logicalNot(yIn))),
        logicalAnd(bothOut, lt(i, j)),
      );
    },
    5,
  );
const orders: readonly [up: Operator<5>, down: Operator<5>] = [before(false), before(true)];
/** Whether the pair at position p keeps the one that stands before: lower half of a rising block. */
const keepsFirst: Operator<3> = ternary(
  "keepsFirst",
  (p, half, block) => eq(eq(bitAnd(p, half), 0), eq(bitAnd(p, block), 0)),
  { dtype: "u32" },
);
const choose: Operator<4> = writtenLater(
  "choose",
  (isBefore, wantsFirst, x, y) => where(eq(isBefore, wantsFirst), x, y),
  4,
);

/** Positions that put the last axis in order, by a bitonic network. */
function network(x: Node, descending: boolean): Node {
  const n = x.shape.dims[x.shape.rank - 1] as number;
  const size = 2 ** Math.ceil(Math.log2(n));
  const rows = reshapeTo(x, [-1, n]);
  const whole = dims([rows.shape.dims[0] as number, size]);
  const { recorder } = x;
  let values = pad(rows, [[0, size - n]]);
  // positions are compared beside the values, and i32 does not mix with u32
  const counting = x.dtype === "u32" ? "u32" : "i32";
  let places = expand(iota(dims([1, size]), counting, recorder), whole);
  const end = numberLeaf(n, counting, recorder);
  const p = iota(dims([1, size]), "u32", recorder);
  const number = (v: number): Node => numberLeaf(v, "u32", recorder);
  for (let block = 2; block <= size; block *= 2)
    for (let half = block / 2; half >= 1; half /= 2) {
      const partner = (y: Node): Node =>
        reshape(flip(reshapeTo(y, [-1, size / (2 * half), 2, half]), 2), whole);
      const [otherValues, otherPlaces] = [partner(values), partner(places)];
      const isBefore = map(orders[descending ? 1 : 0], [
        ...[values, places],
        ...[otherValues, otherPlaces, end],
      ]);
      const wants = map(keepsFirst, [p, number(half), number(block)]);
      values = map(choose, [isBefore, wants, values, otherValues]);
      places = map(choose, [isBefore, wants, places, otherPlaces]);
    }
  return cast(reshapeTo(slice(places, null, { end: n }), x.shape.dims), "i32");
}

/** Positions (i32) that put an axis in order, stably. */
export function argsort(x: Node, axis: number, descending: boolean, name = "argsort"): Node {
  const k = axisOf(name, axis, x.shape.dims);
  if (x.shape.size === 0) return cast(x, "i32");
  const last = toLast(x, k);
  const sorts = hasArgsort(x.recorder.backend);
  return fromLast(
    noGrad(() => (sorts ? argsortKernel : network)(last, descending)),
    k,
  );
}

export interface Sorted {
  readonly values: Node;
  readonly indices: Node;
}
export function sort(x: Node, axis: number, descending: boolean): Sorted {
  const indices = argsort(x, axis, descending, "sort");
  return { values: takeAlong(x, indices, axis), indices };
}

/** The first `count` of an axis in order. */
export function topk(x: Node, count: number, axis: number, largest: boolean): Sorted {
  const k = axisOf("topk", axis, x.shape.dims);
  const n = x.shape.dims[k] as number;
  if (!(Number.isInteger(count) && count >= 0 && count <= n))
    throw mismatch(
      "topk",
      [x.shape.dims],
      `cannot take ${count} of the ${n} elements of axis ${k}`,
    );
  const first = x.shape.dims.map((_, d) => (d === k ? { end: count } : null));
  const indices = slice(argsort(x, k, largest), ...first);
  return { values: takeAlong(x, indices, k), indices };
}

/** NaN stands last in order: if there is one, it is what there is to say. */
const unlessNaN: Operator<2> = binary("unlessNaN", (x, last) => where(ne(last, last), last, x));

/** The middle of the elements of some axes in order; of two, the lower one. */
export function median(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const shape = x.shape.dims;
  const list = axesOf("median", axes, shape);
  const empty = list.find((k) => shape[k] === 0);
  if (empty !== undefined) throw mismatch("median", [shape], `axis ${empty} has no elements`);
  if (list.length === 0) return x;
  const others = shape.map((_, k) => k).filter((k) => !list.includes(k));
  const sizes = others.map((k) => shape[k] as number);
  const n = list.reduce((count, k) => count * (shape[k] as number), 1);
  const rows = reshape(permute(x, [...others, ...list]), dims([...sizes, n]));
  const { values } = sort(rows, -1, false);
  const [middle, last] = [Math.floor((n - 1) / 2), n - 1].map((place) =>
    slice(values, ...sizes.map(() => null), place),
  ) as [Node, Node];
  const y = isFloat(x.dtype) ? map(unlessNaN, [middle, last]) : middle;
  return options?.keepDims ? reshape(y, dims(shape.map((s, k) => (list.includes(k) ? 1 : s)))) : y;
}
