/**
 * The trainer: epochs of batches, until every point is right or the epochs are over.
 */
import { batches, type PointSet, pointSet } from "@mt/datasets";
import { Random } from "@mt/operators";
import type { Engine, Examples } from "./engine.ts";
import { loadEngine } from "./engines.ts";
import type { Options } from "./options.ts";
import { initialLayers, type Recipe } from "./recipe.ts";

export interface EpochReport {
  readonly epoch: number;
  /** The mean over all points of −log p(right class), each before the step it took part in. */
  readonly loss: number;
  readonly right: number;
}

export interface Run {
  readonly set: PointSet;
  readonly engine: Engine;
  /** Training, an epoch for each report taken. */
  readonly epochs: AsyncGenerator<EpochReport>;
}

/** Draws the points, then the weights, then the order of each epoch, all from one seed. */
export async function start({ dataset, points, seed, engine, recipe }: Options): Promise<Run> {
  const random = new Random(seed);
  const set = pointSet(dataset, points, random);
  const makeEngine = await loadEngine(engine);
  const made = makeEngine(initialLayers(recipe.hidden, random), recipe);
  return { set, engine: made, epochs: train(made, set, recipe, random) };
}

/** Trains, reporting each epoch as it ends. */
async function* train(
  engine: Engine,
  set: PointSet,
  recipe: Recipe,
  random: Random,
): AsyncGenerator<EpochReport> {
  const size = Math.min(recipe.batch, set.count);
  const epochOf = batches(set, size < set.count ? { size, random } : { size });
  for (let epoch = 1; epoch <= recipe.epochs; epoch++) {
    for (const batch of epochOf) engine.step(batch);
    const { loss, right } = await engine.totals();
    yield { epoch, loss: loss / set.count, right };
    // The steps since may have changed that, so it is counted again.
    if (right === set.count && (await countRight(engine, set)) === set.count) return;
  }
}

/** How many points the network classifies right. */
export async function countRight(engine: Engine, { points, labels }: Examples): Promise<number> {
  const p = await engine.probabilities(points);
  return labels.filter((label, i) => (p[i] as number) > 0.5 === (label === 1)).length;
}
