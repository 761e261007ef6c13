/** Module 2 — Laws over random programs: fusing changes no bit, and kernels mean the definitions. */
import {
  Decorator,
  type Executable,
  type Kernel,
  type Limits,
  type Program,
  referenceBackend,
  unregisterBackend,
  validateProgram,
} from "@mt/backend";
import { isFloat, type TypedArray } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conv1d, eager, realize, registerBackend, tensor } from "../src/index.ts";
import { meaning } from "./oracle.ts";
import { programs, runProgram } from "./programs.ts";
import { type Manner, randomOf, type Step } from "./values.ts";

const runs = { numRuns: 500, seed: 20_261_120, includeErrorInReport: true } as const;

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

const lazyEqualsEager = (steps: readonly Step[], manner: Partial<Manner> = {}): void => {
  const whole = { exact: false, ...manner };
  expectSame(
    results(steps, whole),
    eager(() => results(steps, whole)),
  );
};

/** +0 for −0: a sum over points out of bounds is +0 by definition, by kernels too, in any order. */
const unsigned = (list: ArrayLike<number>): number[] => Array.from(list, (x) => x + 0);

const kernelsMeanTheGraph = (steps: readonly Step[], manner: Partial<Manner> = {}): void => {
  const { values, outputs } = runProgram(steps, { exact: true, ...manner });
  const known = new Map();
  const expected = values.map((x) => unsigned(meaning(x.node, known)));
  realize(...outputs);
  // outputs come from one fused program; the others are computed again, each by a program of its own
  for (const x of [...outputs, ...values]) {
    const found = unsigned(x.dataSync());
    const wanted = expected[values.indexOf(x)] as number[];
    const k = wanted.findIndex((w, at) => !Object.is(w, found[at]));
    if (k >= 0) expect.fail(`${x.dtype} [${x.shape}] at ${k}: ${found[k]}, not ${wanted[k]}`);
  }
};

/** A device with the least room that a kernel may need: four bindings, two of them stores. */
class Narrow extends Decorator {
  override readonly limits: Limits = {
    buffersPerKernel: 4,
    outputsPerKernel: 2,
    bytesPerBuffer: 2 ** 20,
    alignment: 256,
  };
  override compile(program: Program): Executable {
    validateProgram(program, this);
    return super.compile(program);
  }
}

/** A device that does only what is compulsory. */
class Plain extends Decorator {
  override claims(kernel: Kernel): boolean {
    return kernel.kind === "loop" || kernel.kind === "scatter";
  }
}

/** A device that cannot wait, so that no result lives in host memory. */
class Patient extends Decorator {
  override readonly readSync = undefined as never;
}

describe("random programs", { timeout: 60_000 }, () => {
  test("lazy = eager bit for bit, values and gradients", () => {
    fc.assert(
      fc.property(programs(), (steps) => lazyEqualsEager(steps)),
      runs,
    );
  });
  test("the same for large values, whose kernels are laid out differently", () => {
    fc.assert(
      fc.property(programs(12), (steps) => lazyEqualsEager(steps, { large: true })),
      { ...runs, numRuns: 25 },
    );
  });
  test("every value is what its definition says", () => {
    fc.assert(
      fc.property(programs(), (steps) => kernelsMeanTheGraph(steps)),
      runs,
    );
  });
  test("the same for large values", () => {
    fc.assert(
      fc.property(programs(12), (steps) => kernelsMeanTheGraph(steps, { large: true })),
      { ...runs, numRuns: 10 },
    );
  });
  test("the same on a device of narrow limits, each program valid", () => {
    registerBackend(new Narrow(referenceBackend({ name: "narrow" })));
    try {
      fc.assert(
        fc.property(programs(), (steps) => kernelsMeanTheGraph(steps)),
        { ...runs, numRuns: 150 },
      );
    } finally {
      unregisterBackend("narrow");
    }
  });
  test("the same on a device that claims nothing but loops and scatters", () => {
    registerBackend(new Plain(referenceBackend({ name: "plain" })));
    try {
      fc.assert(
        fc.property(programs(), (steps) => kernelsMeanTheGraph(steps)),
        { ...runs, numRuns: 100 },
      );
      // points out of bounds count as zero, whatever stands beside them
      const [x, w] = [tensor([[[1, 2, 3]]]), tensor([[[Infinity, 1, 1]]])];
      expect([...conv1d(x, w, { padding: 1 }).dataSync()]).toEqual([3, Infinity, Infinity]);
    } finally {
      unregisterBackend("plain");
    }
  });
  test("the same on a device that cannot wait", async () => {
    const device = new Patient(referenceBackend({ name: "patient" }));
    registerBackend(device);
    try {
      const property = fc.asyncProperty(programs(), async (steps) => {
        const { values, outputs } = runProgram(steps, { exact: true });
        const known = new Map();
        const expected = values.map((x) => unsigned(meaning(x.node, known)));
        realize(...outputs);
        const found = await Promise.all(values.map(async (x) => unsigned(await x.data())));
        expect(found).toEqual(expected);
      });
      await fc.assert(property, { ...runs, numRuns: 60 });
      expect(() => tensor([1]).add(1).dataSync()).toThrow(
        '"patient" cannot wait: use await data().',
      );
      expect(String(tensor([1]))).toBe("Tensor(shape=[1], dtype=f32, device=patient)");
    } finally {
      unregisterBackend("patient");
    }
  });
});
