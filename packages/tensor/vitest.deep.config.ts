/**
 * The laws of random programs, for twenty times as many of them as `npm test` tries, and what takes
 * too long for it altogether: `npm run test:deep`. `MT_PROGRAMS` says how many, `MT_SEED` which.
 */
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const { test, ...base } = defineProject("tensor", { isolate: true });

export default defineConfig({
  ...base,
  test: {
    ...test,
    name: "programs",
    include: ["test/programs*.test.ts", "deep/**/*.test.ts"],
    env: { ...test?.env, MT_PROGRAMS: process.env.MT_PROGRAMS ?? "10000" },
    maxWorkers: 2,
    maxConcurrency: 2,
    outputFile: { json: "reports/deep.json" },
  },
});
