/**
 * The page as it is built, opened in Chromium: `npm run test:deep`.
 */
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const { test, ...base } = defineProject("page");

export default defineConfig({
  ...base,
  test: { ...test, include: ["deep/*.test.ts"], outputFile: { json: "reports/deep.json" } },
});
