/** The trainer of examples/points, in a page that lives on between its epochs. */
import { type Recipe, wide } from "../../../examples/points/src/recipe.ts";
import { start } from "../../../examples/points/src/train.ts";

/** How many of 50 points are right when training is over. */
export async function train(
  dataset: keyof typeof wide,
  changes: Partial<Recipe> = {},
): Promise<number> {
  const recipe = { ...wide[dataset], ...changes };
  const { epochs } = await start({ dataset, points: 50, seed: 0, engine: "tensor", recipe });
  let last = 0;
  for await (const { right } of epochs) {
    last = right;
    await new Promise((resolve) => setTimeout(resolve)); // a page draws; its workers come
  }
  return last;
}
