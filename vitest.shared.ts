import type { ViteUserConfig } from "vitest/config";

const conditions = ["@mt/source"];

/**
 * The test settings of one package. Imports of other packages resolve to their sources, so nothing
 * has to be built first. A run from the package's folder also leaves `reports/vitest.json`, which
 * `.ci/run` adds up; a run from the root ignores the reporters named here.
 */
export function defineProject(name: string): ViteUserConfig {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      testTimeout: 60_000, // against hangs only: a busy machine is no failure
      execArgv: ["--conditions=@mt/source", "--expose-gc"],
      reporters: ["default", "json"],
      outputFile: { json: "reports/vitest.json" },
    },
  };
}
