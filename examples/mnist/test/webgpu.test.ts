/** The GPU trains as the reference device does: the same losses, but for what rounding makes of them. */
import { numeric } from "@mt-tools/adapters/numeric";
import { manualSeed, mnist, unregisterBackend, useBackend } from "minitorch";
import { expect } from "vitest";
import { firstImages, packagedFolder } from "../src/data.ts";
import { LeNet } from "../src/model.ts";
import { train } from "../src/train.ts";

async function lossesOn(backend: string): Promise<readonly number[]> {
  const { train: images } = await mnist({ folder: packagedFolder() });
  await useBackend(backend);
  manualSeed(1);
  const losses: number[] = [];
  const recipe = { seed: 1, epochs: 1, batch: 8, rate: 0.01 };
  for await (const { loss } of train(new LeNet(), firstImages(images, 32), recipe))
    losses.push(loss);
  unregisterBackend(backend);
  return losses;
}

numeric.test("a LeNet's first steps have the losses of the reference device", async () => {
  const [found, expected] = [await lossesOn("webgpu"), await lossesOn("reference")];
  expect(found).toHaveLength(4);
  found.forEach((loss, i) => {
    expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-3);
  });
  expect(Math.min(...expected)).toBeLessThan(expected[0] as number);
});
