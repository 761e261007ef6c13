/**
 * Module 2 — What a random program works on: its choices, its values so far, and fresh leaves.
 */
import { getBackend } from "@mt/backend";
import { type DType, dtypes, isFloat } from "@mt/operators";
import { type Tensor, tensor } from "../src/index.ts";

type Shape = readonly number[];
export type Step = readonly number[];

export interface Manner {
  /** Whole numbers and operators that keep them exact, so that no order of summation shows. */
  readonly exact: boolean;
  /** Sizes at which kernels are laid out differently. */
  readonly large?: boolean;
  /**
   * Only what has the derivative that differences find: f64 for floats, nothing detached. The
   * program scales each new value by this number (0 leaves the value out).
   */
  readonly tame?: (x: Tensor) => number;
  /** Without f16, whose few digits no law with a tolerance can do with. */
  readonly halves?: false;
  /** What stands in the place of the program's `index`-th leaf. */
  readonly leaf?: (x: Tensor, index: number) => Tensor;
}
export interface Value {
  readonly x: Tensor;
  /** Exact programs: no element is greater in magnitude. */
  readonly bound: number;
}
/** What a step of a program does. */
export type Action = (p: Program, c: Choices, manner: Manner) => void;

/** The numbers of a step, read one by one. */
export class Choices {
  readonly #step: Step;
  #at = 0;
  constructor(step: Step) {
    this.#step = step;
  }
  below(n: number): number {
    const { length } = this.#step;
    const at = this.#at++;
    return ((this.#step[at % length] as number) + 7919 * Math.floor(at / length)) % n;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  /** True once in n. */
  once(n: number): boolean {
    return this.below(n) === n - 1;
  }
}

/** Seeded numbers in [0, 1): https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
/** Seeded numbers between −1 and 1, of the shape and dtype of x. */
export function randomLike({ size, shape, dtype }: Tensor, seed: number): Tensor {
  const random = randomOf(seed);
  const data = Float64Array.from({ length: size }, () => random() * 2 - 1);
  return tensor(data, { shape, dtype });
}

export const sizeOf = (shape: Shape): number => shape.reduce((n, s) => n * s, 1);

/** What axes are made of, and the most elements of a leaf and of any value. */
const some = [2, 3, 1, 5, 4, 7, 2, 3, 1, 5, 3, 2, 1, 4, 3];
const small = { sizes: [...some, 2, 3, 5, 1, 7, 0], leaf: 600, value: 1500 };
const large = { sizes: [65, 2, 17, 3, 129, 1, 33, 8, 200], leaf: 20_000, value: 50_000 };

/** f64, or the next best. */
export const widestFloat = (): DType => (getBackend().dtypes.has("f64") ? "f64" : "f32");

/** All dtypes of the device, floats more often, because they have derivatives. */
export function dtypeOf(c: Choices, { tame, halves }: Manner): DType {
  const wide = widestFloat();
  const known = [...getBackend().dtypes.keys()].filter((x) => x !== "f16" || halves !== false);
  const dtype = c.pick<DType>([...known, "f32", wide, wide, wide]);
  return tame && isFloat(dtype) ? "f64" : dtype;
}

export class Program {
  readonly values: Value[] = [];
  readonly leaves: Tensor[] = [];
  readonly scale: typeof small;
  readonly #manner: Manner;

  constructor(manner: Manner) {
    this.#manner = manner;
    this.scale = manner.large ? large : small;
  }

  add(x: Tensor, bound: number): void {
    if (x.size > this.scale.value) return;
    const { exact, tame } = this.#manner;
    if (tame && isFloat(x.dtype)) {
      const factor = tame(x);
      const wide = x.to("f64"); // of integers, operators give f32
      if (factor !== 0) this.values.push({ x: factor === 1 ? wide : wide.mul(factor), bound });
      return;
    }
    const wraps = x.dtype === "u32" || x.dtype === "u8";
    const most = wraps ? Math.max(bound, dtypes[x.dtype].highest) : bound;
    this.values.push(exact && most > 1000 ? { x: x.mod(13), bound: 13 } : { x, bound: most });
  }
  value(c: Choices): Value {
    return this.values[this.values.length - 1 - c.below(this.values.length)] as Value;
  }

  /** Ranks 0 to 6. */
  shape(c: Choices): number[] {
    const shape: number[] = [];
    for (let rank = c.below(7); rank > 0; rank--) {
      const size = c.pick(this.scale.sizes);
      shape.push(sizeOf(shape) * size <= this.scale.leaf ? size : 1);
    }
    return shape;
  }
  leaf(c: Choices, shape: Shape, dtype: DType): Tensor {
    const random = randomOf(c.below(0x10000));
    const { fromFloat } = dtypes[dtype];
    const { exact, tame, leaf } = this.#manner;
    const data = Array.from({ length: sizeOf(shape) }, () => {
      const r = random();
      if (exact || !isFloat(dtype)) return fromFloat(Math.floor(r * 13) - 6);
      return !tame && r < 0.1 ? Math.round(r * 40) - 2 : (r - 0.5) * 6; // a few ties and zeros
    });
    const requiresGrad = isFloat(dtype) && (!c.once(4) || !!tame);
    const x = tensor(new dtypes[dtype].array(data), { shape, dtype, requiresGrad });
    if (requiresGrad) this.leaves.push(x);
    return leaf?.(x, this.leaves.length) ?? x;
  }
}
