/** Module 2 — Laws over random programs: fusing changes no bit, and kernels mean the definitions. */
import { isFloat, type TypedArray } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eager, realize, type Tensor, tensor } from "../src/index.ts";
import { meaning } from "./oracle.ts";
import { programs, runProgram } from "./programs.ts";
import { randomOf, type Step } from "./values.ts";

const runs = { numRuns: 500, seed: 20_261_120, includeErrorInReport: true, noBias: true } as const;

type Result = readonly [shape: readonly number[], dtype: string, elements: TypedArray];

/** All outputs, then the gradients of all leaves. */
function results(steps: readonly Step[]): Result[] {
  const { outputs, leaves } = runProgram(steps, { exact: false });
  const differentiable = outputs.filter((x) => x.requiresGrad && isFloat(x.dtype) && x.size > 0);
  const random = randomOf(steps.length);
  const losses = differentiable.slice(0, 4).map((y) => {
    const cotangent = Float64Array.from({ length: y.size }, () => random() * 2 - 1);
    return y
      .to("f64")
      .mul(tensor(cotangent, { shape: y.shape }))
      .sum();
  });
  if (losses.length > 0) losses.reduce((a, b) => a.add(b)).backward();
  const gradients = leaves.flatMap((x) => (x.grad ? [x.grad] : []));
  realize(...outputs, ...gradients);
  return [...outputs, ...gradients].map((x) => [x.shape, x.dtype, x.dataSync()]);
}

/** Every element the same number: NaN is NaN, −0 is not 0. */
function expectSame(a: readonly Result[], b: readonly Result[]): void {
  expect(a.map(([shape, dtype]) => [dtype, ...shape])).toEqual(
    b.map(([shape, dtype]) => [dtype, ...shape]),
  );
  a.forEach(([, , elements], i) => {
    const others = (b[i] as Result)[2];
    const k = elements.findIndex((x, at) => !Object.is(x, others[at]));
    if (k >= 0) expect.fail(`result ${i} at ${k}: lazily ${elements[k]}, eagerly ${others[k]}`);
  });
}

const lazyEqualsEager = (steps: readonly Step[]): void =>
  expectSame(
    results(steps),
    eager(() => results(steps)),
  );

/** +0 for −0: a sum over points out of bounds is +0 by definition, by kernels too, in any order. */
const unsigned = (list: ArrayLike<number>): number[] => Array.from(list, (x) => x + 0);

const kernelsMeanTheGraph = (steps: readonly Step[]): void => {
  const { values, outputs } = runProgram(steps, { exact: true });
  const known = new Map();
  const expected = values.map((x) => unsigned(meaning(x.node, known)));
  realize(...outputs);
  const read = (x: Tensor): number[] => unsigned(x.dataSync());
  // outputs come from one fused program; the others are computed again, each by a program of its own
  expect(outputs.map(read)).toStrictEqual(outputs.map((x) => expected[values.indexOf(x)]));
  expect(values.map(read)).toStrictEqual(expected);
};

describe("random programs", () => {
  test("lazy = eager bit for bit, values and gradients", { timeout: 60_000 }, () => {
    fc.assert(fc.property(programs(), lazyEqualsEager), runs);
  });
  test("every value is what its definition says", { timeout: 60_000 }, () => {
    fc.assert(fc.property(programs(), kernelsMeanTheGraph), runs);
  });
});
