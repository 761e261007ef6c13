/** Module 2 — What holds for every program: the laws that random programs are put to. */
import { isFloat, type TypedArray } from "@mt/operators";
import { expect } from "vitest";
import type { Node } from "../src/graph/node.ts";
import { probing } from "../src/graph/probes.ts";
import { eager, realize, type Tensor, tensor } from "../src/index.ts";
import { meaning } from "./oracle.ts";
import { runProgram } from "./programs.ts";
import { type Manner, randomOf, type Step } from "./values.ts";

/**
 * How many programs a law is held to: 500, or as many as `MT_PROGRAMS` says; `part` of them where a
 * law takes long. `MT_SEED` chooses others than the usual ones.
 */
const { env } = process;
export const programCount = Number(env.MT_PROGRAMS ?? 500);
export const runs = (
  law: number,
  part = 1,
): { numRuns: number; seed: number; includeErrorInReport: true; endOnFailure: boolean } => ({
  numRuns: Math.ceil(programCount * part),
  seed: Number(env.MT_SEED ?? 20_261_120) + law,
  includeErrorInReport: true,
  endOnFailure: !!env.MT_MUTANT, // nobody reads which program it was
});

type Result = readonly [shape: readonly number[], dtype: string, elements: TypedArray];

/** All outputs, then the gradients of all leaves. */
function results(steps: readonly Step[], manner: Manner): Result[] {
  const { outputs, leaves } = runProgram(steps, manner);
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

export const lazyEqualsEager = (steps: readonly Step[], manner: Manner): void =>
  expectSame(
    results(steps, manner),
    eager(() => results(steps, manner)),
  );

/** +0 for −0: a sum over points out of bounds is +0 by definition, by kernels too, in any order. */
export const unsigned = (list: ArrayLike<number>): number[] => Array.from(list, (x) => x + 0);

function expectMeant(x: Tensor, expected: readonly number[]): void {
  const found = unsigned(x.dataSync());
  const k = expected.findIndex((w, at) => !Object.is(w, found[at]));
  if (k >= 0) expect.fail(`${x.dtype} [${x.shape}] at ${k}: ${found[k]}, not ${expected[k]}`);
}

/** Exact programs: every value is what the definitions of all nodes above it say. */
export const kernelsMeanTheGraph = (steps: readonly Step[], manner: Manner): void => {
  const { values, outputs } = runProgram(steps, manner);
  const known = new Map();
  const expected = values.map((x) => unsigned(meaning(x.node, known)));
  realize(...outputs);
  // outputs come from one fused program; the others are computed again, each by a program of its own
  for (const x of [...outputs, ...values])
    expectMeant(x, expected[values.indexOf(x)] as readonly number[]);
};

/** Any program, computed node by node: each is what its definition says of what it reads. */
export const nodesMeanTheirKinds = (steps: readonly Step[], manner: Manner): void => {
  const recorded: [node: Node, inputs: readonly Node[]][] = [];
  const recording = (node: Node): void => void recorded.push([node, node.inputs]);
  eager(() => probing({ recorded: recording }, () => runProgram(steps, manner)));
  const elementsOf = (x: Node): readonly number[] => [...readNode(x)];
  for (const [node, inputs] of recorded) {
    if (node.kind === "leaf") continue;
    const known = new Map(inputs.map((x) => [x, elementsOf(x)]));
    const bare = Object.assign(Object.create(node) as Node, { inputs, value: null });
    const expected = meaning(bare, known);
    const found = elementsOf(node);
    // a contraction's points may be summed in another order
    const size = expected.reduce((most, w) => Math.max(most, Math.abs(w) || 0), 1);
    const off = node.kind === "contract" && size < Infinity ? size * 1e-6 : 0;
    const k = expected.findIndex((w, at) => {
      const x = found[at] as number;
      return !Object.is(w + 0, x + 0) && !(Math.abs(w - x) <= off);
    });
    if (k >= 0) expect.fail(`${node.kind} at ${k}: ${found[k]}, not ${expected[k]}`);
  }
};

export const readNode = (x: Node): ArrayLike<number> & Iterable<number> =>
  (x.recorder as unknown as { readSync(x: Node): Float64Array }).readSync(x);
