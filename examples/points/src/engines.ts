/**
 * The engines there are. One is loaded when it is chosen; to add one, write its file and a line.
 */
import type { MakeEngine } from "./engine.ts";

const engines: Readonly<Record<string, () => Promise<MakeEngine>>> = {
  scalar: async () => (await import("./scalar-engine.ts")).scalarEngine,
  tensor: async () => (await import("./tensor-engine.ts")).tensorEngine,
};

export const engineNames: readonly string[] = Object.keys(engines);

/** The engine of this name, loaded now. */
export function loadEngine(name: string): Promise<MakeEngine> {
  const load = engines[name];
  if (!load) throw new Error(`engine: there is no "${name}"; there are ${engineNames.join(", ")}.`);
  return load();
}
