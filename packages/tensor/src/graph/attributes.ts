/**
 * Module 2.6a — What nodes hold: small interned objects, one kind for each kind of node.
 *
 * Equal attributes on equal shapes are one object with one id; the key of a program is made of these
 * ids. Moves and contractions have files of their own.
 */
import type { Input, Kernel, Linear, Read } from "@mt/backend";
import type { DType, Expr, Monoid } from "@mt/operators";
import { type Dims, dims, Interner } from "../shape.ts";

/** Where a leaf's elements come from. */
export interface Source {
  readonly id: number;
  readonly source: "data" | "number" | "iota";
}
export const sources: { readonly [K in Source["source"]]: Source } = {
  /** `value` holds them. */
  data: { id: 0, source: "data" },
  /** `number` is the one element: read when the program runs, no part of its key. */
  number: { id: 1, source: "number" },
  /** Each element is its own row-major position. */
  iota: { id: 2, source: "iota" },
};

/** A fold over some axes, which disappear; `running`: over one axis, which stays (cumsum). */
export interface Reduction {
  readonly id: number;
  readonly monoid: Monoid;
  readonly axes: readonly number[];
  readonly running: boolean;
  readonly from: Dims;
  readonly to: Dims;
  /** `to`, with the folded axes put back with one element each. */
  readonly kept: Dims;
}
const reductions = new Interner<Reduction>();
export const reductionOf = (
  monoid: Monoid,
  from: Dims,
  axes: readonly number[],
  running = false,
): Reduction =>
  reductions.get([monoid.id, from.id], running ? [-1, ...axes] : axes, (id) => ({
    id,
    monoid,
    axes: [...axes],
    running,
    from,
    to: running ? from : dims(from.dims.filter((_, k) => !axes.includes(k))),
    kept: running ? from : dims(from.dims.map((n, k) => (axes.includes(k) ? 1 : n))),
  }));

/**
 * Elements of `from` at positions along `axis`, which an integer tensor of shape `index` gives. The
 * first `batched` axes are common to both; the other axes of `index` stand where the axis was.
 */
export interface Gathering {
  readonly id: number;
  readonly axis: number;
  readonly batched: number;
  readonly from: Dims;
  readonly index: Dims;
  readonly to: Dims;
  /** The coordinates that an element of the result reads; along the axis itself, 0. */
  readonly data: readonly Linear[];
  /** The coordinates of its position in the index. */
  readonly places: readonly Linear[];
}

/** The other way round: updates of shape `by.to` combined into a base of shape `by.from`. */
export interface Scattering {
  readonly id: number;
  readonly by: Gathering;
  /** null: the last update wins. */
  readonly monoid: Monoid | null;
  readonly kernel: CoreKernel;
}

/** An operation that is a kernel of its own: what it makes of stored inputs. */
export interface Custom {
  readonly id: number;
  readonly name: string;
  readonly shape: Dims;
  readonly dtype: DType;
  readonly kernel: CoreKernel;
  /** The same for `count` examples, along a new first axis of every input and of the result. */
  readonly batched: (count: number) => Custom;
}

/**
 * The kernel that reads stored operands and stores the result, in row-major order, in `slot`. What
 * a scatter combines is computed on the way: a value over further inputs.
 */
export type CoreKernel = (
  operands: readonly Read[],
  slot: number,
  updates: { readonly inputs: readonly Input[]; readonly value: Expr },
) => Kernel;
