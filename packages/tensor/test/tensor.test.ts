/** Module 2 — The tensor itself: elements, dtypes, numbers beside tensors, types. */
import { type DType, sigmoid } from "@mt/operators";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  arange,
  concat,
  full,
  ones,
  realize,
  type Shape,
  stack,
  Tensor,
  tensor,
  where,
  zeros,
} from "../src/index.ts";

const all = ["f64", "f32", "i32", "u32", "u8", "bool"] as const;
const read = (x: Tensor): number[] => [...x.dataSync()];

describe("dtypes", () => {
  test.each(all.flatMap((from) => all.map((to) => [from, to] as const)))("%s to %s", (from, to) => {
    const x = tensor([0, 1, 1], { dtype: from });
    expect([x.to(to).dtype, ...read(x.to(to))]).toEqual([to, 0, 1, 1]);
    const fused = x.to(to).add(0);
    expect([...read(fused)]).toEqual([0, 1, 1]);
  });
  test("f64 keeps what f32 rounds", () => {
    expect(read(tensor([0.1], { dtype: "f64" }))).toEqual([0.1]);
    expect(read(tensor([0.1]).to("f64"))).toEqual([Math.fround(0.1)]);
    expect(read(tensor([0.1], { dtype: "f64" }).to("f32").to("f64"))).toEqual([Math.fround(0.1)]);
  });
  test("floats to integers truncate and saturate; NaN is 0; bool is not zero", () => {
    const x = tensor([1.9, -1.9, 300, -300, 1e10, -1e10, Number.NaN]);
    expect(read(x.to("i32"))).toEqual([1, -1, 300, -300, 2147483647, -2147483648, 0]);
    expect(read(x.to("u8"))).toEqual([1, 0, 255, 0, 255, 0, 0]);
    expect(read(x.to("u32"))).toEqual([1, 0, 300, 0, 4294967295, 0, 0]);
    expect(read(x.to("bool"))).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });
  test("two dtypes meet at the one that holds both", () => {
    const meet = (a: DType, b: DType): DType =>
      tensor([1], { dtype: a }).add(tensor([1], { dtype: b })).dtype;
    expect([meet("u8", "i32"), meet("i32", "f32"), meet("f32", "f64"), meet("bool", "u8")]).toEqual(
      ["i32", "f32", "f64", "u8"],
    );
  });
  test("a number takes the tensor's dtype; a fraction beside integers is f32", () => {
    for (const dtype of ["f64", "f32", "i32", "u32", "u8"] as const)
      expect(tensor([1], { dtype }).mul(2).dtype).toBe(dtype);
    const half = tensor([3], { dtype: "i32" }).mul(0.5);
    expect([half.dtype, ...read(half)]).toEqual(["f32", 1.5]);
    expect(read(tensor([200], { dtype: "u8" }).add(100))).toEqual([44]);
  });
  test("dtypes of results: comparisons, divisions, sums, means, positions", () => {
    const [i, b] = [tensor([1, 2], { dtype: "i32" }), tensor([true, false])];
    expect(i.lt(2).dtype).toBe("bool");
    expect(i.div(2).dtype).toBe("f32");
    expect(i.exp().dtype).toBe("f32");
    expect([b.sum().dtype, b.prod().dtype, tensor([1], { dtype: "u8" }).sum().dtype]).toEqual([
      "i32",
      "i32",
      "i32",
    ]);
    expect([i.mean().dtype, i.argmax().dtype, i.max().dtype, b.all().dtype]).toEqual([
      "f32",
      "i32",
      "i32",
      "bool",
    ]);
    expect(read(tensor(new Array(300).fill(true)).sum())).toEqual([300]);
  });
});

describe("making tensors", () => {
  test("of nested lists, booleans, typed arrays and numbers", () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]).shape,
    ).toEqual([3, 2]);
    expect([tensor(3).shape, tensor([]).shape, tensor([[], []]).shape]).toEqual([[], [0], [2, 0]]);
    expect(tensor([true]).dtype).toBe("bool");
    expect(tensor(Uint8Array.of(7)).dtype).toBe("u8");
    expect(tensor(Int32Array.of(7), { dtype: "f64" }).dtype).toBe("f64");
  });
  test("a typed array is copied: writing to it later changes nothing", () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data);
    data[0] = 9;
    expect(read(x)).toEqual([1, 2]);
  });
  test("what is read is a copy, too", () => {
    const x = tensor([1, 2]);
    x.dataSync()[0] = 9;
    const y = x.add(1);
    y.dataSync()[0] = 9;
    expect([read(x), read(y)]).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });
  test("constants and ranges", () => {
    expect([read(zeros([2])), read(ones([2])), read(full([2], 7))]).toEqual([
      [0, 0],
      [1, 1],
      [7, 7],
    ]);
    expect([read(arange(3)), read(arange(5, 0, -2)), read(arange(2, 2))]).toEqual([
      [0, 1, 2],
      [5, 3, 1],
      [],
    ]);
    expect([arange(3).dtype, arange(0, 1, 0.5).dtype]).toEqual(["i32", "f32"]);
    expect(read(arange(0, 1, 0.25))).toEqual([0, 0.25, 0.5, 0.75]);
  });
});

describe("values", () => {
  test("item, toArray and data", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(await x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await tensor(5).toArray()).toBe(5);
    expect(await zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(await x.sum().item()).toBe(10);
    expect(await x.slice(0, 0).item()).toBe(1);
    expect(await x.data()).toEqual(Float32Array.of(1, 2, 3, 4));
  });
  test("extrema: the first of equals; NaN wins", () => {
    const x = tensor([
      [2, 3, 3],
      [1, Number.NaN, 5],
    ]);
    expect(x.argmax(1, { keepDims: true }).shape).toEqual([...x.shape].with(1, 1));
    expect(x.argmin(undefined, { keepDims: true }).shape).toEqual(x.shape.map(() => 1));
    expect([read(x.argmax(1)), read(x.argmin(1))]).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect([read(x.max(1)), read(x.min(1))]).toEqual([
      [3, Number.NaN],
      [2, Number.NaN],
    ]);
    expect(read(tensor([4000000000, 1], { dtype: "u32" }).argmax())).toEqual([0]);
    expect(x.argmax().itemSync()).toBe(4);
  });
  test("over no elements there is no share, and log 0", () => {
    const x = zeros([2, 0], { requiresGrad: true });
    expect([x.softmax().shape, x.logSoftmax().shape]).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect(read(x.softmax())).toEqual([]);
    expect(read(x.logsumexp(1))).toEqual([-Infinity, -Infinity]);
    expect(x.logsumexp(1, { keepDims: true }).shape).toEqual([2, 1]);
    x.logsumexp(1).sum().add(x.softmax().sum()).backward();
    expect([x.grad?.shape, read(x.grad as Tensor)]).toEqual([[2, 0], []]);
  });
  test("extremes of floats do not overflow: softmax, logsumexp, logSoftmax", () => {
    const x = tensor([1000, 1000, -Infinity]);
    expect(read(x.softmax())).toEqual([0.5, 0.5, 0]);
    expect(x.logsumexp().itemSync()).toBeCloseTo(1000 + Math.log(2), 3);
    expect(read(tensor([-Infinity, -Infinity]).logsumexp())).toEqual([-Infinity]);
    expect(read(tensor([Infinity, 1]).logsumexp())).toEqual([Infinity]);
  });
  test("concat and stack keep every bit, signs of zero too", () => {
    const [a, b] = [tensor([-0, 1]), tensor([0, -0])];
    expect(read(concat([a, b]))).toEqual([-0, 1, 0, -0]);
    expect(read(stack([a, b], 1))).toEqual([-0, 0, 1, -0]);
    expect(read(concat([tensor([true]), tensor([false, true])]))).toEqual([1, 0, 1]);
  });
  test("padding reads as the tensor's dtype can hold it", () => {
    expect(read(tensor([true]).pad([[1, 1]], -2))).toEqual([1, 1, 1]);
    expect(read(tensor([7], { dtype: "u8" }).pad([[1, 0]], 300))).toEqual([255, 7]);
  });
  test("equal padding at −0 and at 0 in one program", () => {
    const x = tensor([1, 2]);
    const [a, b] = [x.eq(5).pad([[1, 1]], 0), x.pad([[1, 1]], -0)];
    realize(a, b);
    expect([read(a), read(b)]).toEqual([
      [0, 0, 0, 0],
      [-0, 1, 2, -0],
    ]);
  });
});

test("operators are methods, typed, and anyone's own map", () => {
  const x = tensor([0, 1]);
  expectTypeOf(x.sigmoid).toEqualTypeOf<() => Tensor>();
  expectTypeOf(x.add).parameter(0).toEqualTypeOf<Tensor | number>();
  expectTypeOf(x.clamp).parameters.toEqualTypeOf<[Tensor | number, Tensor | number]>();
  expectTypeOf(x.shape).toEqualTypeOf<Shape>();
  expectTypeOf(where).returns.toEqualTypeOf<Tensor>();
  expect(read(x.map(sigmoid))).toEqual(read(x.sigmoid()));
  expect(x).toBeInstanceOf(Tensor);
});
