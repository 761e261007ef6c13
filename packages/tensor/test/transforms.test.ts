/** Module 2.21c — Forward mode agrees with reverse mode, and both with differences. */
import { describe, expect, test } from "vitest";
import {
  grad,
  hessian,
  jacobian,
  jvp,
  noGrad,
  put,
  realize,
  type Shape,
  type Tensor,
  tensor,
  vjp,
} from "../src/index.ts";
import { cases } from "./transformed.ts";
import { randomOf } from "./values.ts";

const leaf = ({
  shape,
  data,
}: {
  readonly shape: Shape;
  readonly data: readonly number[];
}): Tensor => tensor(Float64Array.from(data), { shape });
const randomLike = ({ shape, size }: Tensor, seed: number): Tensor => {
  const random = randomOf(seed);
  return tensor(
    Float64Array.from({ length: size }, () => random() * 2 - 1),
    { shape },
  );
};
const dot = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce(
    (sum, x, i) =>
      sum +
      x
        .mul(b[i] as Tensor)
        .sum()
        .itemSync(),
    0,
  );
const near = (a: number, b: number, tolerance: number): void => {
  if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))))
    expect.fail(`${a} and ${b}`);
};

describe("⟨c, J·dx⟩ = ⟨Jᵀ·c, dx⟩", () => {
  test.each(cases)("$name", ({ f, inputs }) => {
    const x = inputs.map(leaf);
    const dx = x.map((v, i) => randomLike(v, i + 5));
    const whole = (list: readonly Tensor[]): Tensor => f(...list);
    const { value, tangent } = jvp(whole, x, dx);
    expect([tangent.shape, tangent.dtype]).toEqual([value.shape, value.dtype]);
    const c = randomLike(value, 3);
    const pulled = vjp(whole, x).pullback(c);
    near(dot([c], [tangent]), dot(pulled, dx), 1e-10);
  });
  test.each(cases)("$name, of its gradient", ({ f, inputs }) => {
    const x = inputs.map(leaf);
    const dx = x.map((v, i) => randomLike(v, i + 5));
    const gradient = grad((list: readonly Tensor[]) =>
      f(...list)
        .square()
        .sum(),
    );
    const c = x.map((v, i) => randomLike(v, i + 9));
    const { tangent } = jvp(gradient, x, dx);
    const twice = grad((list: readonly Tensor[]) =>
      gradient(list)
        .map((g, i) => g.mul(c[i] as Tensor).sum())
        .reduce((a, b) => a.add(b)),
    )(x);
    near(dot(c, tangent), dot(twice, dx), 1e-8);
  });
});

describe("vjp", () => {
  test("takes cotangents of a tree, and adds what they give", async () => {
    const f = (x: Tensor) => ({ squares: x.square(), rest: [x.sum(), x.argmax()] as const });
    const { pullback } = vjp(f, tensor([1, 3]));
    const dx = pullback({ squares: tensor([1, 10]), rest: [tensor(5), tensor(1)] });
    expect(await dx.toArray()).toEqual([7, 65]);
  });
});

describe("integers among the arguments are constants", () => {
  const i = tensor([2, 3], { dtype: "i32" });
  const tree = { x: tensor([1, 2]), i };
  const f = (t: { x: Tensor; i: Tensor }): Tensor => t.x.mul(t.i);
  test("to grad and jvp", async () => {
    const found = grad((t: typeof tree) => f(t).sum())(tree);
    expect([await found.x.toArray(), await found.i.toArray()]).toEqual([
      [2, 3],
      [0, 0],
    ]);
    expect(await jvp(f, tree, tree).tangent.toArray()).toEqual([2, 6]);
  });
  test.each(["forward", "reverse"] as const)("to jacobian, %s", async (mode) => {
    const found = jacobian(f, { mode })(tree) as { x: Tensor; i: Tensor };
    expect(await found.x.toArray()).toEqual([
      [2, 0],
      [0, 3],
    ]);
    expect(await found.i.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("jvp", () => {
  test("ties share the tangents of max and min", async () => {
    const f = (x: Tensor): Tensor => x.max();
    const { tangent } = jvp(f, tensor([1, 3, 3]), tensor([5, 2, 4]));
    expect(await tangent.item()).toBe(3);
  });
  test("of what does not depend on x: zeros", async () => {
    const c = tensor([1, 2]);
    expect(await jvp((_: Tensor) => c, tensor([1]), tensor([1])).tangent.toArray()).toEqual([0, 0]);
    const f = (x: Tensor): Tensor => noGrad(() => x.mul(x));
    expect(await jvp(f, tensor([3]), tensor([1])).tangent.toArray()).toEqual([0]);
  });
  test("of jvp: second derivatives along two directions", async () => {
    const cube = (x: Tensor): Tensor => x.mul(x).mul(x);
    const one = tensor([1]);
    const first = (x: Tensor): Tensor => jvp(cube, x, one).tangent;
    expect(await jvp(first, tensor([2]), one).tangent.toArray()).toEqual([12]);
    expect(await grad((x: Tensor) => first(x).sum())(tensor([2])).toArray()).toEqual([12]);
  });
  test("a barrier owes nothing to what a tangent was made of by the way", () => {
    const x = tensor([3, 1, 2]);
    const f = (v: Tensor): Tensor =>
      put(v, tensor([0, 2], { dtype: "i32" }), v.slice({ end: 2 }), { combining: "max" });
    realize();
    const { value, tangent } = jvp(f, x, tensor([1, 2, 3]));
    const { pending } = x.node.recorder;
    const owed = pending.filter((y) => (y.wanted || !y.consumed) && y.kind !== "move");
    expect(owed).toHaveLength(2);
    expect(new Set(owed)).toEqual(new Set([value.node, tangent.node]));
  });
  test("trees in and out; f32 beside f64", async () => {
    const x = { a: tensor([2]), list: [tensor([3], { dtype: "f64" })] as const };
    const dx = { a: tensor([1]), list: [tensor([10], { dtype: "f64" })] as const };
    const f = ({ a, list }: typeof x): { y: Tensor; z: Tensor } => ({
      y: a.mul(list[0]),
      z: a.square(),
    });
    const { tangent } = jvp(f as (t: unknown) => ReturnType<typeof f>, x as unknown, dx as unknown);
    const { y, z } = tangent as ReturnType<typeof f>;
    expect([y.dtype, z.dtype]).toEqual(["f64", "f32"]);
    expect([await y.toArray(), await z.toArray()]).toEqual([[23], [4]]);
  });
});

describe("jacobian", () => {
  test.each(cases)("forward = reverse: $name", ({ f, inputs }) => {
    const x = inputs.map(leaf);
    const whole = (list: readonly Tensor[]): Tensor => f(...list);
    const forward = jacobian(whole, { mode: "forward" })(x) as readonly Tensor[];
    const reverse = jacobian(whole)(x) as readonly Tensor[];
    const y = whole(x);
    forward.forEach((block, i) => {
      expect(block.shape).toEqual([...y.shape, ...(x[i] as Tensor).shape]);
      expect(reverse[i]?.shape).toEqual(block.shape);
      const [a, b] = [block.dataSync(), (reverse[i] as Tensor).dataSync()];
      a.forEach((v, k) => {
        near(v, b[k] as number, 1e-10);
      });
    });
  });
  test("trees: a block for every result and argument", async () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): { sum: Tensor; product: Tensor } => ({
      sum: a.add(b),
      product: a.mul(b),
    });
    for (const mode of ["forward", "reverse"] as const) {
      const { sum, product } = jacobian(f, { mode })({ a: tensor([1, 2]), b: tensor([3, 4]) });
      expect(await sum.a.toArray()).toEqual(await sum.b.toArray());
      expect(await product.a.toArray()).toEqual([
        [3, 0],
        [0, 4],
      ]);
      expect(await product.b.toArray()).toEqual([
        [1, 0],
        [0, 2],
      ]);
    }
  });
  test("further arguments are constants; no elements give no rows", async () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y);
    expect(await jacobian(f)(tensor([1]), tensor([7])).toArray()).toEqual([[7]]);
    for (const mode of ["forward", "reverse"] as const)
      expect(jacobian((x: Tensor) => x.exp(), { mode })(tensor([])).shape).toEqual([0, 0]);
  });
});

describe("hessian", () => {
  test("blocks of a tree", async () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.mul(a).mul(b).sum();
    const h = hessian(f)({ a: tensor([2]), b: tensor([3]) });
    expect(await h.a.a.toArray()).toEqual([[6]]);
    expect(await h.a.b.toArray()).toEqual([[4]]);
    expect(await h.b.a.toArray()).toEqual([[4]]);
    expect(await h.b.b.toArray()).toEqual([[0]]);
  });
});

describe("errors", () => {
  const x = tensor([1, 2]);
  const id = (v: Tensor): Tensor => v;
  test.each([
    [
      "a tangent of another shape",
      () => jvp(id, x, tensor([1])),
      /jvp: \[2\] and \[1\]: the tangent/,
    ],
    [
      "a tangent too few",
      () => jvp((v: Tensor[]) => v[0], [x, x], [x]),
      /where the argument has one/,
    ],
    ["nothing to differentiate by", () => jvp((v: number) => v, 1, 1), /jvp: .* holds no tensor/],
    [
      "nothing but integers",
      () => grad((v: Tensor) => v.sum())(tensor([1], { dtype: "i32" })),
      /grad: the first argument holds only i32: cast it with to\("f32"\)/,
    ],
    [
      "another shape of cotangent",
      () => vjp(id, x).pullback(tensor([1])),
      /vjp: \[2\] and \[1\]: the cotangent must match/,
    ],
    [
      "another structure of cotangent",
      () => vjp((v: Tensor) => ({ y: v }), x).pullback({} as { y: Tensor }),
      /vjp: the cotangent must have a tensor where the value has one/,
    ],
    ["a Jacobian by nothing", () => jacobian((v: number) => v)(1), /jacobian: .* holds no tensor/],
    ["another mode", () => jacobian(id, { mode: "both" as "forward" }), /"both" is no mode/],
    ["a gradient of several elements", () => grad(id)(x), /has shape \[2\], not one element/],
    ["a Hessian of several elements", () => hessian(id)(x), /has shape \[2\], not one element/],
  ] as const)("%s", (_, f, message) => {
    expect(f).toThrow(message);
  });
});
