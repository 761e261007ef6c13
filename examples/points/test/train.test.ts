import type { PointSetName } from "@mt/datasets";
import { Random } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { engineNames, loadEngine } from "../src/engines.ts";
import { initialLayers, narrow, type Recipe } from "../src/recipe.ts";
import { countRight, type EpochReport, start } from "../src/train.ts";
import { handWritten } from "./hand-written.ts";

async function run(
  name: string,
  dataset: PointSetName,
  { seed = 0, ...changes }: Partial<Recipe> & { readonly seed?: number },
) {
  const recipe = { ...narrow[dataset], ...changes };
  const { set, engine, epochs } = await start({ dataset, points: 50, seed, engine: name, recipe });
  const reports: EpochReport[] = [];
  for await (const report of epochs) reports.push(report);
  return { reports, set, right: await countRight(engine, set) };
}

describe.each(engineNames)("the %s engine", (name) => {
  test("follows a trainer written by hand, epoch by epoch", async () => {
    const { reports, set } = await run(name, "circle", { epochs: 40 });
    const random = new Random(0);
    for (let drawn = 0; drawn < set.points.length; drawn++) random.uniform();
    const step = handWritten(initialLayers(10, random), 0.5);
    expect(reports.length).toBe(40);
    for (const { loss } of reports) expect(loss).toBeCloseTo(step(set), 4);
  });

  test("learns a set and stops when all points are right", async () => {
    const { reports, right } = await run(name, "diag", { seed: 1 });
    expect(right).toBe(50);
    expect(reports.length).toBeLessThan(1000);
    expect(reports.at(-1)?.right).toBe(50);
  });

  test("learns in batches, with Adam", async () => {
    const changes = { optimizer: "adam", rate: 0.02, batch: 10, epochs: 60 } as const;
    expect((await run(name, "simple", changes)).right).toBeGreaterThanOrEqual(48);
  });

  test("counts each point once in the loss of an epoch, in batches of any size", async () => {
    const still = { rate: 1e-12, epochs: 1 };
    const [whole] = (await run(name, "circle", still)).reports;
    const [parts] = (await run(name, "circle", { ...still, batch: 16 })).reports; // 16, 16, 16, 2
    expect(parts?.loss).toBeCloseTo(whole?.loss as number, 5);
    expect(parts?.right).toBe(whole?.right);
  });

  test("gives the same losses for the same seed only", async () => {
    const lossesOf = async (seed: number): Promise<number[]> =>
      (await run(name, "xor", { seed, epochs: 5, batch: 16 })).reports.map(({ loss }) => loss);
    const first = await lossesOf(3);
    expect(await lossesOf(3)).toEqual(first);
    expect(await lossesOf(4)).not.toEqual(first);
  });
});

test("an engine that does not exist is an error that lists those that do", () => {
  expect(() => loadEngine("steam")).toThrow(/there is no "steam"; there are scalar, tensor/);
});
