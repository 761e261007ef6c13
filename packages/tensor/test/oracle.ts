/**
 * Module 2 — What a recorded graph means, element by element.
 *
 * One loop over indices for each kind of node, written from the definitions: no views, no linear
 * forms, no kernels, nothing shared with the scheduler. Slow, and easy to check by reading.
 */

import type { ArgsortKernel, Read } from "@mt/backend";
import {
  argument,
  type DType,
  dtypes,
  isFloat,
  type Monoid,
  monoids,
  type TypedArray,
} from "@mt/operators";
import type { Gathering } from "../src/graph/attributes.ts";
import type { Kind, Node, NodeOf } from "../src/graph/node.ts";
import type { MoveKind } from "../src/views/move.ts";

type Shape = readonly number[];

/** Every index of a shape, the last axis fastest. */
export function* indicesOf(shape: Shape): Generator<number[]> {
  if (shape.includes(0)) return;
  const index = shape.map(() => 0);
  for (;;) {
    yield [...index];
    let axis = shape.length - 1;
    while (axis >= 0 && ++(index[axis] as number) === shape[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

const flat = (index: Shape, shape: Shape): number =>
  index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0);
const inside = (index: Shape, shape: Shape): boolean =>
  index.every((i, axis) => i >= 0 && i < (shape[axis] as number));
/** Where an element of a broadcast array comes from. */
const broadcastFrom = (index: Shape, from: Shape): number[] =>
  from.map((n, axis) => (n === 1 ? 0 : (index[index.length - from.length + axis] as number)));

/** Folds floats in f64 and rounds once, as the reference device states; others step by step. */
function folding(monoid: Monoid, dtype: DType): (total: number, x: number) => number {
  if (isFloat(dtype) && monoid === monoids.sum) return (total, x) => total + x;
  if (isFloat(dtype) && monoid === monoids.prod) return (total, x) => total * x;
  return monoid.combine.compiled(dtype, dtype);
}

type Reader = (index: Shape) => number[] | null;
/** For each move, the input index that an output index reads; null: padding. */
const readers: { readonly [K in Exclude<MoveKind, "reshape">]: (node: NodeOf<"move">) => Reader } =
  {
    permute: ({ by }) => {
      const back = by.parameters.map((_, axis) => by.parameters.indexOf(axis));
      return (index) => back.map((k) => index[k] as number);
    },
    expand:
      ({ by }) =>
      (index) =>
        broadcastFrom(index, by.from.dims),
    pad:
      ({ by }) =>
      (index) => {
        const from = index.map((i, axis) => i - (by.parameters[2 * axis] as number));
        return inside(from, by.from.dims) ? from : null;
      },
    slice:
      ({ by: { parameters } }) =>
      (index) =>
        index.map(
          (i, axis) => (parameters[3 * axis] as number) + i * (parameters[3 * axis + 2] as number),
        ),
    diagonal:
      ({ by: { parameters, from } }) =>
      (index) => {
        const kept = index.slice(0, -1);
        const position = index[index.length - 1] as number;
        return from.dims.map((_, axis) =>
          parameters.includes(axis) ? position : (kept.shift() as number),
        );
      },
    window: ({ by: { parameters } }) => {
      const [axis, , step, dilation] = parameters as [number, number, number, number];
      return (index) => {
        const place = index[index.length - 1] as number;
        return index.slice(0, -1).map((i, k) => (k === axis ? i * step + place * dilation : i));
      };
    },
  };

type Values = Map<Node, readonly number[]>;
const meanings: {
  readonly [K in Kind]: (node: NodeOf<K>, of: (input: number) => readonly number[]) => number[];
} = {
  leaf: ({ by, shape, value, number }) =>
    by.source === "data"
      ? Array.from(value?.host as TypedArray)
      : by.source === "number"
        ? [number as number]
        : Array.from({ length: shape.size }, (_, i) => i),
  map: ({ by, inputs, shape }, of) => {
    const f = by.compiled(...inputs.map((x) => x.dtype));
    const elements = inputs.map((_, k) => of(k));
    return Array.from(indicesOf(shape.dims), (index) =>
      f(
        ...inputs.map((x, k) => {
          const from = x.shape.dims;
          return (elements[k] as readonly number[])[
            flat(broadcastFrom(index, from), from)
          ] as number;
        }),
      ),
    );
  },
  reduce: ({ by: { monoid, axes, from, running }, dtype, shape }, of) => {
    const fold = folding(monoid, dtype);
    if (running) return runningFold(of(0), from.dims, axes[0] as number, fold);
    const out = new Array<number>(shape.size).fill(monoid.identity(dtype));
    const x = of(0);
    for (const index of indicesOf(from.dims)) {
      const at = flat(
        index.filter((_, axis) => !axes.includes(axis)),
        shape.dims,
      );
      out[at] = fold(out[at] as number, x[flat(index, from.dims)] as number);
    }
    return out;
  },
  move: (node, of) => {
    const x = of(0);
    const { move, from, fill } = node.by;
    if (move === "reshape") return [...x];
    const read = readers[move](node);
    return Array.from(indicesOf(node.shape.dims), (index) => {
      const place = read(index);
      return place ? (x[flat(place, from.dims)] as number) : dtypes[node.dtype].fromFloat(fill);
    });
  },
  contract: ({ by, shape, inputs }, of) => {
    const out = new Array<number>(shape.size).fill(0);
    const elements = inputs.map((_, k) => of(k));
    for (const labels of indicesOf(by.extents)) {
      const coordinates = (forms: typeof by.out): number[] =>
        forms.map(({ offset, strides }) =>
          strides.reduce((sum, c, l) => sum + c * (labels[l] as number), offset),
        );
      const to = coordinates(by.out);
      if (!inside(to, shape.dims)) continue;
      let product = 1;
      let counts = true;
      by.operands.forEach((forms, k) => {
        const from = (by.shapes[k] as { dims: Shape }).dims;
        const at = coordinates(forms);
        if (inside(at, from)) product *= (elements[k] as number[])[flat(at, from)] as number;
        else counts = false;
      });
      if (counts) out[flat(to, shape.dims)] = (out[flat(to, shape.dims)] as number) + product;
    }
    return out;
  },
  gather: ({ by, shape }, of) =>
    Array.from(indicesOf(shape.dims), (index) => {
      const place = placeOf(by, index, of(1));
      return inside(place, by.from.dims) ? (of(0)[flat(place, by.from.dims)] as number) : 0;
    }),
  scatter: ({ by: { by, monoid }, dtype }, of) => {
    const out = [...of(0)];
    const combine = monoid?.combine.compiled(dtype, dtype) ?? ((_: number, x: number) => x);
    let next = 0;
    for (const index of indicesOf(by.to.dims)) {
      const update = of(2)[next++] as number;
      const place = placeOf(by, index, of(1));
      const at = flat(place, by.from.dims);
      if (inside(place, by.from.dims)) out[at] = combine(out[at] as number, update);
    }
    return out;
  },
  custom: ({ by, shape, inputs }, of) => {
    if (by.name !== "argsort") throw new Error(`what ${by.name} means is not written down`);
    const n = shape.dims[shape.rank - 1] as number;
    const reads: Read[] = inputs.map(() => ({
      ...{ kind: "read", slot: 0, dtype: "f64", guards: [], fill: 0, offset: 0, strides: [] },
    }));
    const nothing = { inputs: [], value: argument(0, "i32") };
    const kernel = by.kernel(reads, 1, nothing) as ArgsortKernel;
    return Array.from({ length: shape.size / n }, (_, row) =>
      orderOf(of(0).slice(row * n, (row + 1) * n), kernel.descending),
    ).flat();
  },
};

/** Each element is the fold of all that come before it along an axis, and itself. */
function runningFold(
  x: readonly number[],
  shape: Shape,
  axis: number,
  fold: (total: number, x: number) => number,
): number[] {
  const out = [...x];
  for (const index of indicesOf(shape)) {
    const i = index[axis] as number;
    if (i === 0) continue;
    const at = flat(index, shape);
    out[at] = fold(out[flat(index.with(axis, i - 1), shape)] as number, x[at] as number);
  }
  return out;
}

/** Where element `index` of a gathering's result comes from, given the positions. */
function placeOf({ axis, batched, index, from }: Gathering, at: Shape, positions: Shape): number[] {
  const own = index.rank - batched;
  const position = [...at.slice(0, batched), ...at.slice(axis, axis + own)];
  const along = positions[flat(position, index.dims)] as number;
  const place = [...at.slice(0, axis), along, ...at.slice(axis + own)];
  if (place.length !== from.rank) throw new Error("a place has a coordinate for each axis");
  return place;
}

/** In order, stably; NaN is greater than everything. */
function orderOf(row: readonly number[], descending: boolean): number[] {
  const compare = (a: number, b: number): number =>
    Number.isNaN(a) || Number.isNaN(b)
      ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
      : Number(a > b) - Number(a < b);
  const sign = descending ? -1 : 1;
  return row
    .map((_, i) => i)
    .sort((i, k) => sign * compare(row[i] as number, row[k] as number) || i - k);
}

/** The elements of a node that has not been realized, by the definitions alone. */
export function meaning(node: Node, known: Values = new Map()): readonly number[] {
  const found = known.get(node);
  if (found) return found;
  const inputs = node.inputs;
  const rule = meanings[node.value ? "leaf" : node.kind] as (
    node: Node,
    of: (input: number) => readonly number[],
  ) => number[];
  const elements = rule(node, (k) => meaning(inputs[k] as Node, known));
  const stored = Array.from(new dtypes[node.dtype].array(elements));
  known.set(node, stored);
  return stored;
}
