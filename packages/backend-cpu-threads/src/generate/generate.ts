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
import { piecesOf, type Split, split } from "./contract-split.ts";
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
/** Kernels with the name of the part that they play, where there are several. */
const playing = (pass: string, { kernels }: Generated): GeneratedKernel[] =>
  kernels.map((kernel) => ({ ...kernel, layout: { pass, ...kernel.layout } }));

type Generators = {
  readonly [K in Kernel["kind"]]?: (
    kernel: Extract<Kernel, { kind: K }>,
    bindings: number,
    tuning?: Tuning,
  ) => Generated;
};

function loop(
  kernel: LoopKernel | PrefixKernel,
  bindings: number,
  tuning?: Tuning,
  flag?: number,
): Generated {
  const scratch: number[] = [];
  const nests = nestsOf(kernel).flatMap((nest) => {
    const stages = stagesOf(nest, bindings + scratch.length);
    scratch.push(...stages.scratch);
    return stages.nests;
  });
  const all = bindings + scratch.length;
  return { kernels: nests.map((nest) => generateLoop(nest, all, tuning, flag)), scratch };
}
/** In tiles if that is faster, with the loop it equals behind them if they cannot tell all. */
function contract(kernel: ContractKernel, bindings: number, tuning: Tuning = {}): Generated {
  const pieces = piecesOf(kernel);
  const tiles = pieces && tiled(kernel, bindings, tuning);
  return tiles
    ? inPieces(split(kernel, pieces, bindings, tiles.column), bindings, tuning)
    : atOnce(kernel, bindings, tuning);
}
function atOnce(kernel: ContractKernel, bindings: number, tuning: Tuning): Generated {
  const tiles = tiled(kernel, bindings, tuning);
  const whole = contractAsLoop(kernel);
  if (!tiles) return loop(whole, bindings, tuning);
  const { flag } = tiles;
  const own = bindings + tiles.scratch.length;
  const again = flag === null ? null : loop(whole, own, tuning, flag);
  const scratch = [...tiles.scratch, ...(again?.scratch ?? [])];
  const all = bindings + scratch.length;
  return {
    kernels: [
      ...tiles.copies.flatMap((copy) => playing("copy", loop(copy, all, tuning))),
      tiles.tiles(all),
      ...(again ? playing("again, if a sum is NaN", again) : []),
    ],
    scratch,
  };
}
/** Scratch space of one piece after the other, that of the sums first. */
function inPieces({ parts, sum, bytes }: Split, bindings: number, tuning: Tuning): Generated {
  const scratch = [bytes];
  const kernels: GeneratedKernel[] = [];
  for (const part of parts) {
    const made = atOnce(part, bindings + scratch.length, tuning);
    kernels.push(...made.kernels);
    scratch.push(...made.scratch);
  }
  kernels.push(...playing("sum", loop(sum, bindings + scratch.length, tuning)));
  return { kernels, scratch };
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
