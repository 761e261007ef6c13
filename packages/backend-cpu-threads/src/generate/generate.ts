/**
 * Module 3.81 — Every kernel this device runs, as code.
 */
import { contractAsLoop, type Kernel, type LoopKernel, type PrefixKernel } from "@mt/backend";
import { generateArgsort } from "./argsort.ts";
import type { GeneratedKernel } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { nestsOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";
import { generateScatter } from "./scatter.ts";
import { stagesOf } from "./split.ts";

/** What one kernel of a program becomes: pieces that run one after the other on one block. */
export interface Generated {
  readonly kernels: readonly GeneratedKernel[];
  /** Bytes of bindings that exist for these kernels alone, after those of the kernel. */
  readonly scratch: readonly number[];
}
type Generators = {
  readonly [K in Kernel["kind"]]?: (
    kernel: Extract<Kernel, { kind: K }>,
    bindings: number,
    tuning?: Tuning,
  ) => Generated;
};

function loop(kernel: LoopKernel | PrefixKernel, bindings: number, tuning?: Tuning): Generated {
  const scratch: number[] = [];
  const nests = nestsOf(kernel).flatMap((nest) => {
    const stages = stagesOf(nest, bindings + scratch.length);
    scratch.push(...stages.scratch);
    return stages.nests;
  });
  const all = bindings + scratch.length;
  return { kernels: nests.map((nest) => generateLoop(nest, all, tuning)), scratch };
}
const generators: Generators = {
  loop,
  prefix: loop,
  contract: (kernel, bindings, tuning) => loop(contractAsLoop(kernel), bindings, tuning),
  scatter: (kernel, bindings) => ({ kernels: generateScatter(kernel, bindings), scratch: [] }),
  argsort: generateArgsort,
};

export const generates = (kind: Kernel["kind"]): boolean => kind in generators;

/** Code for a kernel over bindings 0 … `bindings` − 1. */
export function generate(kernel: Kernel, bindings: number, tuning?: Tuning): Generated {
  const make = generators[kernel.kind] as (
    kernel: Kernel,
    bindings: number,
    tuning?: Tuning,
  ) => Generated;
  return make(kernel, bindings, tuning);
}
