/**
 * Training and testing: what a recipe does to a model.
 */
import { createHash } from "node:crypto";
import {
  Adam,
  batches,
  cosineSchedule,
  crossEntropy,
  type ImageSet,
  type Module,
  noGrad,
  Random,
  tensor,
} from "minitorch";
import { imagesOf } from "./data.ts";
import type { LeNet } from "./model.ts";
import type { Options } from "./options.ts";

/** How a step went, before what it learned from it. */
export interface Step {
  readonly epoch: number;
  /** Steps of this epoch so far, this one among them. */
  readonly step: number;
  /** Images in the batch. */
  readonly count: number;
  readonly loss: number;
}

export type Recipe = Pick<Options, "seed" | "epochs" | "batch" | "rate">;

/** Trains step by step: Adam, with a rate that falls along a cosine. */
export async function* train(
  model: LeNet,
  images: ImageSet,
  { seed, epochs, batch: size, rate }: Recipe,
): AsyncGenerator<Step> {
  const optimizer = new Adam(model.parameters(), { rate });
  const order = batches(images, { size, random: new Random(seed) });
  const schedule = cosineSchedule(rate, epochs * order.length);
  model.train();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let step = 0;
    for (const batch of order) {
      optimizer.rate = schedule(optimizer.steps);
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(imagesOf(batch)), tensor(batch.labels));
      loss.backward();
      optimizer.step();
      yield { epoch, step: ++step, count: batch.count, loss: await loss.item() };
    }
  }
}

/** How many digits the model reads right. */
export async function countRight(model: LeNet, images: ImageSet): Promise<number> {
  model.eval();
  let right = 0;
  for (const batch of batches(images, { size: 500 })) {
    const guesses = await noGrad(() => model.forward(imagesOf(batch)).argmax(-1)).data();
    for (const [i, guess] of guesses.entries()) right += Number(guess === batch.labels[i]);
  }
  return right;
}

/** SHA-256 of all parameters' bytes in order: equal runs end with equal ones. */
export async function fingerprint(model: Module): Promise<string> {
  const hash = createHash("sha256");
  for (const parameter of model.parameters()) {
    const { buffer, byteOffset, byteLength } = await parameter.data();
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
