/**
 * What takes too long for `npm test`, or needs a browser: `npm run test:deep`. The conformance suite
 * on every number of threads, with and without relaxed and wide vectors; twenty times as many random
 * programs (`MT_PROGRAMS`, `MT_SEED`); a hundred scripts that end by themselves; tests in pages.
 */
import { inChromium } from "@mt-tools/adapters/page";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const base = defineProject("pages", { isolate: true });
const inPage = async (name: string, isolated: boolean) => {
  const { test, ...settings } = await inChromium(base, { isolated });
  return { ...settings, test: { ...test, name, include: [`browser/${name}/*.test.ts`] } };
};

const { test: usual, ...settings } = defineProject("everywhere", { isolate: true });
const everywhere = {
  ...settings,
  test: {
    ...usual,
    include: ["deep/*.test.ts", "test/programs.test.ts", "test/threads/exit.test.ts"],
    env: { ...usual?.env, MT_PROGRAMS: process.env.MT_PROGRAMS ?? "10000", MT_EXITS: "13" },
    testTimeout: 600_000,
    maxWorkers: 2,
  },
};

export default defineConfig({
  test: {
    projects: [everywhere, await inPage("isolated", true), await inPage("alone", false)],
    reporters: ["default", "json"],
    outputFile: { json: "reports/deep.json" },
  },
});
