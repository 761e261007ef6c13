/**
 * Module 3.81 — Every kernel this device runs, as code.
 */
import {
  type ContractKernel,
  contractAsLoop,
  type Kernel,
  type LoopKernel,
  type PrefixKernel,
} from "@mt/backend";
import { generateArgsort } from "./argsort.ts";
import { tiled } from "./contract.ts";
import { piecesOf, split } from "./contract-split.ts";
import type { Generated } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { nestsOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";
import { generateScatter } from "./scatter.ts";
import { stagesOf } from "./split.ts";
import { widenFolds, widenSums } from "./widen.ts";

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
    const stages = stagesOf(widenFolds(nest), bindings + scratch.length);
    scratch.push(...stages.scratch);
    return stages.nests;
  });
  const all = bindings + scratch.length;
  return { kernels: nests.map((nest) => generateLoop(nest, all, tuning)), scratch };
}
/** In tiles if that is faster, else as the loop it equals. */
const atOnce = (kernel: ContractKernel, bindings: number, tuning: Tuning): Generated =>
  tiled(kernel, bindings, tuning)?.generate() ?? loop(contractAsLoop(kernel), bindings, tuning);
function contract(given: ContractKernel, bindings: number, tuning: Tuning = {}): Generated {
  const kernel = widenSums(given);
  const pieces = piecesOf(kernel);
  const tiles = pieces && tiled(kernel, bindings, tuning);
  if (!tiles) return atOnce(kernel, bindings, tuning);
  // scratch space of the sums, then what all pieces share: they are made one after the other
  const { parts, sum, bytes } = split(kernel, pieces, bindings, tiles.column);
  const made = parts.map((part) => atOnce(part, bindings + 1, tuning));
  const most = (i: number): number => Math.max(...made.map((one) => one.scratch[i] ?? 0));
  const scratch = [bytes, most(0), most(1)];
  const last = generateLoop(sum, bindings + scratch.length, tuning);
  return { kernels: [...made.flatMap(({ kernels }) => kernels), last], scratch };
}
const generators: Generators = {
  loop,
  prefix: loop,
  contract,
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
