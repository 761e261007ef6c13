/** Module 2 — Contractions: what they sum, and their adjoints, for random linear forms. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contract } from "../src/graph/record.ts";
import { grad, type Shape, Tensor, tensor } from "../src/index.ts";
import { solve } from "../src/schedule/solve.ts";
import { contractionOf } from "../src/views/contraction.ts";
import { apart, checkVjp } from "./differences.ts";
import { indicesOf, meaning } from "./oracle.ts";
import { randomContraction } from "./steps/products.ts";
import { Choices } from "./values.ts";

const runs = { numRuns: 200, seed: 20_261_121 } as const;
const numbers = fc.array(fc.nat(0xffff), { minLength: 40, maxLength: 40 });
const shapes = fc.array(fc.array(fc.constantFrom(1, 2, 3, 4), { maxLength: 3 }), {
  minLength: 1,
  maxLength: 2,
});
const whole = (shape: Shape, by: number): Tensor => {
  const size = shape.reduce((n, s) => n * s, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => ((i * by) % 11) - 5),
    { shape },
  );
};

describe("a random contraction", () => {
  test("sums what its definition says, each point once", () => {
    fc.assert(
      fc.property(numbers, shapes, (choices, list) => {
        const by = randomContraction(new Choices(choices), list);
        const operands = list.map((shape, k) => whole(shape, k + 3));
        const y = new Tensor(
          contract(
            by,
            operands.map((x) => x.node),
          ),
        );
        const expected = meaning(y.node).map((x) => x + 0);
        expect(Array.from(y.dataSync(), (x) => x + 0)).toEqual(expected);
      }),
      { ...runs, numRuns: 1000 },
    );
  });
  test("is linear in each operand, with the adjoint for a gradient", () => {
    fc.assert(
      fc.property(numbers, shapes, (choices, list) => {
        const by = randomContraction(new Choices(choices), list);
        const f = (...x: Tensor[]): Tensor =>
          new Tensor(
            contract(
              by,
              x.map(({ node }) => node),
            ),
          );
        checkVjp(
          "contract",
          f,
          list.map((shape, k) => apart(shape, k + 1)),
        );
      }),
      runs,
    );
  });
  test("has second derivatives: adjoints are contractions too", () => {
    fc.assert(
      fc.property(numbers, shapes, (choices, list) => {
        const by = randomContraction(new Choices(choices), list);
        const f = (...x: Tensor[]): Tensor =>
          new Tensor(
            contract(
              by,
              x.map(({ node }) => node),
            ),
          );
        const slope = (first: Tensor, ...rest: Tensor[]): Tensor =>
          grad((x: Tensor) =>
            f(x, ...rest)
              .tanh()
              .sum(),
          )(first);
        const inputs = list.map((shape, k) => apart(shape, k + 1));
        checkVjp("contract, twice", slope as (...x: Tensor[]) => Tensor, inputs, 1e-5);
      }),
      { ...runs, numRuns: 60 },
    );
  });
  test("a solved contraction visits every element of the result exactly once", () => {
    fc.assert(
      fc.property(numbers, shapes, (choices, list) => {
        const by = randomContraction(new Choices(choices), list);
        const seen = new Map<string, number>();
        for (const { outer, out } of solve(by))
          for (const index of indicesOf(outer)) {
            const at = out.map(({ offset, strides }) =>
              index.reduce((sum, i, k) => sum + i * (strides[k] as number), offset),
            );
            seen.set(String(at), (seen.get(String(at)) ?? 0) + 1);
          }
        const expected = [...indicesOf(by.shape.dims)].map((index) => [String(index), 1] as const);
        expect(seen).toEqual(new Map(expected));
      }),
      runs,
    );
  });
  test("a strided input gradient is one kernel for each residue, and multiplies no zeros", () => {
    const stride = 3;
    const by = contractionOf(
      { y: 5, k: 3 },
      [["y"], ["k"]],
      [whole([5], 1).node.shape, whole([3], 1).node.shape],
      [{ y: stride, k: 1 }],
      [stride * 5],
    );
    const branches = solve(by);
    expect(branches).toHaveLength(stride);
    const points = branches.map(({ summed }) => summed.reduce((n, extent) => n * extent, 1));
    expect(points).toEqual([1, 1, 1]);
  });
});

describe("matmul", () => {
  const cases: readonly (readonly [Shape, Shape, Shape])[] = [
    [[3], [3], []],
    [[2, 3], [3], [2]],
    [[3], [3, 2], [2]],
    [
      [2, 3],
      [3, 4],
      [2, 4],
    ],
    [
      [5, 2, 3],
      [3, 4],
      [5, 2, 4],
    ],
    [
      [2, 3],
      [5, 3, 4],
      [5, 2, 4],
    ],
    [
      [5, 1, 2, 3],
      [4, 3, 2],
      [5, 4, 2, 2],
    ],
    [
      [1, 2, 3],
      [4, 3, 1],
      [4, 2, 1],
    ],
    [[3], [2, 3, 4], [2, 4]],
    [[2, 4, 3], [3], [2, 4]],
    [
      [2, 0],
      [0, 3],
      [2, 3],
    ],
    [
      [0, 2],
      [2, 3],
      [0, 3],
    ],
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  ];
  test.each(cases)("%j × %j → %j", (a, b, shape) => {
    const product = whole(a, 3).matmul(whole(b, 4));
    expect(product.shape).toEqual(shape);
    expect(Array.from(product.dataSync())).toEqual([
      ...meaning(whole(a, 3).matmul(whole(b, 4)).node),
    ]);
    checkVjp("matmul", (x, y) => (x as Tensor).matmul(y as Tensor), [apart(a, 1), apart(b, 2)]);
  });
  test("of transposed, strided, broadcast and padded operands", () => {
    const views: readonly ((x: Tensor) => Tensor)[] = [
      (x) => x.transpose(),
      (x) => x.slice({ step: -1 }, { step: -1 }),
      (x) => x.slice({ start: 1, end: 2 }).expand(4, 4),
      (x) =>
        x.slice({ end: 3 }, { end: 3 }).pad([
          [0, 1],
          [1, 0],
        ]),
      (x) =>
        x.slice({ end: 3 }, { end: 3 }).pad(
          [
            [0, 1],
            [1, 0],
          ],
          2,
        ),
      (x) => x.reshape(2, 8).transpose().reshape(4, 4),
    ];
    for (const left of views)
      for (const right of views)
        checkVjp("matmul", (x, y) => left(x as Tensor).matmul(right(y as Tensor)), [
          apart([4, 4], 1),
          apart([4, 4], 2),
        ]);
  });
});
