/**
 * Module 3.108b — Contractions as WGSL.
 *
 * One kernel, or, where the sum is cut into pieces, one that leaves the sums of pieces in scratch
 * space and a loop that adds them up in order and does the rest.
 */
import {
  type ContractKernel,
  contractAsLoop,
  type Input,
  type LoopKernel,
  localize,
  rewrite,
} from "@mt/backend";
import { argument, call, cast, substitute } from "@mt/operators";
import { tilingsFor } from "./contract-choose.ts";
import { generateDirect } from "./contract-direct.ts";
import { scratchDtype } from "./contract-frame.ts";
import { generateMatrix } from "./contract-matrix.ts";
import { type Product, productOf } from "./contract-product.ts";
import { generateShared } from "./contract-shared.ts";
import type { Tiling } from "./contract-tiling.ts";
import type { Facts, Generated, GeneratedKernel } from "./kernel.ts";
import { sizeOf } from "./nest.ts";

/** The loop that adds up pieces, which lie at binding `slot`, and stores what they come to. */
function sumOf(product: Product, pieces: number, slot: number): LoopKernel {
  const { kernel, box, batch, rows, columns } = product;
  const { outer, inputs, stores, dtype } = kernel;
  const lines = box.map(() => 0);
  let step = 1;
  for (const { axes } of [columns, rows, batch])
    for (const axis of axes.toReversed()) {
      lines[axis] = step;
      step *= box[axis] as number;
    }
  const own = outer.map((_, axis) => axis);
  const still: readonly Input[] = rewrite(inputs, {
    form: (form) => ({ ...form, strides: own.map((axis) => form.strides[axis] ?? 0) }),
  });
  const sum = scratchDtype(product);
  const total = cast(argument(inputs.length + 1, sum), dtype);
  const strides = [...own.map((axis) => lines[axis] as number), step];
  return {
    kind: "loop",
    outer,
    inner: [pieces],
    inputs: [...still, { kind: "read", slot, dtype: sum, offset: 0, strides, guards: [], fill: 0 }],
    folds: [
      {
        monoid: {
          name: "sum",
          combine: call("add", argument(0, sum), argument(1, sum)),
          identity: 0,
        },
        body: argument(inputs.length, sum),
      },
    ],
    stores: stores.map((store) => ({
      ...store,
      body: substitute(store.body, (x) =>
        x.kind === "arg" && x.index === inputs.length ? total : undefined,
      ),
    })),
  };
}

const generators = {
  direct: generateDirect,
  shared: generateShared,
  matrix: generateMatrix,
} as const;
const generateTiles = (
  product: Product,
  tiling: Tiling,
  scratch: number,
  facts: Facts,
): GeneratedKernel => generators[tiling.kind](product, tiling as never, scratch, facts);

type Loops = (kernel: LoopKernel, facts: Facts) => readonly GeneratedKernel[];

/** The product in some tiling. */
export function inTiling(
  product: Product,
  tiling: Tiling,
  bindings: number,
  facts: Facts,
  loops: Loops,
): Generated {
  const tiles = generateTiles(product, tiling, bindings, facts);
  if (tiling.pieces === 1) return { kernels: [tiles], scratch: [] };
  const sum = loops(sumOf(product, tiling.pieces, bindings), facts);
  const bytes = 4 * tiling.pieces * sizeOf(product.kernel.outer);
  return { kernels: [tiles, ...sum], scratch: [bytes] };
}

export const byEstimate = "by estimate";
/** A tiling, and why it is that one. */
export interface Chosen {
  readonly tiling: Tiling;
  readonly why: string;
}
/** Which of its tilings, the most promising first, a product is computed in. */
export type Choose = (product: Product, tilings: readonly Tiling[], facts: Facts) => Chosen;

/** Whether tiles are better than the loop it equals. */
export const claimsContract = (kernel: ContractKernel): boolean => productOf(kernel) !== null;

export function generateContract(
  kernel: ContractKernel,
  bindings: number,
  facts: Facts,
  loops: Loops,
  choose: Choose,
): Generated {
  const product = productOf(kernel);
  if (!product) return { kernels: loops(contractAsLoop(kernel), facts), scratch: [] };
  // the loop that adds up pieces may need a binding more
  const all = tilingsFor(product, facts);
  const fit = bindings < facts.buffers ? all : all.filter(({ pieces }) => pieces === 1);
  const { tiling, why } = choose(product, fit, facts);
  const { kernels, scratch } = inTiling(product, tiling, bindings, facts, loops);
  return {
    kernels: kernels.map((made, i) => (i === 0 ? { ...made, chosen: why } : made)),
    scratch,
  };
}

/** The product alone, without what is done to its sums: all that a choice depends on. */
export function bareProduct({ kernel }: Product): Product {
  const { outer, inputs, a, b, dtype } = kernel;
  const strides = outer.map((_, axis) => sizeOf(outer.slice(axis + 1)));
  const { kernel: bare } = localize<ContractKernel>({
    ...kernel,
    inputs: [inputs[a] as Input, inputs[b] as Input],
    a: 0,
    b: 1,
    stores: [{ slot: -1, dtype, inside: false, offset: 0, strides, body: argument(2, dtype) }],
  });
  return productOf(bare) as Product;
}
