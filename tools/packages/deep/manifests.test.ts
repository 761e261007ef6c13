import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, test } from "vitest";
import { packages } from "../src/repository.ts";

/**
 * Ways of resolving that packages of ES modules alone leave behind: that of Node.js 10, which knows
 * no `exports`, and CommonJS modules, whose compilers are told apart from Node.js's own `require`.
 */
const leftBehind = new Set<string | undefined>(["node10", "node16-cjs"]);

describe.for([...packages.values()])("the tarball of $name", ({ name, manifest }) => {
  const data = new Uint8Array(readFileSync(inject("tarballs")[name] ?? ""));

  test("has nothing that publint complains of", async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: data.slice().buffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    expect(pkg).toMatchObject({ name, version: manifest.version });
  });

  test("has types that are right about its code", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(data));
    if (!analysis.types) throw new Error(`${name} has no types`);
    const problems = analysis.problems.filter(
      (problem) => !("resolutionKind" in problem && leftBehind.has(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });
});
