/**
 * What vitest is told to report at the end: see `summary.ts`.
 */
import type { Reporter, TestModule } from "vitest/node";
import type { Found } from "./find.ts";
import { keep, type Outcome, summary } from "./summary.ts";

/** What the modules of tests that asked for an adapter had. */
function outcomesOf(modules: readonly TestModule[]): Outcome[] {
  return modules.flatMap(({ project, children }) => {
    const adapter: Found | undefined = project.getProvidedContext().adapter;
    if (!adapter) return [];
    // Only an adapter that computes nothing leaves tests out: a skipped test is a failed one else.
    return [{ ...adapter, left: [...children.allTests("skipped")].length }];
  });
}

export class AdapterReporter implements Reporter {
  readonly #keeps: boolean;

  /** `keeps`: whether the outcome is kept for the summary of all packages. */
  constructor({ keeps = false }: { readonly keeps?: boolean } = {}) {
    this.#keeps = keeps;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcomes = outcomesOf(modules);
    for (const line of summary(outcomes)) console.log(`\n${line}`);
    const [first] = outcomes;
    if (!this.#keeps || !first) return;
    keep({ ...first, left: outcomes.reduce((sum, { left }) => sum + left, 0) });
  }
}
