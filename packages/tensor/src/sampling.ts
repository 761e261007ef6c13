/**
 * Module 2.19a — Draws from other distributions: normal between bounds, classes, orders.
 *
 * Each turns random numbers into what is wanted with no draw thrown away: so they are maps (and a
 * fold, or a sort), and a draw takes the counter once however many elements it has.
 */
import type { Shape } from "@mt/backend";
import {
  add,
  clamp,
  div,
  type Expr,
  erfc,
  exp,
  log,
  lt,
  maximum,
  mul,
  neg,
  type Operand,
  type Operator,
  randomBits,
  sqrt,
  sub,
  ternary,
  unary,
  uniform,
  where,
} from "@mt/operators";
import { badValue, mismatch, wrongRank } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { map, numberLeaf } from "./graph/record.ts";
import { floating } from "./operations/lift.ts";
import { argmax } from "./operations/reductions.ts";
import { argsort } from "./operations/sorting.ts";
import { defaultGenerator, drawn, type Generator, type RandomOptions } from "./random.ts";
import type { Device } from "./run/device.ts";
import { dims } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/** Half of the spacing of uniform numbers: what keeps them away from 0. */
const half = 2 ** -25;

const polynomial = (coefficients: readonly number[], x: Operand): Operand =>
  coefficients.reduceRight<Operand>((sum, c) => (sum === 0 ? c : add(mul(sum, x), c)), 0);

/**
 * z with a share q ≤ ½ of a normal distribution above it: Abramowitz and Stegun 26.2.23, within
 * 4.5e-4, then one of Newton's steps for log Q(z) = log q, which squares that.
 */
function upperQuantile(q: Expr): Expr {
  const t = sqrt(mul(-2, log(q)));
  const z = sub(
    t,
    div(
      polynomial([2.515517, 0.802853, 0.010328], t),
      polynomial([1, 1.432788, 0.189269, 0.001308], t),
    ),
  );
  const above = mul(0.5, erfc(mul(Math.SQRT1_2, z)));
  const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(z, z))));
  return add(z, mul(log(div(above, q)), div(above, density)));
}
/** The normal number with the share below + u·share under it. */
const quantile: Operator<3> = ternary("quantile", (u, below, share) => {
  const p = add(below, mul(add(u, half), share));
  const upper = lt(0.5, p);
  const z = upperQuantile(where(upper, maximum(sub(1, p), half), p));
  return where(upper, z, neg(z));
});

/** Share of a normal distribution below x. */
const shareBelow = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

export interface TruncatedNormalOptions extends RandomOptions {
  readonly mean?: number;
  readonly deviation?: number;
  /** Bounds of the values themselves; −2 and 2 without. */
  readonly low?: number;
  readonly high?: number;
}

/**
 * Normal, but only between bounds: as if what falls outside were drawn again.
 * @throws TensorError if almost nothing of the distribution lies between them.
 * @example
 * await truncatedNormal([100], { low: -1, high: 1 }).abs().max().le(1).item(); // 1
 */
export function truncatedNormal(
  shape: Shape,
  { mean = 0, deviation = 1, low = -2, high = 2, ...options }: TruncatedNormalOptions = {},
): Tensor {
  const [a, b] = [(low - mean) / deviation, (high - mean) / deviation];
  // the side where shares are small numbers, which floats hold more exactly
  const mirrored = a + b > 0;
  const [below, above] = (mirrored ? [-b, -a] : [a, b]).map(shareBelow) as [number, number];
  if (!(above - below > 1e-35 && deviation > 0))
    throw badValue(
      "truncatedNormal",
      `nothing to draw from ${low} to ${high} with mean ${mean} and deviation ${deviation}: give ` +
        "the lower bound first, and bounds within 12 deviations of the mean.",
    );
  return drawn("truncatedNormal", shape, options, [randomBits], ([word], device) => {
    const number = (x: number): Node => numberLeaf(x, "f32", device);
    const share = map(uniform, [word as Node]);
    const z = map(quantile, [share, number(below), number(above - below)]);
    const scaled = map(mul, [z, number(mirrored ? -deviation : deviation)]);
    return map(clamp as Operator, [map(add, [scaled, number(mean)]), number(low), number(high)]);
  });
}

/**
 * The numbers 0 … count − 1 (i32) in random order: every order is equally likely, but for equal ones
 * among 32 random bits for each. `take(x, permutation(n))` shuffles x.
 * @example
 * await permutation(4).sum().item(); // 6
 */
export const permutation = (
  count: number,
  options: Pick<RandomOptions, "generator" | "backend"> = {},
): Tensor =>
  drawn("permutation", [count], { ...options, dtype: "i32" }, [randomBits], ([word]) =>
    argsort(word as Node, 0, false),
  );

/** −log(−log u), Gumbel's distribution. */
const gumbel: Operator<1> = unary("gumbel", (u) => neg(log(neg(log(maximum(u, half))))));

/**
 * Classes (i32), each with a probability in proportion to e^logit, for every row of the last axis;
 * `shape` draws that many for each row, on axes before the rows'.
 * @example
 * await categorical(tensor([[0, -Infinity], [-Infinity, 0]])).toArray(); // [0, 1]
 */
export function categorical(
  logits: Tensor,
  shape: Shape = [],
  { generator = defaultGenerator }: { readonly generator?: Generator } = {},
): Tensor {
  const node = nodeOf("categorical", logits);
  if (logits.rank === 0) throw wrongRank("categorical", logits.shape, "one or more are needed");
  if (logits.shape.at(-1) === 0)
    throw mismatch("categorical", [logits.shape], "the last axis has no classes to draw from");
  const draws = dims(shape, "categorical");
  const to = dims([...draws.dims, ...node.shape.dims]);
  const [word] = generator.words(to, node.recorder as Device, [randomBits]) as [Node];
  // the greatest of logits + Gumbel is distributed as wanted: https://arxiv.org/abs/1411.0030
  const noise = map(gumbel, [map(uniform, [word])]);
  return new Tensor(argmax(map(add, [floating(node), noise]), -1));
}
