/** Tilings that products are tried in: all shapes of tiles that a device with every feature has. */
import { type ContractKernel, localize, referenceBackend } from "@mt/backend";
import { compareTrial, type Trial } from "@mt/backend/testing";
import type { Choices } from "../src/choices.ts";
import { WebgpuDevice } from "../src/device.ts";
import { tilingsFor } from "../src/generate/contract-choose.ts";
import { type Product, productOf } from "../src/generate/contract-product.ts";
import type { Tiling } from "../src/generate/contract-tiling.ts";
import { type Facts, leastFacts } from "../src/generate/kernel.ts";
import { findDevice } from "../src/gpu/find.ts";
import { gpu } from "./device.ts";
import { convolution, product } from "./products.ts";

export const facts: Facts = {
  ...leastFacts,
  workgroupBytes: 32768,
  features: new Set(["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"]),
  subgroups: [32, 32],
  squares: [16],
};
export const straight = product({ batch: 2, sides: [36, 264, 52] });
export const turned = product({ batch: 2, sides: [36, 264, 52], turned: [true, true] });
export const odd = product({ sides: [33, 259, 19], turned: [true, false] });
export const padded = convolution([2, 32, 5, 9, 7]);

export function productIn(trial: Trial): { readonly product: Product; readonly bindings: number } {
  const { kernel, bindings } = localize(trial.kernels[0] as ContractKernel);
  const made = productOf(kernel);
  if (!made) throw new Error("this is no product");
  return { product: made, bindings: bindings.length };
}

export const always = (choose: (tilings: readonly Tiling[]) => Tiling): Choices => ({
  choose: (_, tilings) => ({ tiling: choose(tilings), why: "asked for" }),
  generation: 0,
  measure: async () => undefined,
});
const key = (tiling: Tiling): string => JSON.stringify({ ...tiling, pieces: 0 });
/** Every shape of a tile, in as many pieces as there can be. */
export const shapes = new Map(
  tilingsFor(productIn(straight).product, facts)
    .toSorted((x, y) => x.pieces - y.pieces)
    .map((tiling) => [key(tiling), tiling]),
);

/** Products in this tiling, in as many pieces as there can be, are what the reference device computes. */
export async function mustCompute(wanted: Tiling): Promise<void> {
  const device = new WebgpuDevice(
    await findDevice("webgpu", { gpu }),
    {},
    always((tilings) => {
      const same = tilings.filter((tiling) => key(tiling) === key(wanted));
      return same.toSorted((x, y) => y.pieces - x.pieces)[0] as Tiling;
    }),
  );
  for (const trial of [straight, turned, odd, padded])
    await compareTrial(device, referenceBackend(), trial);
  await device[Symbol.asyncDispose]();
}
