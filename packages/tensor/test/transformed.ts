/** Module 2 — Functions of every kind of node, for the laws of transforms. */
import { defineOperator, isFloat, type Operator, operators, sub } from "@mt/operators";
import { reduce } from "../src/graph/record.ts";
import {
  avgPool2d,
  concat,
  conv1d,
  conv2d,
  cumprod,
  cumsum,
  gather,
  maskedSelect,
  maxPool2d,
  median,
  norm,
  put,
  putAlong,
  type Shape,
  scatter,
  sort,
  stack,
  Tensor,
  take,
  takeAlong,
  tensor,
  topk,
  unique,
  where,
} from "../src/index.ts";
import { apart, type Input } from "./differences.ts";
import { either } from "./steps/folds.ts";

/** A function of tensors, and arguments at which it is smooth. */
export interface Case {
  readonly name: string;
  readonly f: (...x: Tensor[]) => Tensor;
  readonly inputs: readonly Input[];
}
const at = (
  name: string,
  f: (x: Tensor, y: Tensor, z: Tensor) => Tensor,
  ...shapes: readonly Shape[]
): Case => ({
  name,
  f: f as Case["f"],
  inputs: shapes.map((shape, k) => apart(shape, k + 1)),
});
/** Positions that depend on the values, so that they differ between examples. */
const positions = (x: Tensor, count: number): Tensor => x.abs().mul(7).floor().mod(count).to("i32");

const smooth: readonly Operator[] = Object.values(
  operators as unknown as Record<string, Operator>,
).filter((f) => {
  try {
    const takes = new Array<"f64">(f.arity).fill("f64");
    const finite = [0.6, 0.3, 0.2].slice(0, f.arity).map((x) => x + (f.name === "acosh" ? 1 : 0));
    return isFloat(f.at(...takes).dtype) && Number.isFinite(f(...finite));
  } catch {
    return false;
  }
});
/** Between 0.15 and 0.85, or above 1. */
const inside = (x: Tensor, name: string): Tensor => x.mul(0.175).add(name === "acosh" ? 1.5 : 0.5);

const shifted = defineOperator("shifted", (x, y) => sub(x, y));
const table = tensor(
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  { dtype: "f64" },
);
const index = tensor([2, 0, 2], { dtype: "i32" });

export const cases: readonly Case[] = [
  ...smooth.map((f) =>
    at(
      f.name,
      (...x) => {
        const [first, ...rest] = x.slice(0, f.arity).map((v) => inside(v, f.name));
        return (first as Tensor).map(f, ...rest);
      },
      ...[[2, 3], [2, 1], [3]].slice(0, f.arity),
    ),
  ),
  at("operands of different ranks", (x, y) => x.map(shifted, y).mul(x), [3], [2, 1, 3]),
  at("numbers and scalars", (x, y) => x.mul(2).add(y).sub(0.5).div(y), [2, 3], []),
  at("of scalars only", (x, y) => x.mul(y).sin(), [], []),
  at("reshape", (x) => x.reshape(3, 4).square(), [2, 6]),
  at("permute, then reshape", (x) => x.permute(2, 0, 1).reshape(8, 3).sin(), [2, 3, 4]),
  at("expand to more axes", (x) => x.expand(4, 2, 5, 3).exp(), [2, 1, 3]),
  at("expand a scalar", (x) => x.expand(2, 3).exp(), []),
  at(
    "pad with ones",
    (x) =>
      x
        .pad(
          [
            [0, 2],
            [1, 1],
          ],
          1,
        )
        .square(),
    [2, 3],
  ),
  at("slice backwards", (x) => x.slice({ step: -2 }, { start: 1, step: 3 }).square(), [5, 7]),
  at("diagonal", (x) => x.diagonal(2, 0).square(), [3, 2, 4]),
  at("windows", (x) => x.unfold(0, 3, 2, 2).square(), [9, 2]),
  at("concat and stack", (x) => stack([concat([x, x.neg()], 0), concat([x, x], 0)], 1), [2, 3]),
  at(
    "sum and mean",
    (x) =>
      x
        .square()
        .sum([0, 2])
        .mul(x.mean(-1, { keepDims: true })),
    [2, 3, 4],
  ),
  at("max less min", (x) => x.max(1).sub(x.min()), [2, 3]),
  at("prod", (x) => x.prod(1), [2, 3]),
  at("a monoid with no rule of its own", (x) => new Tensor(reduce(either, x.node, [0])), [3, 2]),
  at("variance", (x) => x.variance(1).log(), [2, 5]),
  at("norm", (x) => norm(x, 1), [2, 3]),
  at("softmax", (x) => x.softmax(1), [2, 3]),
  at("logsumexp", (x) => x.logsumexp([0, 1]), [2, 3]),
  at("logSoftmax", (x) => x.logSoftmax(0).square(), [2, 3]),
  at("cumsum", (x) => cumsum(x.square(), 1), [2, 4]),
  at("cumprod", (x) => cumprod(x, 1), [2, 4]),
  at("matrix times matrix", (x, y) => x.matmul(y).tanh(), [2, 3], [3, 4]),
  at("batched product with a vector", (x, y) => x.matmul(y), [2, 2, 3], [3]),
  at("Gram matrix", (x) => x.matmul(x.transpose()), [2, 3]),
  at("conv1d", (x, w) => conv1d(x, w, { padding: 1 }), [1, 2, 5], [3, 2, 3]),
  at(
    "conv2d: strided, dilated, grouped",
    (x, w) => conv2d(x, w, { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 }),
    [1, 4, 5, 6],
    [2, 2, 3, 2],
  ),
  at("pooling", (x) => maxPool2d(x, 2).add(avgPool2d(x, 2)), [2, 4, 4]),
  at("where", (x, y) => where(x.gt(y), x.square(), y.sin()), [2, 3], [3]),
  at("take at fixed positions", (x) => take(x, index, 1).square(), [2, 3, 2]),
  at(
    "take at positions of its own",
    (x, y) => take(x, positions(y, 3), 1).square(),
    [2, 3, 2],
    [4],
  ),
  at("take from one table", (y) => take(table, positions(y, 3), 0).mul(y.unsqueeze(-1)), [4]),
  at("takeAlong", (x, y) => takeAlong(x, positions(y, 3), 1).square(), [2, 3], [2, 4]),
  ...(["set", "sum", "max", "min"] as const).flatMap((combining) => [
    at(
      `put at fixed positions: ${combining}`,
      (x, u) => put(x, tensor([2, 0], { dtype: "i32" }), u, { axis: 0, combining }).square(),
      [3, 2],
      [2, 2],
    ),
    at(
      `put at positions of its own: ${combining}`,
      (x, u, p) => put(x, positions(p, 3), u, { axis: 0, combining }).square(),
      [3, 2],
      [1, 2],
      [1],
    ),
  ]),
  at(
    "putAlong",
    (x, u) =>
      putAlong(x, positions(u, 4).slice({ end: 1 }).expand(2, 1), u, 1, { combining: "sum" }),
    [2, 4],
    [2, 1],
  ),
  at("sort", (x) => sort(x, 1).values.mul(tensor([1, 2, 3], { dtype: "f64" })), [2, 3]),
  at("topk", (x) => topk(x, 2, 0).values.square(), [4, 2]),
  at("median", (x) => median(x, 0).square(), [3, 2]),
  at("median of two axes", (x) => median(x, [0, 2]).square(), [2, 3, 2]),
  at("gather", (x, y) => gather(x, positions(y, 3), 1).square(), [2, 3], [1, 4]),
  at(
    "scatter into a part",
    (x, u) => scatter(x, index.reshape(1, 3), u, 1, { combining: "sum" }).square(),
    [2, 3],
    [2, 3],
  ),
  at("maskedSelect", (x) => maskedSelect(x, x.gt(0), { size: 4, fill: 2 }).square(), [2, 3]),
  at("unique", (x) => unique(x, { size: 4 }).values.square(), [5]),
  at("detached", (x) => x.mul(x.detach().exp()), [3]),
];
