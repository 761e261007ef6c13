/** The tests of @mt/tensor on a broken core: `MT_MUTANT` says how, `MT_REPORT` where to report. */
import { readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { defineProject } from "../../../vitest.shared.ts";
import { mutants } from "./mutants.ts";

const { test, ...base } = defineProject("mutant", { isolate: true });
const { MT_MUTANT, MT_REPORT } = process.env;
const mutant = mutants.find(({ name }) => name === MT_MUTANT);
if (MT_MUTANT && !mutant) throw new Error(`There is no mutant "${MT_MUTANT}".`);
const path = mutant && fileURLToPath(new URL(`../src/${mutant.file}`, import.meta.url));
if (mutant && path && readFileSync(path, "utf8").split(mutant.from).length !== 2)
  throw new Error(`${mutant.file} does not hold "${mutant.from}" once: renew the mutant.`);

export default defineConfig({
  ...base,
  plugins: [
    {
      name: "mutant",
      enforce: "pre",
      transform: (code: string, id: string) =>
        mutant && id.replaceAll("/", sep) === path
          ? { code: code.replace(mutant.from, () => mutant.to), map: null }
          : null,
    },
  ],
  test: {
    ...test,
    root: fileURLToPath(new URL("..", import.meta.url)),
    fsModuleCache: false, // it would keep the sources of another mutant
    bail: 1,
    reporters: ["json"],
    outputFile: { json: MT_REPORT as string },
  },
});
