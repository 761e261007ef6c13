/**
 * The engines there are. One is loaded when it is chosen; to add one, write its file and a line.
 */
import type { MakeEngine } from "./engine.ts";
import { narrow, type Recipes, wide } from "./recipe.ts";

interface Entry {
  readonly load: () => Promise<MakeEngine>;
  /** How it trains unless told otherwise. */
  readonly recipes: Recipes;
}

const engines: Readonly<Record<string, Entry>> = {
  scalar: {
    load: async () => (await import("./scalar-engine.ts")).scalarEngine,
    recipes: narrow,
  },
  tensor: {
    load: async () => (await import("./tensor-engine.ts")).tensorEngine,
    recipes: wide,
  },
};

export const engineNames: readonly string[] = Object.keys(engines);

function entry(name: string): Entry {
  const found = engines[name];
  if (!found)
    throw new Error(`engine: there is no "${name}"; there are ${engineNames.join(", ")}.`);
  return found;
}

/** The engine of this name, loaded now. */
export const loadEngine = (name: string): Promise<MakeEngine> => entry(name).load();

/** What the engine of this name does unless told otherwise. */
export const recipesOf = (name: string): Recipes => entry(name).recipes;
