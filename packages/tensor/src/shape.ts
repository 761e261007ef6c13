/**
 * Module 2.1 — Shapes.
 *
 * A shape is interned: equal shapes are one object with a small integer id, so that comparing,
 * broadcasting and keying programs cost a pointer comparison or a table look-up.
 */
import type { Shape } from "@mt/backend";
import { badAxis, cannotBroadcast, notShape, repeatedAxis } from "./errors.ts";

/** An interned shape: `[2, 3]` has rank 2, 6 elements and row-major strides `[3, 1]`. */
export class Dims {
  declare readonly id: number;
  declare readonly dims: Shape;
  declare readonly rank: number;
  declare readonly size: number;
  declare readonly strides: Shape;
  /** As people write it. */
  declare readonly text: string;
  readonly #broadcasts = new Map<number, Dims | null>();

  constructor(id: number, shape: Shape) {
    this.id = id;
    this.dims = shape;
    this.rank = shape.length;
    this.size = sizeOf(shape);
    this.strides = rowMajor(shape);
    this.text = `[${shape.join(", ")}]`;
  }

  /** The shape both broadcast to, or null. */
  with(other: Dims): Dims | null {
    if (other === this) return this;
    let found = this.#broadcasts.get(other.id);
    if (found === undefined) {
      found = broadcastShapes(this.dims, other.dims);
      this.#broadcasts.set(other.id, found);
    }
    return found;
  }
}

export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const x of shape) n *= x;
  return n;
}

export function rowMajor(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let k = shape.length - 1, n = 1; k >= 0; k--) {
    strides[k] = n;
    n *= shape[k] as number;
  }
  return strides;
}

/** Interns sequences of integers, by number: one look-up and one comparison, no strings. */
export class Interner<T> {
  #count = 0;
  /** By hash; those of one hash are a chain. */
  readonly #made = new Map<number, Made<T>>();

  /** What `make` made for this sequence (the head, then the rest) the first time. */
  get(head: readonly [number, number] | null, rest: readonly number[], make: (id: number) => T): T {
    const [first, second] = head ?? none;
    let hash = mixed(first, second);
    for (let i = 0; i < rest.length; i++) hash = mixed(hash, rest[i] as number);
    const chain = this.#made.get(hash);
    for (let one = chain; one; one = one.next)
      if (one.first === first && one.second === second && sameNumbers(one.rest, rest))
        return one.value;
    const value = make(this.#count++);
    // making it may have made others
    this.#made.set(hash, { first, second, rest: [...rest], value, next: this.#made.get(hash) });
    return value;
  }
}
interface Made<T> {
  readonly first: number;
  readonly second: number;
  readonly rest: readonly number[];
  readonly value: T;
  readonly next: Made<T> | undefined;
}
const none: readonly [number, number] = [-1, -1];
/** A small integer, so that a table finds it without a box. */
const mixed = (hash: number, x: number): number =>
  (Math.imul(hash ^ x, 0x9e3779b1) ^ (hash >>> 15)) & 0x3fffffff;
export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const shapes = new Interner<Dims>();

const isSize = (n: number): boolean => n >= 0 && n <= 0x7fffffff && Number.isInteger(n);

/** The interned shape. @throws ShapeError for sizes that are negative, fractional, NaN or huge. */
export function dims(shape: Shape, operation = "shape"): Dims {
  if (!Array.isArray(shape) || !shape.every(isSize)) throw notShape(operation, shape);
  return shapes.get(null, shape, (id) => {
    if (sizeOf(shape) > Number.MAX_SAFE_INTEGER) throw notShape(operation, shape);
    return new Dims(id, Object.freeze([...shape]));
  });
}

export const scalarShape: Dims = dims([]);

function broadcastShapes(a: Shape, b: Shape): Dims | null {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  const out = long.map((n, k) => {
    const m = short[k - long.length + short.length] ?? 1;
    return m === n || m === 1 ? n : n === 1 ? m : Number.NaN;
  });
  return out.includes(Number.NaN) ? null : dims(out);
}

/** The shape both broadcast to. @throws ShapeError naming both shapes and the axis that clashes. */
export function broadcast(operation: string, a: Dims, b: Dims): Dims {
  const both = a.with(b);
  if (!both) throw cannotBroadcast(operation, a.dims, b.dims);
  return both;
}

/** Axis counted from 0; negative ones count from the end. @throws ShapeError */
export function axisOf(operation: string, axis: number, shape: Shape): number {
  const k = axis < 0 ? axis + shape.length : axis;
  if (!(Number.isInteger(k) && k >= 0 && k < shape.length)) throw badAxis(operation, axis, shape);
  return k;
}

/** One axis, several, or (undefined) all of them, as ascending axes counted from 0. */
export function axesOf(
  operation: string,
  axes: number | Shape | undefined,
  shape: Shape,
): readonly number[] {
  if (axes === undefined) return shape.map((_, k) => k);
  const given: Shape = Array.isArray(axes) ? axes : [axes];
  const list = given.map((a) => axisOf(operation, a, shape)).sort((a, b) => a - b);
  list.forEach((axis, k) => {
    if (k > 0 && axis === list[k - 1]) throw repeatedAxis(operation, axis, shape);
  });
  return list;
}
