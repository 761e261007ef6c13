/**
 * Tests inside a browser: `npm run test:deep`.
 */
import { inChromium } from "@mt-tools/adapters/page";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const base = defineProject("pages");
const inPage = async (name: string, isolated: boolean) => {
  const { test, ...settings } = await inChromium(base, { isolated });
  return { ...settings, test: { ...test, name, include: [`browser/${name}/*.test.ts`] } };
};

export default defineConfig({
  test: {
    projects: [await inPage("isolated", true), await inPage("alone", false)],
    reporters: ["default", "json"],
    outputFile: { json: "reports/deep.json" },
  },
});
