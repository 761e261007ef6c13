/**
 * Module 2.30b — What a kernel moves and computes.
 *
 * Counted from the kernel alone. Bytes: each element that is read or stored, once, as if caches were
 * perfect. Operations: each primitive of each formula, at each point where it is needed; a fold adds
 * one a point.
 */
import type { Backend, Input, Kernel, Linear, Program, Shape, Store } from "@mt/backend";
import { type DType, type Expr, postorder } from "@mt/operators";

export interface Amounts {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly operations: number;
}

const points = (shape: Shape): number => shape.reduce((n, x) => n * x, 1);

/** Places a form leads to: at most one for each index of the axes that it follows. */
const places = ({ strides }: Linear, box: Shape): number =>
  box.reduce((n, extent, k) => (strides[k] || extent === 0 ? n * extent : n), 1);

/** Primitives in formulas, shared parts once; conversions are free. */
function primitivesIn(formulas: readonly Expr[]): number {
  const seen = new Set<Expr>();
  for (const formula of formulas)
    for (const x of postorder(formula))
      if (x.kind === "call" && x.primitive !== "cast" && x.primitive !== "promote") seen.add(x);
  return seen.size;
}
const bodies = (stores: readonly Store[], inside: boolean): Expr[] =>
  stores.filter((store) => store.inside === inside).map((store) => store.body);

/** Operations of stores, once an outer point and once an inner one. */
const storing = (stores: readonly Store[], outer: Shape, inner: Shape): number =>
  points(outer) *
  (primitivesIn(bodies(stores, false)) + points(inner) * primitivesIn(bodies(stores, true)));

const operations: {
  readonly [K in Kernel["kind"]]: (kernel: Extract<Kernel, { kind: K }>) => number;
} = {
  loop: ({ outer, inner, folds, stores }) =>
    points(outer) * points(inner) * (primitivesIn(folds.map((f) => f.body)) + folds.length) +
    storing(stores, outer, inner),
  contract: ({ outer, inner, stores }) =>
    2 * points(outer) * points(inner) + storing(stores, outer, inner),
  prefix: ({ outer, inner, fold, stores }) =>
    points(outer) * points(inner) * (primitivesIn([fold.body]) + 1) + storing(stores, outer, inner),
  scatter: ({ inner, value }) => points(inner) * (primitivesIn([value]) + 1),
  // comparisons of a sort
  argsort: ({ outer, length }) =>
    points(outer) * length * Math.ceil(Math.log2(Math.max(1, length))),
  custom: ({ outer, stores }) => storing(stores, outer, []),
};

interface Touched {
  readonly slot: number;
  readonly dtype: DType;
  readonly count: number;
}
function touched(kernel: Kernel): { readonly reads: Touched[]; readonly stores: Touched[] } {
  if (kernel.kind === "argsort") {
    const { input, outer, length, slot } = kernel;
    const count = points(outer) * length;
    return {
      reads: [{ slot: input.slot, dtype: input.dtype, count: places(input, [...outer, length]) }],
      stores: [{ slot, dtype: "i32", count }],
    };
  }
  const { outer, inputs } = kernel;
  const inner = kernel.kind === "custom" ? [] : kernel.inner;
  const base = kernel.kind === "scatter" ? kernel.base : -1;
  const boxOf = (input: number): Shape =>
    kernel.kind !== "scatter" ? [...outer, ...inner] : input === base ? outer : inner;
  const reads = inputs.flatMap((input: Input, i): Touched[] => {
    if (input.kind !== "read") return [];
    const { slot, dtype, indirect } = input;
    return [{ slot, dtype, count: indirect ? Infinity : places(input, boxOf(i)) }];
  });
  if (kernel.kind === "scatter") {
    const { slot, dtype } = kernel.store;
    return { reads, stores: [{ slot, dtype, count: points(outer) }] };
  }
  const stores = kernel.stores.map((store): Touched => {
    const count = points(outer) * (store.inside ? points(inner) : 1);
    return { slot: store.slot, dtype: store.dtype, count };
  });
  return { reads, stores };
}

/** A slot counts as often as its elements are touched, and at most as a whole. */
function bytesOf(list: readonly Touched[], { slots }: Program, backend: Backend): number {
  const bytes = new Map<number, number>();
  for (const { slot, dtype, count } of list) {
    const more = (bytes.get(slot) ?? 0) + count * (backend.dtypes.get(dtype) ?? 4);
    bytes.set(slot, Math.min(more, slots[slot]?.bytes ?? more));
  }
  return [...bytes.values()].reduce((n, x) => n + x, 0);
}

export function measure(kernel: Kernel, program: Program, backend: Backend): Amounts {
  const { reads, stores } = touched(kernel);
  return {
    bytesRead: bytesOf(reads, program, backend),
    bytesWritten: bytesOf(stores, program, backend),
    operations: (operations[kernel.kind] as (kernel: Kernel) => number)(kernel),
  };
}
