/**
 * Module 3.109 — Every kernel this device runs, as WGSL.
 */
import type { Kernel, LoopKernel } from "@mt/backend";
import { generateFold } from "./fold.ts";
import type { Facts, Generated, GeneratedKernel } from "./kernel.ts";
import { generateMap } from "./map.ts";
import { nestsOf, sizeOf } from "./nest.ts";
import { generateScatter } from "./scatter.ts";

/** `bindings`: how many the kernel has; its scratch space comes after them. */
type Generator<K> = (kernel: K, bindings: number, facts: Facts) => Generated;
type Generators = {
  readonly [K in Kernel["kind"]]?: Generator<Extract<Kernel, { kind: K }>>;
};

/** The dispatches of a loop: none where there are no points. */
export function loopKernels(kernel: LoopKernel, facts: Facts): readonly GeneratedKernel[] {
  return nestsOf(kernel)
    .filter(({ outer }) => sizeOf(outer) > 0)
    .map((nest) => (nest.folds.length ? generateFold(nest, facts) : generateMap(nest, facts)));
}

const generators: Generators = {
  loop: (kernel, _, facts) => ({ kernels: loopKernels(kernel, facts), scratch: [] }),
  scatter: (kernel, _, facts) => ({ kernels: generateScatter(kernel, facts), scratch: [] }),
};

export const generates = (kind: Kernel["kind"]): boolean => kind in generators;

/** WGSL for a kernel over bindings 0 … `bindings` − 1. */
export function generate(kernel: Kernel, bindings: number, facts: Facts): Generated {
  const make = generators[kernel.kind] as Generator<Kernel>;
  return make(kernel, bindings, facts);
}
