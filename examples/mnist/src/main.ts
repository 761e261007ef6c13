/**
 * A LeNet learns to read: `node --conditions=@mt/source src/main.ts --seed 1`.
 */
import { getBackend, manualSeed, mnist, useBackend } from "minitorch";
import { firstImages, packagedFolder } from "./data.ts";
import { LeNet } from "./model.ts";
import { type Options, readOptions } from "./options.ts";
import { progress } from "./progress.ts";
import { countRight, fingerprint, train } from "./train.ts";

async function main(options: Options): Promise<void> {
  const begin = performance.now();
  if (options.backend !== undefined) await useBackend(options.backend);
  const device = getBackend().name;
  const sets = await mnist({ folder: options.folder ?? packagedFolder() });
  const images = firstImages(sets.train, options.images);

  manualSeed(options.seed);
  const model = new LeNet();
  const { epochs, batch, rate, seed } = options;
  console.log(
    `mnist: ${images.count} images, batches of ${batch}, adam at ${rate}, seed ${seed}, on "${device}"`,
  );
  console.log(String(model));

  const seen = progress(epochs, Math.ceil(images.count / batch), process.stdout);
  let loss = 0;
  for await (const step of train(model, images, options)) {
    seen.show(step);
    loss = step.loss;
  }
  seen.end();
  if (Number.isNaN(loss))
    throw new RangeError(
      "the loss is not a number: the steps were too large. Try a smaller --rate.",
    );

  const right = await countRight(model, sets.test);
  const seconds = (performance.now() - begin) / 1000;
  const accuracy = right / sets.test.count;
  console.log(
    `accuracy ${(100 * accuracy).toFixed(2)} % (${right} of ${sets.test.count} test images), ` +
      `${seconds.toFixed(1)} s in all`,
  );
  if (options.json) {
    const sha256 = await fingerprint(model);
    const line = { task: "mnist", backend: device, accuracy, seconds, sha256 };
    console.log(JSON.stringify(line));
  }
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
