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
import { movesBy } from "./contract-slices.ts";
import { piecesOf, type Split, split } from "./contract-split.ts";
import type { GeneratedKernel } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { nestsOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";
import { generateScatter } from "./scatter.ts";
import { stagesOf } from "./split.ts";
import { widenFolds, widenSums } from "./widen.ts";

/** What one kernel of a program becomes: pieces that run one after the other on one block. */
export interface Generated {
  readonly kernels: readonly GeneratedKernel[];
  /** Bytes of bindings that exist for these kernels alone, after those of the kernel. */
  readonly scratch: readonly number[];
  /**
   * Of a contraction: bindings with a word that is 0 before. If one is not afterwards, all was in
   * vain, and the loop that the contraction equals has to be run.
   */
  readonly flags?: readonly number[];
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
    const stages = stagesOf(widenFolds(nest), bindings + scratch.length);
    scratch.push(...stages.scratch);
    return stages.nests;
  });
  const all = bindings + scratch.length;
  return { kernels: nests.map((nest) => generateLoop(nest, all, tuning)), scratch };
}
/** In tiles if that is faster; the loop it equals is for when they cannot tell all. */
function contract(given: ContractKernel, bindings: number, tuning: Tuning = {}): Generated {
  const kernel = widenSums(given);
  const pieces = piecesOf(kernel);
  const tiles = pieces && tiled(kernel, bindings, tuning);
  return tiles
    ? inPieces(split(kernel, pieces, bindings, tiles.column), bindings, tuning)
    : atOnce(kernel, bindings, tuning);
}
function atOnce(kernel: ContractKernel, bindings: number, tuning: Tuning): Generated {
  const tiles = tiled(kernel, bindings, tuning);
  if (!tiles) return loop(contractAsLoop(kernel), bindings, tuning);
  const { operands, slices, scratch, flags } = tiles;
  const all = bindings + scratch.length;
  const copies = operands.flatMap(({ kernels }) =>
    kernels.flatMap((copy) =>
      loop(copy, all, tuning).kernels.map((made): GeneratedKernel => {
        const layout = { pass: "copy", ...made.layout };
        return slices && movesBy(slices, copy) ? { ...made, layout, slices } : { ...made, layout };
      }),
    ),
  );
  const still = (made: GeneratedKernel): boolean => !made.slices;
  const once = copies.filter(still);
  const again = copies.filter((made) => !still(made));
  return { kernels: [...once, ...again, { ...tiles.tiles(all), slices }], scratch, flags };
}
/** Scratch space of the sums, then what all pieces share: they are made one after the other. */
function inPieces({ parts, sum, bytes }: Split, bindings: number, tuning: Tuning): Generated {
  const made = parts.map((part) => atOnce(part, bindings + 1, tuning));
  const kernels = made.flatMap((part) => part.kernels);
  const most = Math.max(...made.map(({ scratch }) => scratch.length));
  const shared = Array.from({ length: most }, (_, i) =>
    Math.max(...made.map(({ scratch }) => scratch[i] ?? 0)),
  );
  const scratch = [bytes, ...shared];
  const flags = [...new Set(made.flatMap((part) => part.flags ?? []))];
  kernels.push(...loop(sum, bindings + scratch.length, tuning).kernels);
  return { kernels, scratch, flags };
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
