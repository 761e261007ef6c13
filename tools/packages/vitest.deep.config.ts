/**
 * Tests of what is published. They stand apart from `npm test`, because they pack, install and
 * bundle every package: `npm run test:packages` runs them, from built packages.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "packages",
    include: ["deep/**/*.test.ts"],
    globalSetup: "src/packing.ts",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ["default", "json"],
    outputFile: { json: "reports/deep.json" },
  },
});
