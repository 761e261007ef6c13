/**
 * The last lines of a run: which adapters tests were on, and how many tests that left out. Each run
 * of a package keeps what it found in a file; `npm test` ends with the sum of them all.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Found } from "./find.ts";

export interface Outcome extends Found {
  /** Tests that needed an adapter that computes, and had none. */
  readonly left: number;
}

/** Not `reports/*.json`: those are the results of tests. */
const file = "reports/adapter/outcome.json";

/** Keeps the outcome of a run from a package's folder. */
export function keep(outcome: Outcome): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(outcome));
}

/** One line for each adapter. */
export function summary(outcomes: readonly Outcome[]): string[] {
  return [...Map.groupBy(outcomes, ({ name }) => name)].map(([name, same]) => {
    const way = same[0]?.way ?? "null";
    const left = same.reduce((sum, outcome) => sum + outcome.left, 0);
    return (
      `WebGPU adapter: ${name}${way === "null" ? "" : ` (${way})`}` +
      (left > 0 ? `: ${left} NUMERIC TESTS NOT RUN` : "")
    );
  });
}

/** The outcomes that the packages' last runs have kept; asked from the root of the repository. */
export function kept(): Outcome[] {
  const files = globSync(`{packages,examples,tools}/*/${file}`).sort();
  return files.map((name) => JSON.parse(readFileSync(name, "utf8")));
}
