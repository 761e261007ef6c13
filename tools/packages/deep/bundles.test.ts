import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { bundlers } from "../src/bundle.ts";
import { execute } from "../src/execute.ts";
import { emptyFolder, install } from "../src/install.ts";
import { nodes } from "../src/platforms.ts";
import { printed, programFolder } from "../src/programs.ts";

let folder = "";
beforeAll(async () => {
  folder = emptyFolder(inject("outside"));
  await install(folder, inject("tarballs"));
  cpSync(programFolder, folder, { recursive: true });
});

describe.for(Object.entries(bundlers))("bundled by %s", ([, bundle]) => {
  test.for(Object.entries(printed))("%s is one file that runs anywhere", async ([name, text]) => {
    const into = emptyFolder(inject("outside"));
    await bundle(folder, name, into);
    expect(readdirSync(into)).toEqual([`${name}.js`]);
    writeFileSync(join(into, "package.json"), '{ "type": "module" }');
    for (const node of Object.values(nodes)) {
      expect(await execute(node, [`${name}.js`], into)).toBe(text);
    }
  });
});
