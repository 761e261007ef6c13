import { AdapterReporter } from "@mt-tools/adapters/reporter";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "examples/*", "tools/*/vitest.config.ts"],
    reporters: ["default", new AdapterReporter()],
    coverage: { provider: "v8", include: ["packages/*/src/**"], reporter: ["text-summary"] },
  },
});
