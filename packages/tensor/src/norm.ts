/**
 * Module 2.20e — Lengths of vectors: `(Σ |x|ᵖ)^(1/p)`.
 *
 * The formulas' own derivatives are 0/0 at the origin; the ones stated here are 0 there, the least
 * subgradient, so that a vector of zeros does not make NaN of everything before it.
 */
import { abs, binary, div, eq, inv, mul, ne, type Operator, pow, where } from "@mt/operators";
import { badValue } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { cast, map, numberLeaf } from "./graph/record.ts";
import { floating } from "./operations/lift.ts";
import { type Axes, max, min, type ReduceOptions, sum } from "./operations/reductions.ts";
import { root } from "./operations/root.ts";
import { axesOf } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

export interface NormOptions extends ReduceOptions {
  /** 2 without; 1 adds magnitudes, Infinity takes the greatest, −Infinity the least, 0 counts. */
  readonly p?: number;
}

/** |x|ᵖ */
const power: Operator<2> = binary("power", (x, p) => pow(abs(x), p), {
  partials: (y, x, p) => [where(eq(x, 0), 0, div(mul(p, y), x)), null],
});
/** s^(1/p) */
const rootOf: Operator<2> = binary("rootOf", (s, p) => pow(s, inv(p)), {
  partials: (y, s, p) => [where(eq(s, 0), 0, div(y, mul(p, s))), null],
});

type Norm = (x: Node, axes: readonly number[], options: ReduceOptions) => Node;
/** Those that are simpler than their formula. */
const norms: ReadonlyMap<number, Norm> = new Map<number, Norm>([
  [
    0,
    (x, axes, options) =>
      sum(cast(map(ne, [x, numberLeaf(0, x.dtype, x.recorder)]), x.dtype), axes, options),
  ],
  [1, (x, axes, options) => sum(map(abs, [x]), axes, options)],
  [2, (x, axes, options) => map(root, [sum(map(mul, [x, x]), axes, options)])],
  [Infinity, (x, axes, options) => max(map(abs, [x]), axes, options)],
  [-Infinity, (x, axes, options) => min(map(abs, [x]), axes, options)],
]);

/**
 * The length of vectors along axes (all without any): `√Σx²`, or `(Σ|x|ᵖ)^(1/p)`.
 * @example
 * await norm(tensor([3, -4])).item(); // 5
 * await norm(tensor([[3, -4], [1, 1]]), 1, { p: 1 }).toArray(); // [7, 2]
 */
export function norm(x: Tensor, axes?: Axes, { p = 2, ...options }: NormOptions = {}): Tensor {
  if (typeof p !== "number" || Number.isNaN(p))
    throw badValue("norm", `p is ${String(p)}: give a number, or ±Infinity.`);
  const real = floating(nodeOf("norm", x));
  const list = axesOf("norm", axes, real.shape.dims);
  const known = norms.get(p);
  if (known) return new Tensor(known(real, list, options));
  const exponent = numberLeaf(p, real.dtype, real.recorder);
  const powers = sum(map(power, [real, exponent]), list, options);
  return new Tensor(map(rootOf, [powers, exponent]));
}
