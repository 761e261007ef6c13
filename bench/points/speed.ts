/**
 * How long does an epoch take beside the same written by hand? Both learn from the same weights on
 * the same batches, twenty epochs in turn.
 */
import { batches, type PointSet } from "@mt/datasets";
import { Random } from "@mt/operators";
import type { Examples } from "../../examples/points/src/engine.ts";
import { loadEngine } from "../../examples/points/src/engines.ts";
import { initialLayers, type Recipe } from "../../examples/points/src/recipe.ts";
import { handWritten } from "../../examples/points/test/hand-written.ts";

const rounds = 50;
const epochs = 20;

/** Milliseconds that something takes. */
async function timed(run: () => unknown): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

export async function speed(name: string, set: PointSet, recipe: Recipe): Promise<void> {
  const layers = initialLayers(recipe.hidden, new Random(1));
  const engine = (await loadEngine(name))(layers, recipe);
  const byHand = handWritten(layers, recipe.rate);
  const order = batches(set, { size: recipe.batch, random: new Random(2) });

  const first = await timed(() => {
    engine.step([...order][0] as Examples);
    return engine.totals();
  });
  const [hand, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const drawn = Array.from({ length: epochs }, () => [...order]);
    hand.push(
      await timed(() => {
        for (const batch of drawn.flat()) byHand(batch);
      }),
    );
    ours.push(
      await timed(async () => {
        for (const epoch of drawn) {
          for (const batch of epoch) engine.step(batch);
          await engine.totals();
        }
      }),
    );
  }
  const [a, b] = [median(hand) / epochs, median(ours) / epochs];
  console.log(`An epoch of ${order.length} steps, H=${recipe.hidden}, batch ${recipe.batch}:`);
  console.log(`by hand          ${a.toFixed(2)} ms`);
  console.log(`${name} engine    ${b.toFixed(2)} ms  (${(b / a).toFixed(2)} times that)`);
  console.log(`its first step   ${first.toFixed(0)} ms`);
}
