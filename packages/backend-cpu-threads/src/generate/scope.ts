/**
 * Module 3.72 — Where the generator stands, and what it knows there.
 *
 * Level p is inside the loops of positions 0 … p − 1. One loop runs over vectors of four points (its
 * position is the *vector* position); one loop, the same or another, takes several steps at once,
 * its *copies*, which share what does not move along it. What moves along neither is one value for
 * all; so a value is one variable, or one for each copy.
 */
import type { Expr } from "@mt/operators";
import type { Local } from "../wasm/code.ts";

/** One variable for all copies, or one for each. */
export type Value = readonly Local[];
export const copyOf = (value: Value, copy: number): Local => (value[copy] ?? value[0]) as Local;

/** The loops, by position from the outermost. */
export interface Geometry {
  readonly extents: readonly number[];
  /** Number of each position's axis in the kernel. */
  readonly axes: readonly number[];
  readonly vector: number;
  readonly copy: number;
}

/** A linear form by position: an address in bytes with the base it counts from, or a plain number. */
export interface Form {
  readonly key: string;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly binding: number | null;
}

/** Indices of a loop that go together, and what is done after them. */
export interface Page {
  readonly position: number;
  readonly size: number;
  readonly end?: () => void;
}

export interface Scope {
  readonly level: number;
  /** Steps that are taken together, once inside the loop that takes them. */
  readonly copies: number;
  /** Lanes of the vector that count: four, but at the end of short axes. */
  readonly lanes: number;
  /** Forms as far as they are known here. */
  readonly forms: Map<string, Local>;
  readonly values: Map<Expr, Value>;
  /** Where folds pause: pages, then pages of pages. */
  readonly pauses: readonly Page[];
  /** Guards that were tested here already. */
  readonly tests: Map<string, Local>;
}

export const outermost = (): Scope => ({
  level: 0,
  copies: 1,
  lanes: 4,
  forms: new Map(),
  values: new Map(),
  pauses: [],
  tests: new Map(),
});
/** A scope inside this one: what becomes known there is not known here. */
export const inside = (scope: Scope, changes: Partial<Scope> = {}): Scope => ({
  ...scope,
  forms: new Map(scope.forms),
  values: new Map(scope.values),
  tests: new Map(scope.tests),
  ...changes,
});
