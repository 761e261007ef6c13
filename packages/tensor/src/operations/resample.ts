/**
 * Module 4.3b — Images at other sizes, and windows put back together.
 *
 * A size is changed by a matrix for each axis, which is made of row and column numbers alone: so
 * nothing is kept for it, and gradients are products with the same matrices.
 */
import {
  abs,
  add,
  clamp,
  le,
  logicalAnd,
  lt,
  maximum,
  monoids,
  mul,
  type Operator,
  sub,
  where,
  writtenLater,
} from "@mt/operators";
import { badValue, mismatch, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import {
  cast,
  contract,
  expand,
  iota,
  map,
  move,
  numberLeaf,
  reduce,
  reshape,
} from "../graph/record.ts";
import { axisOf, dims } from "../shape.ts";
import { contraction } from "../views/contraction.ts";
import { axisForm } from "../views/linear.ts";
import { moveOf, moves } from "../views/move.ts";
import { type PerAxis, perAxis } from "./convolution.ts";
import { einsum } from "./einsum.ts";
import { counting, floating } from "./lift.ts";
import { transpose } from "./moves.ts";

/**
 * Windows `[…, count, …, size]` added up where they lay in an axis of `length` elements, as its
 * gradient would be: what `unfold` with the same step and dilation takes apart.
 */
export function fold(input: Node, axis: number, length: number, step = 1, dilation = 1): Node {
  const x = counting(input);
  const shape = x.shape.dims;
  if (shape.length < 2) throw wrongRank("fold", shape, "an axis of windows and one inside them");
  const k = axisOf("fold", axis, shape.slice(0, -1));
  const size = shape.at(-1) as number;
  const from = dims(shape.slice(0, -1).with(k, length), "fold");
  const wrong = [step, dilation].find((n) => !(Number.isInteger(n) && n > 0));
  if (wrong !== undefined) throw badValue("fold", `${wrong} is no step or dilation: use 1, 2, …`);
  const count = Math.floor((length - dilation * (size - 1) - 1) / step) + 1;
  if (size === 0 || count < 1 || count !== shape[k])
    throw mismatch(
      "fold",
      [shape],
      `an axis of ${length} has ${Math.max(0, count)} windows of ${size} (step ${step}, dilation ` +
        `${dilation}), and there are ${shape[k]}`,
    );
  const windows = moveOf("window", from, [k, size, step, dilation]);
  const { rank } = windows.to;
  const by = contraction({
    extents: windows.to.dims,
    operands: [windows.to.dims.map((_, axis) => axisForm(axis, rank))],
    shapes: [windows.to],
    out: moves.window.coordinates(windows),
    shape: from,
  });
  return contract(by, [x]);
}

export interface InterpolateOptions {
  /** Height and width of the result; or give `scale`. */
  readonly size?: PerAxis;
  /** What both are multiplied by, rounded down. */
  readonly scale?: PerAxis;
  /** `nearest` without; `bilinear` weighs the four elements around each place. */
  readonly mode?: "nearest" | "bilinear";
  /** For bilinear: corners meet corners, instead of edges meeting edges. */
  readonly alignCorners?: boolean;
}

type Resize = (x: Node, sizes: readonly [number, number], alignCorners: boolean) => Node;
const resizers: { readonly [K in "nearest" | "bilinear"]: Resize } = {
  nearest: (x, [height, width]) => {
    const wide = nearest(x, width);
    return transpose(nearest(transpose(wide), height));
  },
  bilinear: (x, [height, width], alignCorners) => {
    const real = floating(x);
    const [h, w] = x.shape.dims.slice(-2) as [number, number];
    const rows = linearWeights(real, h, height, alignCorners);
    const columns = linearWeights(real, w, width, alignCorners);
    return einsum("...ab,ia,jb->...ij", [real, rows, columns]);
  },
};

/** The last two axes at another size. */
export function interpolate(
  x: Node,
  { size, scale, mode = "nearest", alignCorners = false }: InterpolateOptions,
): Node {
  const shape = x.shape.dims;
  if (shape.length < 2) throw wrongRank("interpolate", shape, "two or more are needed");
  const image = shape.slice(-2) as [number, number];
  if (image.includes(0)) throw mismatch("interpolate", [shape], "the image has no elements");
  if ((size === undefined) === (scale === undefined))
    throw badValue("interpolate", "give size or scale, one of the two.");
  const resize = Object.hasOwn(resizers, mode) ? resizers[mode] : undefined;
  if (!resize)
    throw badValue("interpolate", `"${String(mode)}": give ${Object.keys(resizers).join(" or ")}.`);
  const scales = [scale].flat() as number[];
  const wanted = size ?? image.map((n, k) => Math.floor(n * (scales[k] ?? (scales[0] as number))));
  const [height, width] = perAxis("interpolate", "size", wanted, 2, 1) as [number, number];
  return resize(x, [height, width], alignCorners);
}

/** Whether floor(i · from / to) = j, in whole numbers. */
const isNearest: Operator<4> = writtenLater(
  "nearest",
  (i, j, from, to) =>
    logicalAnd(le(mul(j, to), mul(i, from)), lt(mul(i, from), mul(add(j, 1), to))),
  4,
);

/** Of the last axis, for each of `to` places the element at the same share of the way. */
function nearest(x: Node, to: number): Node {
  const shape = x.shape.dims;
  const [axis, from] = [shape.length - 1, shape.at(-1) as number];
  if (from === to) return x;
  if (to % from === 0) {
    const repeated = expand(reshape(x, dims([...shape, 1])), dims([...shape, to / from]));
    return reshape(repeated, dims(shape.with(axis, to)));
  }
  if (from % to === 0)
    return move(
      "slice",
      x,
      shape.flatMap((n, k) => (k === axis ? [0, to, from / to] : [0, n, 1])),
    );
  const number = (n: number): Node => numberLeaf(n, "i32", x.recorder);
  const [i, j] = [iota(dims([to, 1]), "i32", x.recorder), iota(dims([from]), "i32", x.recorder)];
  const chosen = map(isNearest, [i, j, number(from), number(to)]);
  const rows = reshape(x, dims(shape.toSpliced(axis, 0, 1)));
  // a choice, not a product: what is not chosen may be infinite
  const one = map(where as Operator, [chosen, rows, numberLeaf(0, x.dtype, x.recorder)]);
  return cast(reduce(monoids.sum, counting(one), [axis + 1]), x.dtype);
}

/** How much element j counts at place i: 1 less its distance, at least 0. */
const weightOf: Operator<5> = writtenLater(
  "linearWeight",
  (i, j, step, shift, last) =>
    maximum(0, sub(1, abs(sub(clamp(add(mul(i, step), shift), 0, last), j)))),
  5,
);

/** `[to, from]` */
function linearWeights(x: Node, from: number, to: number, alignCorners: boolean): Node {
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const shift = alignCorners ? 0 : 0.5 * step - 0.5;
  const place = (sizes: readonly number[]): Node =>
    cast(iota(dims(sizes), "i32", x.recorder), x.dtype);
  const numbers = [step, shift, from - 1].map((n) => numberLeaf(n, x.dtype, x.recorder));
  return map(weightOf, [place([to, 1]), place([1, from]), ...numbers]);
}
