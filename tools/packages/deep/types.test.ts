import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { execute } from "../src/execute.ts";
import { emptyFolder, install } from "../src/install.ts";
import { pack } from "../src/packing.ts";
import { compilers } from "../src/platforms.ts";
import { programFolder } from "../src/programs.ts";
import { root } from "../src/repository.ts";

/** Strict settings; the declarations of the packages are checked too, not skipped. */
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2024",
  lib: ["es2024", "esnext.disposable", "dom"],
  types: [],
};

const resolutions: Readonly<Record<string, object>> = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

/** The peer that `@mt/backend/testing` asks for: its copy in this repository, packed. */
function fastCheck(): Promise<Record<string, string>> {
  const folders = ["fast-check", "pure-rand"].map((name) => `${root}node_modules/${name}`);
  return pack(folders, join(inject("outside"), "peers"));
}

let folder = "";
beforeAll(async () => {
  folder = emptyFolder(inject("outside"));
  await install(folder, { ...inject("tarballs"), ...(await fastCheck()) });
  cpSync(programFolder, folder, { recursive: true });
});

/** Compiles the files of `include` and gives what the compiler prints. */
function compile(compiler: string, resolution: string, include: readonly string[]) {
  const config = `tsconfig.${resolution}.${include.length}.json`;
  const compilerOptions = { ...strict, ...resolutions[resolution] };
  writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, include }));
  return execute(process.execPath, [compiler, "-p", config], folder);
}

describe.for(Object.entries(compilers))("TypeScript %s", ([version, compiler]) => {
  test("is of that version", async () => {
    expect(await execute(process.execPath, [compiler, "--version"], ".")).toMatch(` ${version}.`);
  });

  test.for(Object.keys(resolutions))("accepts programs by %s", async (resolution) => {
    expect(await compile(compiler, resolution, ["*.ts", "*.cts"])).toBe("");
  });

  test("refuses a wrong program", async () => {
    writeFileSync(
      join(folder, "wrong.mts"),
      'import { tensor } from "@mt/tensor";\ntensor([1]).matmul("2");\n',
    );
    await expect(compile(compiler, "nodenext", ["wrong.mts"])).rejects.toThrow("error TS2345");
  });
});
