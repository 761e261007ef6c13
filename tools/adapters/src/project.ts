/**
 * The test settings of a package whose tests need a WebGPU adapter.
 */
import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";
import { AdapterReporter } from "./reporter.ts";

const globalSetup = fileURLToPath(new URL("./setup.ts", import.meta.url));

/** `withAdapter(defineProject("name"))`: finds an adapter first, and says at the end which it was. */
export function withAdapter({ test, ...base }: ViteUserConfig): ViteUserConfig {
  const found = <T>(settings: T) => ({ ...settings, globalSetup, pool: "forks" as const });
  const reporters = [...[test?.reporters ?? []].flat(), new AdapterReporter({ keeps: true })];
  const projects = test?.projects?.map((part) =>
    typeof part === "object" && "test" in part ? { ...part, test: found(part.test) } : part,
  );
  const settings = projects ? { ...test, projects } : found(test);
  return { ...base, test: { ...settings, reporters } as NonNullable<ViteUserConfig["test"]> };
}
