import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { backpropagate, type Variable } from "../src/index.ts";

const add = (a: number, b: number): number => a + b;
/** Σ wᵢ·xᵢ: its pullback multiplies by the weights. */
const weighted = (terms: readonly [Variable<number>, number][]): Variable<number> => ({
  inputs: terms.map(([x]) => x),
  requiresGrad: true,
  pullback: (cotangent) => terms.map(([, w]) => w * cotangent),
});
const leaf = (requiresGrad = true): Variable<number> => ({
  inputs: [],
  requiresGrad,
  pullback: () => [],
});

test("a cotangent is the sum, over all paths, of the products of weights", () => {
  const choice = fc.tuple(fc.nat(), fc.integer({ min: -3, max: 3 }));
  const choices = fc.array(fc.array(choice, { minLength: 1, maxLength: 4 }), { minLength: 1 });
  fc.assert(
    fc.property(choices, fc.integer({ min: -5, max: 5 }), (rows, seed) => {
      const x = leaf();
      const nodes = [x];
      const slopes = [1]; // ∂node/∂x carried forwards, the other way round
      for (const row of rows) {
        const terms = row.map(([k, w]): [number, number] => [k % nodes.length, w]);
        nodes.push(weighted(terms.map(([k, w]) => [nodes[k] as Variable<number>, w])));
        slopes.push(terms.reduce((sum, [k, w]) => sum + w * (slopes[k] as number), 0));
      }
      const output = nodes.at(-1) as Variable<number>;
      const expected = seed * (slopes.at(-1) as number);
      expect(Math.abs((backpropagate(output, seed, add).get(x) ?? 0) - expected)).toBe(0);
    }),
  );
});

test("each pullback runs once, however many paths lead to it", () => {
  const x = leaf();
  const pullback = vi.fn((cotangent: number) => [cotangent, cotangent]);
  const middle = { inputs: [x, x], requiresGrad: true, pullback };
  const output = weighted([
    [middle, 2],
    [weighted([[middle, 3]]), 5],
  ]);
  expect(backpropagate(output, 1, add).get(x)).toBe(2 * (2 + 15));
  expect(pullback.mock.calls).toEqual([[17]]);
});

test("only leaves keep a cotangent, unless others are wanted", () => {
  const x = leaf();
  const middle = weighted([[x, 2]]);
  const output = weighted([[middle, 3]]);
  expect([...backpropagate(output, 1, add)]).toEqual([[x, 6]]);
  expect([...backpropagate(output, 1, add, (v) => v === middle)]).toEqual([[middle, 3]]);
});

test("constants and structural zeros receive nothing", () => {
  const constant = leaf(false);
  const x = leaf();
  const output: Variable<number> = {
    inputs: [constant, x],
    requiresGrad: true,
    pullback: () => [1, null],
  };
  expect(backpropagate(output, 1, add).size).toBe(0);
});

test("cotangents may be of any kind", () => {
  type Vector = readonly number[];
  const x: Variable<Vector> = { inputs: [], requiresGrad: true, pullback: () => [] };
  const swapped: Variable<Vector> = {
    inputs: [x, x],
    requiresGrad: true,
    pullback: ([a = 0, b = 0]) => [
      [b, a],
      [a, b],
    ],
  };
  const sum = (a: Vector, b: Vector): Vector => a.map((value, i) => value + (b[i] as number));
  expect(backpropagate(swapped, [1, 10], sum).get(x)).toEqual([11, 11]);
});

test("a leaf that is itself the output receives the seed", () => {
  const x = leaf();
  expect(backpropagate(x, 7, add).get(x)).toBe(7);
});
