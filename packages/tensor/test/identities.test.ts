/**
 * Module 2 — Jacobians as one writes them down on paper, after Sasha Rush's "Autodiff Puzzles"
 * (https://github.com/srush/Autodiff-Puzzles).
 *
 * A row is a function and, for each argument, ∂(result at o) / ∂(argument at k): a formula of the
 * arguments' numbers and nothing else. Forward and reverse mode must both give it.
 */
import { describe, expect, test } from "vitest";
import {
  concat,
  conv1d,
  conv2d,
  cumprod,
  cumsum,
  jacobian,
  linear,
  maxPool2d,
  norm,
  outer,
  put,
  type Shape,
  sort,
  type Tensor,
  take,
  tensor,
  where,
} from "../src/index.ts";
import { apart } from "./differences.ts";
import { indicesOf } from "./oracle.ts";

/** An index, with zeros for the axes there are not. */
type Place = readonly [number, number, number, number];
/** The number of an argument at an index. */
type Read = (...index: readonly number[]) => number;
interface Row {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly f: (x: Tensor, y: Tensor) => Tensor;
  /** For each argument: the derivative of the result at o by its element at k. */
  readonly entries: readonly ((o: Place, k: Place, x: Read, y: Read) => number)[];
}
const of = (name: string, shapes: Row["shapes"], f: Row["f"], ...entries: Row["entries"]): Row => ({
  name,
  shapes,
  f,
  entries,
});

const same = (a: readonly number[], b: readonly number[]): number =>
  Number(a.every((i, axis) => i === b[axis]));
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (n: number, term: (i: number) => number): number =>
  upTo(n).reduce((total, i) => total + term(i), 0);
const product = (n: number, factor: (i: number) => number): number =>
  upTo(n).reduce((total, i) => total * factor(i), 1);
/** Weight position k of an output at o, for the input at i: o·stride + k·dilation − padding = i. */
const taps = (o: number, i: number, size: number, [stride, padding, dilation]: Shape): number[] =>
  upTo(size).filter(
    (k) => o * (stride as number) + k * (dilation as number) - (padding as number) === i,
  );

const places = [2, 0, 2];
const index = tensor(places, { dtype: "i32" });
const chosen = [1, 0, 1];
const condition = tensor([true, false, true]);

const elementwise: readonly Row[] = [
  of("x", [[4]], (x) => x, same),
  of("x + y", [[3], [3]], (x, y) => x.add(y), same, same),
  of(
    "x · y",
    [[3], [3]],
    (x, y) => x.mul(y),
    (o, k, _, y) => same(o, k) * y(...k),
    (o, k, x) => same(o, k) * x(...k),
  ),
  of(
    "x / y",
    [[3], [3]],
    (x, y) => x.div(y),
    (o, k, _, y) => same(o, k) / y(...k),
    (o, k, x, y) => (-same(o, k) * x(...k)) / y(...k) ** 2,
  ),
  of(
    "relu",
    [[6]],
    (x) => x.relu(),
    (o, k, x) => same(o, k) * Number(x(...k) > 0),
  ),
  of(
    "where",
    [[3], [3]],
    (x, y) => where(condition, x, y),
    (o, k) => same(o, k) * (chosen[k[0]] as number),
    (o, k) => same(o, k) * (1 - (chosen[k[0]] as number)),
  ),
];

const moves: readonly Row[] = [
  of(
    "broadcast",
    [[3]],
    (x) => x.expand(2, 3),
    ([, column], [k]) => Number(column === k),
  ),
  of(
    "broadcast of a column, added",
    [
      [2, 1],
      [2, 3],
    ],
    (x, y) => x.add(y),
    ([row], [k]) => Number(row === k),
    same,
  ),
  of(
    "every third, backwards",
    [[8]],
    (x) => x.slice({ step: -3 }),
    ([o], [k]) => Number(k === 7 - 3 * o),
  ),
  of(
    "flip",
    [[5]],
    (x) => x.flip(0),
    ([o], [k]) => Number(o + k === 4),
  ),
  of(
    "transpose",
    [[2, 3]],
    (x) => x.transpose(),
    ([i, j], [row, column]) => Number(i === column && j === row),
  ),
  of(
    "reshape",
    [[2, 6]],
    (x) => x.reshape(3, 4),
    ([i, j], [row, column]) => Number(4 * i + j === 6 * row + column),
  ),
  of(
    "diagonal",
    [[3, 4]],
    (x) => x.diagonal(),
    ([o], [row, column]) => Number(row === o && column === o),
  ),
  of(
    "windows",
    [[6]],
    (x) => x.unfold(0, 3, 2),
    ([o, w], [k]) => Number(k === 2 * o + w),
  ),
  of(
    "concat",
    [[2], [3]],
    (x, y) => concat([x, y], 0),
    ([o], [k]) => Number(o === k),
    ([o], [k]) => Number(o === k + 2),
  ),
];

const folds: readonly Row[] = [
  of(
    "sum",
    [[2, 3]],
    (x) => x.sum(),
    () => 1,
  ),
  of(
    "sum of columns",
    [[2, 3]],
    (x) => x.sum(0),
    ([o], [, column]) => Number(o === column),
  ),
  of(
    "mean",
    [[5]],
    (x) => x.mean(),
    () => 1 / 5,
  ),
  of(
    "product",
    [[4]],
    (x) => x.prod(),
    (_, [k], x) => product(4, (i) => (i === k ? 1 : x(i))),
  ),
  of(
    "max",
    [[5]],
    (x) => x.max(),
    (_, [k], x) => Number(x(k) === Math.max(...upTo(5).map((i) => x(i)))),
  ),
  of(
    "logsumexp",
    [[4]],
    (x) => x.logsumexp(),
    (_, [k], x) => Math.exp(x(k)) / sum(4, (i) => Math.exp(x(i))),
  ),
  of(
    "softmax",
    [[4]],
    (x) => x.softmax(),
    ([o], [k], x) => {
      const s = (j: number): number => Math.exp(x(j)) / sum(4, (i) => Math.exp(x(i)));
      return s(o) * (Number(o === k) - s(k));
    },
  ),
  of(
    "norm",
    [[4]],
    (x) => norm(x),
    (_, [k], x) => x(k) / Math.sqrt(sum(4, (i) => x(i) ** 2)),
  ),
  of(
    "variance",
    [[4]],
    (x) => x.variance(0, { correction: 0 }),
    (_, [k], x) => (2 / 4) * (x(k) - sum(4, (i) => x(i)) / 4),
  ),
  of(
    "running sum",
    [[5]],
    (x) => cumsum(x, 0),
    ([o], [k]) => Number(k <= o),
  ),
  of(
    "running product",
    [[4]],
    (x) => cumprod(x, 0),
    ([o], [k], x) => (k <= o ? product(o + 1, (i) => (i === k ? 1 : x(i))) : 0),
  ),
  of(
    "max-pool",
    [[1, 1, 4, 4]],
    (x) => maxPool2d(x, 2),
    ([, , i, j], [, , row, column], x) => {
      const inside = Math.floor(row / 2) === i && Math.floor(column / 2) === j;
      const window = upTo(4).map((k) => x(0, 0, 2 * i + Math.floor(k / 2), 2 * j + (k % 2)));
      return Number(inside && x(0, 0, row, column) === Math.max(...window));
    },
  ),
];

const products: readonly Row[] = [
  of(
    "matrix product",
    [
      [2, 3],
      [3, 4],
    ],
    (x, y) => x.matmul(y),
    ([i, j], [row, column], _, y) => Number(i === row) * y(column, j),
    ([i, j], [row, column], x) => Number(j === column) * x(i, row),
  ),
  of(
    "linear",
    [
      [2, 3],
      [4, 3],
    ],
    (x, w) => linear(x, w),
    ([i, j], [row, column], _, w) => Number(i === row) * w(j, column),
    ([i, j], [row, column], x) => Number(j === row) * x(i, column),
  ),
  of(
    "outer product",
    [[3], [4]],
    (x, y) => outer(x, y),
    ([i, j], [k], _, y) => Number(i === k) * y(j),
    ([i, j], [k], x) => Number(j === k) * x(i),
  ),
  of(
    "convolution of a sequence: stride 2, padding 1, dilation 2",
    [
      [1, 2, 7],
      [3, 2, 2],
    ],
    (x, w) => conv1d(x, w, { stride: 2, padding: 1, dilation: 2 }),
    ([, f, o], [, c, i], _, w) =>
      taps(o, i, 2, [2, 1, 2]).reduce((total, k) => total + w(f, c, k), 0),
    ([, f, o], [g, c, k], x) => {
      const i = 2 * o + 2 * k - 1;
      return f === g && i >= 0 && i < 7 ? x(0, c, i) : 0;
    },
  ),
  of(
    "convolution of an image, by channels of their own",
    [
      [1, 2, 3, 4],
      [2, 1, 2, 2],
    ],
    (x, w) => conv2d(x, w, { groups: 2, padding: [0, 1] }),
    ([, f, i, j], [, c, row, column], _, w) =>
      Number(f === c) *
      taps(i, row, 2, [1, 0, 1]).reduce(
        (total, p) =>
          total + taps(j, column, 2, [1, 1, 1]).reduce((part, q) => part + w(f, 0, p, q), 0),
        0,
      ),
    ([, f, i, j], [g, , p, q], x) => {
      const column = j + q - 1;
      return f === g && column >= 0 && column < 4 ? x(0, f, i + p, column) : 0;
    },
  ),
];

const indexing: readonly Row[] = [
  of(
    "sort",
    [[5]],
    (x) => sort(x, 0).values,
    ([o], [k], x) => Number(upTo(5).filter((i) => x(i) < x(k)).length === o),
  ),
  of(
    "gather",
    [[3, 2]],
    (x) => take(x, index),
    ([i, j], [row, column]) => Number(places[i] === row && j === column),
  ),
  of(
    "scattered sums",
    [[3], [3]],
    (x, u) => put(x, index, u, { combining: "sum" }),
    same,
    ([o], [k]) => Number(places[k] === o),
  ),
  of(
    "scattered: the last one stays",
    [[3], [3]],
    (x, u) => put(x, index, u),
    ([o], [k]) => Number(o === k && !places.includes(o)),
    ([o], [k]) => Number(places[k] === o && places.lastIndexOf(o) === k),
  ),
];

const padded = (index: readonly number[]): Place => {
  const [a = 0, b = 0, c = 0, d = 0] = index;
  return [a, b, c, d];
};
describe.each([elementwise, moves, folds, products, indexing].flat())(
  "$name",
  ({ shapes, f, entries }) => {
    const inputs = shapes.map((shape, i) => apart(shape, i + 1));
    const x = inputs.map(({ shape, data }) => tensor(Float64Array.from(data), { shape }));
    const reads = x.map((input): Read => {
      const elements = input.dataSync();
      return (...at) =>
        elements[input.shape.reduce((k, n, axis) => k * n + (at[axis] as number), 0)] as number;
    }) as [Read, Read];
    const whole = ([a, b]: readonly Tensor[]): Tensor => f(a as Tensor, b as Tensor);
    test.each(["forward", "reverse"] as const)("%s", (mode) => {
      const blocks = jacobian(whole, { mode })(x) as readonly Tensor[];
      const { shape } = whole(x);
      entries.forEach((entry, i) => {
        const from = shapes[i] as Shape;
        const block = blocks[i] as Tensor;
        expect(block.shape).toEqual([...shape, ...from]);
        const expected = Array.from(indicesOf(shape), (o) =>
          Array.from(indicesOf(from), (k) => entry(padded(o), padded(k), ...reads)),
        ).flat();
        const found = block.dataSync();
        const at = expected.findIndex((e, k) => !(Math.abs(e - (found[k] as number)) <= 1e-12));
        if (at >= 0) expect.fail(`by argument ${i}, at ${at}: ${found[at]}, not ${expected[at]}`);
      });
    });
  },
);

test("ties share: the greatest of three equals has a third of each", () => {
  const x = tensor([5, 1, 5, 5], { dtype: "f64" });
  for (const mode of ["forward", "reverse"] as const)
    expect([...jacobian((v: Tensor) => v.max(), { mode })(x).dataSync()]).toEqual([
      ...[1 / 3, 0, 1 / 3, 1 / 3],
    ]);
});
