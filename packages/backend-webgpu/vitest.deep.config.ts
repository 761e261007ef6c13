/**
 * The device inside a browser, and 300 random programs on it here: `npm run test:deep`.
 */
import { inChromium } from "@mt-tools/adapters/page";
import { withAdapter } from "@mt-tools/adapters/project";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const page = await inChromium(defineProject("page"), { isolated: false });
const random = withAdapter(defineProject("random"));
const programs = process.env.MT_PROGRAMS ?? "15000"; // of which a test takes its part

export default defineConfig({
  test: {
    projects: [
      { ...page, test: { ...page.test, include: ["browser/*.test.ts"] } },
      {
        ...random,
        test: {
          ...random.test,
          include: ["test/programs.test.ts"],
          env: { MT_PROGRAMS: programs },
        },
      },
    ],
    reporters: ["default", "json"],
    outputFile: { json: "reports/deep.json" },
  },
});
