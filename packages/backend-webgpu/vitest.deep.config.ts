/**
 * The device inside a browser: `npm run test:deep`.
 */
import { inChromium } from "@mt-tools/adapters/page";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const { test, ...base } = await inChromium(defineProject("page"), { isolated: false });

export default defineConfig({
  ...base,
  test: { ...test, include: ["browser/*.test.ts"], outputFile: { json: "reports/deep.json" } },
});
