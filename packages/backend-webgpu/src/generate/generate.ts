/**
 * Module 3.109 — Every kernel this device runs, as WGSL.
 */
import type { Kernel, LoopKernel } from "@mt/backend";
import { generateArgsort } from "./argsort.ts";
import { byEstimate, type Choose, claimsContract, generateContract } from "./contract.ts";
import type { Tiling } from "./contract-tiling.ts";
import { generateFold } from "./fold.ts";
import type { Facts, Generated, GeneratedKernel } from "./kernel.ts";
import { generateMap } from "./map.ts";
import { nestsOf, sizeOf } from "./nest.ts";
import { generatePrefix } from "./prefix.ts";
import { generateScatter } from "./scatter.ts";
import { generateFolds } from "./split.ts";
import { generateTranspose, turnOf } from "./transpose.ts";

/** `bindings`: how many the kernel has; its scratch space comes after them. */
type Generator<K> = (kernel: K, bindings: number, facts: Facts, choose: Choose) => Generated;
type Generators = {
  readonly [K in Kernel["kind"]]?: Generator<Extract<Kernel, { kind: K }>>;
};

/** The dispatches of a loop: none where there are no points. */
export function loopKernels(kernel: LoopKernel, facts: Facts): readonly GeneratedKernel[] {
  return nestsOf(kernel)
    .filter(({ outer }) => sizeOf(outer) > 0)
    .map((nest) => (nest.folds.length ? generateFold(nest, facts) : map(nest, facts)));
}
function map(nest: LoopKernel, facts: Facts): GeneratedKernel {
  const turn = turnOf(nest, facts);
  return turn ? generateTranspose(nest, turn, facts) : generateMap(nest, facts);
}

function loop(kernel: LoopKernel, bindings: number, facts: Facts): Generated {
  const [nest] = nestsOf(kernel);
  if (nest?.folds.length && sizeOf(nest.outer) > 0) return generateFolds(nest, bindings, facts);
  return { kernels: loopKernels(kernel, facts), scratch: [] };
}

const generators: Generators = {
  loop,
  contract: (kernel, bindings, facts, choose) =>
    generateContract(kernel, bindings, facts, loopKernels, choose),
  prefix: generatePrefix,
  argsort: generateArgsort,
  scatter: (kernel, _, facts) => ({ kernels: generateScatter(kernel, facts), scratch: [] }),
};

/** Whether there is a way to run it, and one that is better than loops. */
export const generates = (kernel: Kernel): boolean =>
  kernel.kind in generators && (kernel.kind !== "contract" || claimsContract(kernel));

/** The most promising one. */
export const first: Choose = (_, tilings) => ({ tiling: tilings[0] as Tiling, why: byEstimate });

/** WGSL for a kernel over bindings 0 … `bindings` − 1. */
export function generate(
  kernel: Kernel,
  bindings: number,
  facts: Facts,
  choose: Choose = first,
): Generated {
  const make = generators[kernel.kind] as Generator<Kernel>;
  return make(kernel, bindings, facts, choose);
}
