/**
 * What takes too long for `npm test`, or needs a browser: `npm run test:deep`. 300 random programs, the
 * laws of every device with the least limits and without features, every tiling, long sums, the device in
 * a page.
 */
import { inChromium } from "@mt-tools/adapters/page";
import { withAdapter } from "@mt-tools/adapters/project";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../vitest.shared.ts";

const page = await inChromium(defineProject("page", { isolate: true }), { isolated: false });
const { test, ...base } = withAdapter(defineProject("deep", { isolate: true }));
const programs = process.env.MT_PROGRAMS ?? "15000"; // of which a test takes its part

export default defineConfig({
  test: {
    projects: [
      { ...page, test: { ...page.test, include: ["browser/*.test.ts"] } },
      {
        ...base,
        test: {
          ...test,
          include: ["test/programs.test.ts", "deep/*.test.ts"],
          env: { ...test?.env, MT_PROGRAMS: programs },
        },
      },
    ],
    reporters: ["default", "json"],
    outputFile: { json: "reports/deep.json" },
  },
});
