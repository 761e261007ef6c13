/** Module 2 — The chain rule holds for every kind of node, with any cotangent, at every index. */
import { isFloat, monoids, type Operator, operators } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { reduce } from "../src/graph/record.ts";
import {
  concat,
  cummax,
  cummin,
  cumprod,
  cumsum,
  grad,
  median,
  put,
  putAlong,
  sort,
  stack,
  Tensor,
  take,
  takeAlong,
  tensor,
  topk,
  where,
} from "../src/index.ts";
import { apart, checkVjp, type Input } from "./differences.ts";
import { either } from "./steps/folds.ts";

const all = Object.entries(operators as unknown as Record<string, Operator>);
/** Operators of reals: those of bits give integers, comparisons give truth values. */
const real = all.filter(([, f]) => {
  try {
    return isFloat(f.at(...new Array<"f64">(f.arity).fill("f64")).dtype);
  } catch {
    return false;
  }
});

/** Where an operator is smooth: affine images of the numbers between −2 and 2. */
const placed: Readonly<Record<string, readonly [scale: number, offset: number]>> = {
  ...Object.fromEntries(
    "log log2 sqrt rsqrt pow log1p inv".split(" ").map((name) => [name, [0.5, 1.6]]),
  ),
  ...Object.fromEntries("asin acos atanh".split(" ").map((name) => [name, [0.4, 0]])),
  acosh: [0.5, 2.6],
  tan: [0.6, 0],
  mod: [0.11, 1.9],
  rem: [0.11, 1.9],
  ...Object.fromEntries("floor ceil trunc round".split(" ").map((name) => [name, [0.1, 1.3]])),
};
const inPlace = (name: string, { shape, data }: Input, k: number): Input => {
  const [scale, offset] = placed[name] ?? [1, 0];
  // one operand apart from the other, so that neither kinks nor jumps lie between them
  return { shape, data: data.map((x) => scale * x + offset + (placed[name] ? 0 : 0.013 * k)) };
};

describe("map", () => {
  test.each(real)("%s, its operands broadcast", (name, f) => {
    const shapes = [[2, 3], [2, 1], [3]].slice(0, f.arity);
    const inputs = shapes.map((shape, k) => inPlace(name, apart(shape, k + 1), k));
    checkVjp(name, (x, ...rest) => (x as Tensor).map(f, ...rest), inputs);
  });
  test("an operand used several times collects all its cotangents", () => {
    checkVjp(
      "x·x + x·sin x",
      (x) => (x as Tensor).mul(x as Tensor).add((x as Tensor).mul((x as Tensor).sin())),
      [apart([4])],
    );
  });
  test("where: each branch gets the cotangent of its own elements", () => {
    const condition = tensor([true, false]).reshape(2, 1);
    checkVjp("where", (x, y) => where(condition, x as Tensor, y as Tensor), [
      apart([2, 3]),
      apart([3], 2),
    ]);
  });
  test("f32 beside f64: each cotangent arrives in its operand's own dtype", async () => {
    const a = tensor([1, 2], { requiresGrad: true });
    const b = tensor([3, 4], { dtype: "f64", requiresGrad: true });
    const y = a.mul(b);
    expect(y.dtype).toBe("f64");
    y.sum().backward();
    expect([a.grad?.dtype, b.grad?.dtype]).toEqual(["f32", "f64"]);
    expect(await a.grad?.toArray()).toEqual([3, 4]);
  });
});

describe("move", () => {
  const moves: readonly (readonly [string, readonly number[], (x: Tensor) => Tensor])[] = [
    ["reshape", [2, 6], (x) => x.reshape(3, 4)],
    ["reshape of a permuted array: a copy", [2, 3, 4], (x) => x.permute(2, 0, 1).reshape(8, 3)],
    ["permute", [2, 3, 4], (x) => x.permute(2, 0, 1)],
    ["transpose", [2, 3], (x) => x.transpose()],
    ["expand", [2, 1, 3], (x) => x.expand(4, 2, 5, 3)],
    ["expand of a scalar", [], (x) => x.expand(2, 3)],
    ["expand to nothing", [1, 3], (x) => x.expand(0, 3)],
    [
      "pad with zeros",
      [2, 3],
      (x) =>
        x.pad([
          [1, 0],
          [2, 1],
        ]),
    ],
    [
      "pad with ones",
      [2, 3],
      (x) =>
        x.pad(
          [
            [0, 2],
            [1, 1],
          ],
          1,
        ),
    ],
    ["pad twice with different fills: a copy", [3], (x) => x.pad([[1, 1]], 2).pad([[1, 1]], 3)],
    ["slice", [4, 5], (x) => x.slice({ start: 1, end: 3 }, { start: 2 })],
    ["slice with steps", [5, 7], (x) => x.slice({ step: 2 }, { start: 1, step: 3 })],
    ["slice with negative steps", [5, 7], (x) => x.slice({ step: -2 }, { step: -3 })],
    ["one position", [4, 3], (x) => x.slice(2)],
    ["slice to nothing", [4, 3], (x) => x.slice({ start: 2, end: 2 })],
    ["flip", [2, 3], (x) => x.flip()],
    ["diagonal", [3, 4], (x) => x.diagonal()],
    ["diagonal of other axes", [3, 2, 4], (x) => x.diagonal(2, 0)],
    ["overlapping windows", [7, 2], (x) => x.unfold(0, 3)],
    ["windows with gaps", [9, 2], (x) => x.unfold(0, 2, 3)],
    ["dilated windows", [9], (x) => x.unfold(0, 3, 2, 2)],
    ["windows of windows", [8], (x) => x.unfold(0, 4, 2).unfold(1, 2)],
    [
      "a chain",
      [3, 4],
      (x) =>
        x
          .pad([
            [1, 1],
            [0, 2],
          ])
          .transpose()
          .flip(0)
          .slice({ step: 2 })
          .unfold(1, 2)
          .diagonal(0, 2),
    ],
    ["concat", [2, 3], (x) => concat([x, x.neg(), x.slice({ end: 1 })], 0)],
    ["stack", [2, 3], (x) => stack([x, x.square()], 1)],
    ["squeeze and unsqueeze", [2, 1, 3], (x) => x.squeeze(1).unsqueeze(-1)],
  ];
  test.each(moves)("%s", (name, shape, f) => {
    checkVjp(name, (x) => f((x as Tensor).mul(1.5)), [apart(shape)]);
  });
});

describe("reduce", () => {
  const axes: readonly (number[] | undefined)[] = [undefined, [0], [1], [0, 2], [-1, 1], []];
  const folds = ["sum", "mean", "max", "min", "prod", "logsumexp"] as const;
  test.each(folds.flatMap((fold) => axes.map((list) => [fold, list] as const)))(
    "%s over axes %j",
    (fold, list) => {
      for (const keepDims of [false, true])
        checkVjp(fold, (x) => (x as Tensor)[fold](list, { keepDims }), [apart([2, 3, 4])]);
    },
  );
  test.each(["softmax", "logSoftmax"] as const)("%s along each axis", (name) => {
    for (const axis of [0, 1, 2, -1])
      checkVjp(name, (x) => (x as Tensor)[name](axis), [apart([2, 3, 4])]);
  });
  test("variance", () => {
    checkVjp("variance", (x) => (x as Tensor).variance(1), [apart([2, 5])]);
    checkVjp("variance", (x) => (x as Tensor).variance([0, 1], { correction: 0 }), [apart([2, 5])]);
  });
  test("prod where elements are zero: none, one, two, all", () => {
    const data = [1, 2, 3, 0, 2, 3, 0, 2, 0, 0, 0, 0].map((x) => x / 2);
    checkVjp("prod", (x) => (x as Tensor).prod(1), [{ shape: [4, 3], data }]);
    checkVjp("prod of all", (x) => (x as Tensor).prod(), [{ shape: [3], data: [0, 2, 3] }]);
  });
  test("a monoid with no rule of its own", () => {
    const f = (x: Tensor | undefined): Tensor =>
      new Tensor(reduce(either, (x as Tensor).node, [0, 2]));
    for (const shape of [
      [2, 3, 4],
      [1, 2, 1],
      [3, 2, 5],
    ])
      checkVjp("either", f, [apart(shape)]);
  });
  test("ties share the cotangent of max and min equally", async () => {
    for (const monoid of [monoids.max, monoids.min]) {
      const x = tensor(
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
        { dtype: "f64", requiresGrad: true },
      );
      new Tensor(reduce(monoid, x.node, [1])).backward(tensor([3, 6], { dtype: "f64" }));
      expect(await x.grad?.toArray()).toEqual([
        [1, 1, 1],
        [2, 2, 2],
      ]);
    }
  });
  test("sums over nothing hand nothing back", async () => {
    const x = tensor([], { shape: [2, 0], requiresGrad: true });
    x.sum(1).add(1).sum().backward();
    expect(x.grad?.shape).toEqual([2, 0]);
    expect(await x.sum(1).toArray()).toEqual([0, 0]);
  });
  test("extrema of what holds NaN are NaN, and so is their gradient nowhere else", async () => {
    const x = tensor(
      [
        [1, Number.NaN],
        [2, 3],
      ],
      { requiresGrad: true },
    );
    const y = x.max(1);
    y.sum().backward();
    expect(await y.toArray()).toEqual([Number.NaN, 3]);
    expect((await x.grad?.data())?.slice(2)).toEqual(new Float32Array([0, 1]));
  });
});

describe("gather, scatter and running folds", () => {
  /** Positions that repeat, leave some out, and lie outside. */
  const index = tensor([2, 0, 2, 5], { dtype: "i32" });
  const along = tensor(
    [
      [1, 1],
      [0, 3],
      [1, 0],
    ],
    { dtype: "i32" },
  );
  const pair = [apart([3, 2]), apart([4, 2], 2)];
  test("take, and a position for each element", () => {
    checkVjp("take", (x) => take(x as Tensor, index), [apart([3, 2])]);
    checkVjp("take along 1", (x) => take((x as Tensor).transpose(), index, 1), [apart([3, 2])]);
    checkVjp("takeAlong", (x) => takeAlong(x as Tensor, along, 1), [apart([3, 2])]);
    checkVjp("padded", (x) => take(x as Tensor, index).pad([[1, 1]], 3), [apart([3, 2])]);
  });
  test.each(["set", "sum", "max", "min"] as const)("put by %s", (combining) => {
    const f = (x?: Tensor, u?: Tensor): Tensor =>
      put(x as Tensor, index, u as Tensor, { combining });
    checkVjp(combining, f, pair);
    const g = (x?: Tensor, u?: Tensor): Tensor =>
      putAlong(x as Tensor, along, u as Tensor, 1, { combining });
    checkVjp(`${combining} along`, g, [apart([3, 2]), apart([3, 2], 2)]);
  });
  test.each([cumsum, cumprod, cummax, cummin])("%o along each axis", (f) => {
    for (const axis of [0, 1, 2]) checkVjp(f.name, (x) => f(x as Tensor, axis), [apart([2, 3, 4])]);
  });
  test("sorted values go back to where they stood", () => {
    checkVjp("sort", (x) => sort(x as Tensor, 0, { descending: true }).values, [apart([5, 2])]);
    checkVjp("topk", (x) => topk(x as Tensor, 2).values, [apart([2, 5])]);
    checkVjp("median", (x) => median(x as Tensor, 0), [apart([5, 2])]);
  });
});

describe("second derivatives", () => {
  /** d/dx of (a random combination of the first gradient) against differences of the gradient. */
  const twice =
    (f: (x: Tensor) => Tensor) =>
    (x: Tensor | undefined): Tensor =>
      grad((z: Tensor) => f(z).sum())(x as Tensor);
  const functions: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ["x³", (x) => x.mul(x).mul(x)],
    ["tanh of a sum", (x) => x.sum(1).tanh()],
    ["sigmoid · sin", (x) => x.sigmoid().mul(x.sin())],
    ["softmax squared", (x) => x.softmax(1).square()],
    ["logsumexp", (x) => x.logsumexp(1)],
    ["logSoftmax squared", (x) => x.logSoftmax(0).square()],
    ["prod", (x) => x.prod(1)],
    ["Gram matrix", (x) => x.matmul(x.transpose()).tanh()],
    ["windows", (x) => x.unfold(1, 2).prod(-1).sin()],
    ["variance", (x) => x.variance(1).log()],
    ["hypot with itself shifted", (x) => x.hypot(x.flip(1).add(0.5))],
    [
      "padded and strided",
      (x) =>
        x
          .pad(
            [
              [1, 1],
              [1, 1],
            ],
            1,
          )
          .slice({ step: 2 })
          .exp(),
    ],
  ];
  test.each(functions)("%s", (name, f) => {
    checkVjp(name, twice(f), [apart([2, 3])], 1e-5);
  });
  test("third: d³(x⁴)/dx³ = 24x", async () => {
    const f = (x: Tensor): Tensor => x.square().square().sum();
    const g = (h: (x: Tensor) => Tensor) => grad((x: Tensor) => h(x).sum());
    expect(await g(g(g(f)))(tensor([1, -2], { dtype: "f64" })).toArray()).toEqual([24, -48]);
  });
});
