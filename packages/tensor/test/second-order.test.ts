/**
 * Module 2 — Second derivatives: `hessian`, and `grad` of `grad`, are right to 1e-6.
 *
 * A row says what a function is, and where it has one what its second derivative is, as loops over
 * numbers. Every Hessian is also held against differences of the first gradient.
 */
import { describe, expect, test } from "vitest";
import {
  conv2d,
  cumsum,
  einsum,
  grad,
  hessian,
  maxPool2d,
  norm,
  put,
  type Shape,
  type Tensor,
  take,
  tensor,
} from "../src/index.ts";
import { apart } from "./differences.ts";

const at = (shape: Shape, seed = 1): Tensor =>
  tensor(Float64Array.from(apart(shape, seed).data), { shape });
const sum = (n: number, term: (k: number) => number): number =>
  Array.from({ length: n }, (_, k) => term(k)).reduce((a, b) => a + b, 0);
const same = (...k: readonly number[]): number => Number(k.every((i) => i === k[0]));

type Numbers = ArrayLike<number>;
interface Row {
  readonly name: string;
  readonly shape: Shape;
  readonly f: (x: Tensor) => Tensor;
  /** ∂²(Σ c·f)/∂x[a]∂x[b], elements counted in row-major order. */
  readonly closed?: (x: Numbers, c: Numbers, a: number, b: number) => number;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softmax = (x: Numbers, k: number): number =>
  Math.exp(x[k] as number) / sum(x.length, (i) => Math.exp(x[i] as number));
const length = (x: Numbers): number => Math.hypot(...Array.from(x));
const by = (list: Numbers, k: number): number => list[k] as number;

/** Rows 1, 0, 1 of three, with an update for each; images of 4 channels in two groups. */
const index = tensor([1, 0, 1], { dtype: "i32" });
const places = [1, 0, 1];
const weight = at([4, 2, 3, 2], 3);
const matrix = at([3, 3], 4);

const rows: readonly Row[] = [
  {
    name: "tanh: −2·tanh·(1 − tanh²)",
    shape: [2, 3],
    f: (x) => x.tanh(),
    closed: (x, c, a, b) => {
      const t = Math.tanh(by(x, a));
      return same(a, b) * by(c, a) * -2 * t * (1 - t * t);
    },
  },
  {
    name: "sigmoid: σ·(1 − σ)·(1 − 2σ)",
    shape: [2, 3],
    f: (x) => x.sigmoid(),
    closed: (x, c, a, b) => {
      const s = logistic(by(x, a));
      return same(a, b) * by(c, a) * s * (1 - s) * (1 - 2 * s);
    },
  },
  {
    name: "softmax: sₖ·((δₖₐ − sₐ)(δₖᵦ − sᵦ) − sₐ(δₐᵦ − sᵦ))",
    shape: [4],
    f: (x) => x.softmax(),
    closed: (x, c, a, b) => {
      const [sa, sb] = [softmax(x, a), softmax(x, b)];
      return sum(x.length, (k) => {
        const first = (same(k, a) - sa) * (same(k, b) - sb);
        return by(c, k) * softmax(x, k) * (first - sa * (same(a, b) - sb));
      });
    },
  },
  { name: "softmax of rows, squared", shape: [2, 3], f: (x) => x.softmax(1).square() },
  {
    name: "logsumexp: sₐ·(δₐᵦ − sᵦ)",
    shape: [4],
    f: (x) => x.logsumexp(),
    closed: (x, c, a, b) => by(c, 0) * softmax(x, a) * (same(a, b) - softmax(x, b)),
  },
  { name: "logsumexp of rows", shape: [2, 3], f: (x) => x.logsumexp(1) },
  {
    name: "max-pool, then squared: 2 where the greatest of a window stands",
    shape: [1, 1, 4, 4],
    f: (x) => maxPool2d(x, 2).square(),
    closed: (x, c, a, b) => {
      const [row, column] = [Math.floor(a / 8), Math.floor((a % 4) / 2)];
      const window = [0, 1, 4, 5].map((k) => by(x, 8 * row + 2 * column + k));
      return same(a, b) * Number(by(x, a) === Math.max(...window)) * 2 * by(c, 2 * row + column);
    },
  },
  {
    name: "strided, padded, grouped convolution, then squared: 2·Σ c·w·w over shared outputs",
    shape: [1, 4, 5, 4],
    f: (x) => conv2d(x, weight, { stride: [2, 1], padding: 1, groups: 2 }).square(),
    closed: (_, c, a, b) => {
      const w = weight.dataSync();
      const place = (k: number): number[] => [Math.floor(k / 20), Math.floor((k % 20) / 4), k % 4];
      /** What output (f, y, x) multiplies input k by. */
      const tap = (k: number, f: number, y: number, x: number): number => {
        const [channel, row, column] = place(k) as [number, number, number];
        const [i, j] = [row + 1 - 2 * y, column + 1 - x];
        const inGroup = Math.floor(channel / 2) === Math.floor(f / 2);
        if (!inGroup || i < 0 || i > 2 || j < 0 || j > 1) return 0;
        return by(w, ((f * 2 + (channel % 2)) * 3 + i) * 2 + j);
      };
      const outputs = Array.from({ length: 4 * 3 * 5 }, (_, k) => k);
      return outputs.reduce((total, k) => {
        const [f, y, x] = [Math.floor(k / 15), Math.floor((k % 15) / 5), k % 5] as const;
        return total + 2 * by(c, k) * tap(a, f, y, x) * tap(b, f, y, x);
      }, 0);
    },
  },
  {
    name: "strided, padded, grouped convolution, then tanh",
    shape: [1, 4, 5, 4],
    f: (x) => conv2d(x, weight, { stride: [2, 1], padding: 1, groups: 2 }).tanh(),
  },
  {
    name: "running sum, then squared: 2·Σ c from the later of both",
    shape: [5],
    f: (x) => cumsum(x, 0).square(),
    closed: (_, c, a, b) => sum(5, (k) => (k >= Math.max(a, b) ? 2 * by(c, k) : 0)),
  },
  { name: "running sum, then tanh", shape: [2, 3], f: (x) => cumsum(x, 1).tanh() },
  {
    name: "what was gathered, cubed: 6x for each time it was read",
    shape: [3],
    f: (x) => {
      const y = take(x, index);
      return y.mul(y).mul(y);
    },
    closed: (x, c, a, b) =>
      same(a, b) * 6 * by(x, a) * sum(3, (k) => Number(places[k] === a) * by(c, k)),
  },
  {
    name: "scattered sums of itself, squared: 2·Σ c·(how often a and b arrive)",
    shape: [3],
    f: (x) => put(x, index, x, { combining: "sum" }).square(),
    closed: (_, c, a, b) => {
      const arrives = (from: number, k: number): number =>
        same(from, k) + Number(places[from] === k);
      return sum(3, (k) => 2 * by(c, k) * arrives(a, k) * arrives(b, k));
    },
  },
  {
    name: "gathered, then scattered into the greatest",
    shape: [2, 3],
    f: (x) => put(x, index, take(x, index).sin(), { combining: "max" }).tanh(),
  },
  {
    name: "einsum, a quadratic form: A + Aᵀ",
    shape: [3],
    f: (x) => einsum("i,ij,j->", x, matrix, x),
    closed: (_, c, a, b) => {
      const m = matrix.dataSync();
      return by(c, 0) * (by(m, 3 * a + b) + by(m, 3 * b + a));
    },
  },
  {
    name: "einsum of three operands",
    shape: [2, 3],
    f: (x) => einsum("ij,kj,ik->i", x, x, x.matmul(x.transpose())),
  },
  {
    name: "norm: (δₐᵦ − uₐuᵦ) / |x|",
    shape: [4],
    f: (x) => norm(x),
    closed: (x, c, a, b) => {
      const n = length(x);
      return (by(c, 0) * (same(a, b) - (by(x, a) * by(x, b)) / (n * n))) / n;
    },
  },
  { name: "norms of rows", shape: [2, 3], f: (x) => norm(x, 1) },
];

const near = (found: number, expected: number, where: string): void => {
  if (!(Math.abs(found - expected) <= 1e-6 * Math.max(1, Math.abs(expected))))
    expect.fail(`${where}: ${found}, not ${expected}`);
};

/** Rows and columns of a function's Hessian, with what it was taken of. */
function hessianOf({ shape, f }: Row): {
  readonly x: Tensor;
  readonly c: Tensor;
  readonly loss: (v: Tensor) => Tensor;
  readonly h: Numbers;
} {
  const x = at(shape);
  const c = at(f(x).shape, 2);
  const loss = (v: Tensor): Tensor => f(v).mul(c).sum();
  const h = hessian(loss)(x);
  expect(h.shape).toEqual([...shape, ...shape]);
  return { x, c, loss, h: h.dataSync() };
}

describe.each(rows)("$name", (row) => {
  test("hessian = differences of the gradient", () => {
    const { x, loss, h } = hessianOf(row);
    const step = 1e-5;
    const gradientAt = (k: number, move: number): Numbers => {
      const data = Float64Array.from(x.dataSync());
      data[k] = (data[k] as number) + move;
      return grad(loss)(tensor(data, { shape: row.shape })).dataSync();
    };
    for (let k = 0; k < x.size; k++) {
      const [up, down] = [gradientAt(k, step), gradientAt(k, -step)];
      for (let i = 0; i < x.size; i++)
        near(by(h, i * x.size + k), (by(up, i) - by(down, i)) / (2 * step), `${i}, ${k}`);
    }
  });
  test("grad of grad along a direction = the Hessian times it", () => {
    const { x, loss, h } = hessianOf(row);
    const v = at(row.shape, 5);
    const twice = grad((y: Tensor) => grad(loss)(y).mul(v).sum())(x).dataSync();
    const direction = v.dataSync();
    for (let i = 0; i < x.size; i++) {
      const product = sum(x.size, (k) => by(h, i * x.size + k) * by(direction, k));
      near(by(twice, i), product, `${i}`);
    }
  });
});

const stated = rows.filter((row) => row.closed) as readonly Required<Row>[];
test.each(stated)("closed form of $name", (row) => {
  const { x, c, h } = hessianOf(row);
  const [numbers, weights] = [x.dataSync(), c.dataSync()];
  for (let a = 0; a < x.size; a++)
    for (let b = 0; b < x.size; b++)
      near(by(h, a * x.size + b), row.closed(numbers, weights, a, b), `${a}, ${b}`);
});
