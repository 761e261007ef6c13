/** Module 2.21b — `vmap` is a loop over examples, and composes with everything. */
import { describe, expect, test } from "vitest";
import {
  conv2d,
  eager,
  grad,
  hessian,
  jvp,
  manualSeed,
  noGrad,
  rand,
  ShapeError,
  stack,
  type Tensor,
  TensorError,
  tensor,
  vmap,
} from "../src/index.ts";
import { apart, type Input } from "./differences.ts";
import { cases } from "./transformed.ts";

const count = 3;
/** Arguments for each of `count` examples, along the first axis. */
const many = ({ shape, data }: Input, seed: number): Tensor => {
  const rows = Array.from({ length: count }, (_, k) =>
    k === 0 ? data : apart(shape, 10 * seed + k).data,
  );
  return tensor(Float64Array.from(rows.flat()), { shape: [count, ...shape] });
};
const one = ({ shape, data }: Input): Tensor => tensor(Float64Array.from(data), { shape });

function expectClose(a: Tensor, b: Tensor, tolerance = 1e-10): void {
  expect(a.shape).toEqual(b.shape);
  expect(a.dtype).toBe(b.dtype);
  const [x, y] = [a.dataSync(), b.dataSync()];
  const at = x.findIndex((v, i) => {
    const w = y[i] as number;
    return !(Object.is(v, w) || Math.abs(v - w) <= tolerance * Math.max(1, Math.abs(w)));
  });
  if (at >= 0) expect.fail(`element ${at}: ${x[at]} and ${y[at]}`);
}

/** f of each example in turn; arguments with axis null are the same for all. */
const looped =
  (f: (...x: Tensor[]) => Tensor, axes: readonly (number | null)[]) =>
  (...x: Tensor[]): Tensor =>
    stack(
      Array.from({ length: count }, (_, k) =>
        f(...x.map((v, i) => (axes[i] === null ? v : v.slice(k)))),
      ),
    );

describe("vmap = loop", () => {
  test.each(cases)("$name", ({ f, inputs }) => {
    // which arguments are mapped: all, and each alone
    const all = inputs.map(() => 0);
    const alone = inputs.map((_, i) => inputs.map((_, k) => (k === i ? 0 : null)));
    for (const axes of inputs.length > 1 ? [all, ...alone] : [all]) {
      const x = inputs.map((input, i) => (axes[i] === null ? one(input) : many(input, i + 1)));
      expectClose(vmap(f, axes)(...x), looped(f, axes)(...x));
    }
  });
  test.each(cases)("grad of $name, for each example and through all", ({ f, inputs }) => {
    const loss = (...x: Tensor[]): Tensor =>
      f(...x)
        .square()
        .sum();
    const gradient = grad(loss) as (...x: Tensor[]) => Tensor;
    const axes = inputs.map(() => 0);
    const x = inputs.map((input, i) => many(input, i + 1));
    const perExample = looped(gradient, axes)(...x);
    expectClose(vmap(gradient, axes)(...x), perExample, 1e-9);
    const through = grad((...y: Tensor[]) => vmap(loss, axes)(...y).sum()) as typeof gradient;
    expectClose(through(...x), perExample, 1e-9);
  });
});

describe("axes", () => {
  const x = tensor(Float64Array.from(apart([2, 3, 4]).data), { shape: [2, 3, 4] });
  test("in: any, negative ones too; out: where they are wanted", () => {
    const f = (row: Tensor): Tensor => row.mul(2);
    for (const axis of [0, 1, 2, -1, -2, -3]) expectClose(vmap(f, axis, axis)(x), x.mul(2));
    expect(vmap(f, 2, 0)(x).shape).toEqual([4, 2, 3]);
    expectClose(vmap(f, 2, 1)(x), x.mul(2).permute(0, 2, 1));
  });
  test("trees: of arguments, axes and results", async () => {
    const f = ({ w, b }: { w: Tensor; b: Tensor }, [scale]: [number]): { y: [Tensor, string] } => ({
      y: [w.mul(scale).add(b), "kept"],
    });
    const w = tensor([
      [1, 2],
      [3, 4],
    ]);
    const result = vmap(f, [{ w: 1, b: null }, null], { y: [1, null] })(
      { w, b: tensor([10, 20]) },
      [2],
    );
    expect(await result.y[0].toArray()).toEqual([
      [12, 14],
      [26, 28],
    ]);
    expect(result.y[1]).toBe("kept");
  });
  test("results that are the same for all are repeated, or left alone", async () => {
    const c = tensor([1, 2]);
    expect(await vmap((_: Tensor) => c)(tensor([1, 2, 3])).toArray()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(await vmap((_: Tensor) => c, 0, null)(tensor([1, 2, 3])).toArray()).toEqual([1, 2]);
  });
  test("one example, and none", () => {
    const f = (row: Tensor): Tensor => row.softmax().sum();
    expect(vmap(f)(tensor([[1, 2]])).shape).toEqual([1]);
    expect(vmap(f)(tensor([], { shape: [0, 2] })).shape).toEqual([0]);
  });
  test("the same tensor mapped and not", async () => {
    const v = tensor([1, 2, 3]);
    expect(await vmap((a: Tensor, b: Tensor) => a.mul(b), [0, null])(v, v).toArray()).toEqual([
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ]);
  });
});

describe("composition", () => {
  const a = tensor([1, 2, 3], { dtype: "f64" });
  const b = tensor([10, 20], { dtype: "f64" });
  test("vmap of vmap: every pair", async () => {
    const outer = vmap(
      vmap((x: Tensor, y: Tensor) => x.mul(y), [null, 0]),
      [0, null],
    );
    expect(await outer(a, b).toArray()).toEqual([
      [10, 20],
      [20, 40],
      [30, 60],
    ]);
  });
  test("a gradient within a vmap within a vmap within a gradient", async () => {
    const cube = (x: Tensor, y: Tensor): Tensor => x.mul(x).mul(x).mul(y);
    const pairs = vmap(vmap(grad(cube), [null, 0]), [0, null]); // 3x²y
    expect(await grad((x: Tensor) => pairs(x, b).sum())(a).toArray()).toEqual([180, 360, 540]);
  });
  test("per-example tangents and Hessians", async () => {
    const f = (x: Tensor): Tensor => x.mul(x).mul(x).sum();
    const rows = tensor([
      [1, 2],
      [3, 4],
    ]);
    const along = vmap((x: Tensor, dx: Tensor) => jvp(grad(f), x, dx).tangent);
    expect(
      await along(
        rows,
        tensor([
          [1, 0],
          [0, 1],
        ]),
      ).toArray(),
    ).toEqual([
      [6, 0],
      [0, 24],
    ]);
    expect(await vmap(hessian(f))(rows).toArray()).toEqual([
      [
        [6, 0],
        [0, 12],
      ],
      [
        [18, 0],
        [0, 24],
      ],
    ]);
  });
  test("parameters seen from inside collect their gradient in .grad", async () => {
    const w = tensor([1, 2], { requiresGrad: true });
    vmap((row: Tensor) => row.mul(w).sum())(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    )
      .sum()
      .backward();
    expect(await w.grad?.toArray()).toEqual([4, 6]);
  });
  test("detached for one example is detached for all", async () => {
    const f = vmap((x: Tensor) => x.mul(x.detach()));
    expect(await grad((x: Tensor) => f(x).sum())(a).toArray()).toEqual([1, 2, 3]);
    const g = vmap((x: Tensor) => noGrad(() => x.mul(x)).add(x));
    expect(await grad((x: Tensor) => g(x).sum())(a).toArray()).toEqual([1, 1, 1]);
  });
  test("eager mode gives the same", async () => {
    const f = vmap(grad((x: Tensor) => x.mul(x).sum()));
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(await eager(() => f(x)).toArray()).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });
  test("values from outside may be read inside: only those of an example have none", async () => {
    const f = (row: Tensor): Tensor => row.mul(b.sum().itemSync());
    expect(await vmap(f)(a).toArray()).toEqual([30, 60, 90]);
  });
  test("what was recorded before is still owed, what examples were recorded on is not", async () => {
    const before = a.add(1);
    const y = vmap((x: Tensor) => {
      x.exp(); // used by nobody
      return x.mul(2);
    })(a);
    expect(await y.toArray()).toEqual([2, 4, 6]);
    expect(before.node.value).not.toBeNull();
  });
  test("a draw inside is the same for every example", async () => {
    manualSeed(3);
    const [x, y, z] = (await vmap((v: Tensor) => v.mul(0).add(rand([2])))(
      a,
    ).toArray()) as number[][];
    expect(x).toEqual(y);
    expect(y).toEqual(z);
  });
  test("a model of images, one by one", () => {
    const images = tensor(Float64Array.from(apart([3, 2, 5, 5]).data), { shape: [3, 2, 5, 5] });
    const weight = tensor(Float64Array.from(apart([4, 2, 3, 3], 2).data), { shape: [4, 2, 3, 3] });
    const f = (image: Tensor): Tensor => conv2d(image.unsqueeze(0), weight).relu().squeeze(0);
    expectClose(vmap(f)(images), conv2d(images, weight).relu());
  });
});

describe("errors", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const y = tensor([1, 2, 3]);
  const add = (a: Tensor, b: Tensor): Tensor => a.add(b);
  test.each([
    [
      "different numbers of examples: both are named",
      () => vmap(add)(x, y),
      ShapeError,
      /arguments\[0\] has 2 examples and arguments\[1\] has 3/,
    ],
    [
      "no such axis",
      () => vmap(add, [0, 1])(x, y),
      ShapeError,
      /vmap: axis 1 is out of range for \[3\]/,
    ],
    [
      "a scalar has none",
      () => vmap((v: Tensor) => v)(y.sum()),
      ShapeError,
      /a scalar has no axes/,
    ],
    [
      "no such axis in the result",
      () => vmap((v: Tensor) => v.sum(), 0, 1)(x),
      ShapeError,
      /axis 1 is out of range for \[2\]/,
    ],
    ["nothing is mapped", () => vmap(add, null)(x, x), TensorError, /no tensor is mapped over/],
    [
      "an axis too few",
      () => vmap(add, [0])(x, x),
      TensorError,
      /inAxes lists 1 axes and there are 2/,
    ],
    [
      "axes of another structure",
      () => vmap((v: { w: Tensor }) => v.w, [{ b: 0 }])({ w: x }),
      TensorError,
      /arguments\[0\] has another structure than its axes \{"b":0\}/,
    ],
    [
      "a result that differs between examples, without an axis",
      () => vmap((v: Tensor) => v, 0, null)(x),
      TensorError,
      /differs between examples/,
    ],
    [
      "shapes of one example",
      () => vmap(add, [0, null])(x, y),
      ShapeError,
      /cannot broadcast \[2\] with \[3\]/,
    ],
    [
      "reading one example",
      () => vmap((v: Tensor) => v.mul(v.sum().itemSync()))(x),
      TensorError,
      /this \[\] stands for one example inside vmap/,
    ],
    [
      "eager mode inside",
      () => vmap((v: Tensor) => eager(() => v.exp()))(x),
      TensorError,
      /stands for one example inside vmap/,
    ],
  ] as const)("%s", (_, f, type, message) => {
    expect(f).toThrow(type as never);
    expect(f).toThrow(message);
  });
  test("an assignment of one example's value is refused and undone", async () => {
    const mean = tensor([0, 0]);
    const f = vmap((row: Tensor) => {
      mean.assign(row);
      return row;
    });
    expect(() => f(x)).toThrow(/assigns a value of one example/);
    expect(await mean.toArray()).toEqual([0, 0]);
    expect(await x.sum().item()).toBe(10);
  });
  test("what leaked out of it says so", () => {
    let leaked: Tensor | undefined;
    vmap((row: Tensor) => {
      leaked = row.exp();
      return row;
    })(x);
    expect(() => leaked?.dataSync()).toThrow(/stands for one example inside vmap/);
  });
});
