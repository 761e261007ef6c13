import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";

type Settings = NonNullable<ViteUserConfig["test"]>;

const conditions = ["@mt/source"];

/** Where programs that tests start find their modules compiled, most of them the same ones. */
const compiled = fileURLToPath(new URL("./node_modules/.cache/compiled", import.meta.url));

export interface ProjectOptions {
  /**
   * Files of tests (or all: `true`) that have a process of their own each, because they measure
   * memory, stop threads, lose devices or ask what a program finds when it begins. The others share
   * one, whose modules are loaded and warm.
   */
  readonly isolate?: boolean | string[];
  /** What is loaded before each file. */
  readonly setupFiles?: string[];
}

/**
 * The test settings of one package. Imports of other packages resolve to their sources, so nothing
 * has to be built first. A run from the package's folder also leaves `reports/vitest.json`, which
 * `.ci/run` adds up; a run from the root ignores the reporters named here.
 */
export function defineProject(
  name: string,
  { isolate = false, setupFiles = [] }: ProjectOptions = {},
): ViteUserConfig {
  const base: ViteUserConfig = {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
  };
  const test: Settings = {
    name,
    isolate: isolate === true,
    include: ["test/**/*.test.ts"],
    setupFiles,
    testTimeout: 60_000, // against hangs only: a busy machine is no failure
    env: { NODE_COMPILE_CACHE: compiled },
    execArgv: ["--conditions=@mt/source", "--expose-gc"],
    reporters: ["default", "json"],
    outputFile: { json: "reports/vitest.json" },
  };
  if (typeof isolate === "boolean") return { ...base, test };
  const part = (own: Settings) => ({ ...base, extends: false as const, test: { ...test, ...own } });
  const projects = [
    part({ isolate: false, exclude: isolate }),
    part({ name: `${name}, alone`, include: isolate }),
  ];
  return { ...base, test: { ...test, projects } };
}
