/**
 * Does the points example learn? Every set is trained from several seeds; a seed passes if enough
 * of its 50 points end up right.
 */
import { parseArgs } from "node:util";
import { type PointSetName, pointSetNames } from "@mt/datasets";
import type { Recipe, Recipes } from "../../examples/points/src/recipe.ts";
import { countRight, start } from "../../examples/points/src/train.ts";

const points = 50;
/** Points that must be right, and the share of seeds in which they must be. */
const gates: Readonly<Record<PointSetName, { readonly right: number; readonly share: number }>> = {
  simple: { right: 45, share: 0.9 },
  diag: { right: 45, share: 0.9 },
  split: { right: 45, share: 0.9 },
  xor: { right: 45, share: 0.9 },
  circle: { right: 45, share: 0.9 },
  spiral: { right: 48, share: 0.8 },
};

/** Trains every set (or `--sets simple,diag`) from 20 seeds (or `--seeds 5`) and prints a table. */
export async function gate(engine: string, recipes: Recipes): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      sets: { type: "string", default: pointSetNames.join() },
      seeds: { type: "string", default: "20" },
    },
  });
  const seeds = Number(flags.seeds);
  const sets = flags.sets.split(",");
  for (const set of sets)
    if (!pointSetNames.some((name) => name === set)) throw new Error(`there is no set "${set}"`);

  console.log(`${engine} engine, seeds 0–${seeds - 1}, ${points} points\n`);
  console.log("set      recipe                    right in   needed  median  slowest  ms/epoch");
  for (const set of sets as PointSetName[]) await row(engine, set, recipes[set], seeds);
}

async function row(engine: string, dataset: PointSetName, recipe: Recipe, seeds: number) {
  const { right: needed, share } = gates[dataset];
  const begin = performance.now();
  const runs: { readonly right: number; readonly epochs: number }[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const run = await start({ dataset, points, seed, engine, recipe });
    let count = 0;
    for await (const { epoch } of run.epochs) count = epoch;
    runs.push({ right: await countRight(run.engine, run.set), epochs: count });
  }
  const passed = runs.filter(({ right }) => right >= needed).length;
  const lengths = runs.map(({ epochs }) => epochs).sort((a, b) => a - b);
  const total = lengths.reduce((sum, n) => sum + n, 0);
  const ok = passed >= share * seeds;
  if (!ok) process.exitCode = 1;
  console.log(
    [
      dataset.padEnd(8),
      `H=${recipe.hidden} ${recipe.optimizer} ${recipe.rate} batch ${Math.min(recipe.batch, points)}`.padEnd(
        24,
      ),
      `≥${needed}: ${passed}/${seeds}`.padStart(11),
      `${Math.ceil(share * seeds)}/${seeds}`.padStart(8),
      String(lengths[Math.floor(seeds / 2)]).padStart(7),
      String(lengths.at(-1)).padStart(8),
      ((performance.now() - begin) / total).toFixed(2).padStart(9),
      ok ? "" : "  FAILED",
    ]
      .join(" ")
      .trimEnd(),
  );
}
