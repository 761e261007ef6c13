/**
 * How a test says that it needs an adapter that computes.
 *
 * `numeric.test(…)` and `numeric.describe(…)` are vitest's, left out where there is only the null
 * backend; the run then ends with how many. What only checks programs needs nothing of this.
 */
import { describe, inject, test } from "vitest";
import "./setup.ts";

/** What tests run on: which way led to it, and its name. */
export const adapter = inject("adapter");

/** The options for `create` of npm's webgpu that lead to it. */
export const createOptions: string[] = adapter.way === "null" ? ["backend=null"] : [];

export const numeric = {
  test: test.skipIf(adapter.way === "null"),
  describe: describe.skipIf(adapter.way === "null"),
};
