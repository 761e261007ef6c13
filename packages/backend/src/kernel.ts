/**
 * Module 3.1 — The kernel language: what a device is asked to do.
 *
 * A kernel is a box of points. At each point it reads inputs at addresses that are linear in the
 * point's indices, computes formulas, folds them over the inner axes and stores results at linear
 * addresses. Two kinds are compulsory, `loop` and `scatter`; the others are fast paths that a
 * device may claim and that are defined as the loops they equal. All of it is plain data: it can be
 * cloned, sent to a worker and kept in a cache.
 */
import type { DType, Expr } from "@mt/operators";

export type Shape = readonly number[];

/**
 * offset + Σ strides[k] · index[k], over the axes of a kernel (outer, then inner), counted in
 * elements of the slot's dtype.
 */
export interface Linear {
  readonly offset: number;
  readonly strides: Shape;
}

/** Holds where 0 ≤ form < extent. Extent 1 is an equality, as a diagonal needs. */
export interface Guard extends Linear {
  readonly extent: number;
}

/**
 * Adds stride × (value of integer input `input`) to an address: a gather. Values outside
 * 0 … extent − 1 read `fill` (the `check` decorator makes them an error).
 */
export interface Indirect {
  readonly input: number;
  readonly stride: number;
  readonly extent: number;
}

/** An affine read; `fill` where a guard fails. */
export interface Read extends Linear {
  readonly kind: "read";
  readonly slot: number;
  readonly dtype: DType;
  readonly guards: readonly Guard[];
  readonly fill: number;
  readonly indirect?: Indirect;
}
/** The value of a linear form itself (iota). */
export interface Index extends Linear {
  readonly kind: "index";
  readonly dtype: "i32" | "u32";
}
/** 1 where all guards hold, else 0 (dtype bool): the padding of a computed value. */
export interface Test {
  readonly kind: "test";
  readonly guards: readonly Guard[];
}
/** A number given at each run, cast to `dtype`: no part of the program's identity. */
export interface Scalar {
  readonly kind: "scalar";
  readonly index: number;
  readonly dtype: DType;
}
/** What a kernel reads at a point. None of them needs a division. */
export type Input = Read | Index | Test | Scalar;

/** A monoid as plain data: `combine` is a formula of arguments 0 and 1. */
export interface Combine {
  readonly name: string;
  readonly combine: Expr;
  readonly identity: number;
}

/** One fold over the inner axes. Its body may use the results of the folds before it. */
export interface Fold {
  readonly monoid: Combine;
  readonly body: Expr;
}

/**
 * One result. `inside`: stored at every inner point (softmax's quotient), its strides run over
 * outer and inner axes; otherwise once per outer point, its strides run over the outer axes.
 */
export interface Store extends Linear {
  readonly slot: number;
  readonly dtype: DType;
  readonly inside: boolean;
  readonly body: Expr;
}

/**
 * The general kernel. Arguments of bodies are numbered: inputs first (0 … inputs − 1), then the
 * results of the folds in order. All folds see the same inner box, one after the other, in
 * row-major order; a fold over nothing is its identity. A fold's value has the dtype of its body,
 * which is that of its combination. Kernels never read a slot they store to, and no two points
 * store to one place.
 *
 * Every primitive rounds to its node's dtype. Folds by a single `add` or `mul` of floats may be
 * carried in a wider type and rounded once (the reference device carries them in f64); integer
 * folds wrap, `min` and `max` are exact and NaN wins.
 */
export interface LoopKernel {
  readonly kind: "loop";
  readonly outer: Shape;
  readonly inner: Shape;
  readonly inputs: readonly Input[];
  readonly folds: readonly Fold[];
  readonly stores: readonly Store[];
}

export type Role = "batch" | "row" | "column" | "summed";

/**
 * Sum over `inner` of the product of inputs `a` and `b` (both reads), then stores as in a loop, the
 * sum being argument `inputs.length`. It equals the loop with one add-fold of their product, in
 * which points where a guard of `a` or `b` fails count as zero, whatever the other operand holds
 * (`contractAsLoop` writes it out).
 */
export interface ContractKernel extends Omit<LoopKernel, "kind" | "folds"> {
  readonly kind: "contract";
  readonly a: number;
  readonly b: number;
  /** Each axis of outer then inner, by which operands move along it: what a matrix product needs. */
  readonly roles: readonly Role[];
  /** Dtype of the sum and of the product; products of f16 are those of f32, and rounded once summed. */
  readonly dtype: DType;
}

/**
 * `base` (an input read over the result's own box `outer`) is copied to the store's slot; then, at
 * every point of the box `inner` in ascending order, update `value` is combined into the element at
 * (form + stride · at), in the dtype of the store. Positions outside 0 … extent − 1 are dropped.
 * `set`: the last one wins.
 */
export interface ScatterKernel {
  readonly kind: "scatter";
  /** The box of the result, which base and the copy run over. */
  readonly outer: Shape;
  /** The box of the updates. */
  readonly inner: Shape;
  /** Forms of `base` are over `outer`; all others over `inner`. */
  readonly inputs: readonly Input[];
  readonly base: number;
  /** The integer input that gives the position along the scattered axis. */
  readonly at: number;
  readonly stride: number;
  readonly extent: number;
  readonly monoid: Combine | "set";
  /** Over inputs, at a point of `inner`. */
  readonly value: Expr;
  /** Address, in elements, of the update at a point of `inner`, less its scattered coordinate. */
  readonly target: Linear;
  /** Where the copy of base goes, over `outer`; `target` addresses the same slot. */
  readonly store: Linear & { readonly slot: number; readonly dtype: DType };
}

/**
 * A running fold along the inner axes in row-major order (cumsum). Stores inside see the fold up to
 * and with their point, stores outside all of it (`prefixAsLoops` writes it out).
 */
export interface PrefixKernel extends Omit<LoopKernel, "kind" | "folds"> {
  readonly kind: "prefix";
  readonly fold: Fold;
}

/**
 * Positions (i32) that put the last axis in order, row by row into `slot`; equal values keep their
 * order, also descending. NaN counts as greater than everything.
 */
export interface ArgsortKernel {
  readonly kind: "argsort";
  readonly outer: Shape;
  readonly length: number;
  readonly input: Read;
  readonly slot: number;
  readonly descending: boolean;
}

/** A named kernel that a device may know better than the loops its rule lists. */
export interface CustomKernel {
  readonly kind: "custom";
  readonly name: string;
  readonly outer: Shape;
  readonly inputs: readonly Input[];
  readonly stores: readonly Store[];
  readonly params: Readonly<Record<string, number>>;
}

export type Kernel =
  | LoopKernel
  | ContractKernel
  | ScatterKernel
  | PrefixKernel
  | ArgsortKernel
  | CustomKernel;
