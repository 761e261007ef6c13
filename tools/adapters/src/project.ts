/**
 * The test settings of a package whose tests need a WebGPU adapter.
 */
import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";
import { AdapterReporter } from "./reporter.ts";

const globalSetup = fileURLToPath(new URL("./setup.ts", import.meta.url));

/** `withAdapter(defineProject("name"))`: finds an adapter first, and says at the end which it was. */
export function withAdapter({ test, ...base }: ViteUserConfig): ViteUserConfig {
  const reporters = [...[test?.reporters ?? []].flat(), new AdapterReporter({ keeps: true })];
  const settings = { ...test, globalSetup, pool: "forks", reporters };
  return { ...base, test: settings as NonNullable<ViteUserConfig["test"]> };
}
