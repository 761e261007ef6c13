import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { execute } from "../src/execute.ts";
import { brought, emptyFolder, install, installed } from "../src/install.ts";
import { nodes } from "../src/platforms.ts";
import { closure, packages, sorted } from "../src/repository.ts";

const readMe = fileURLToPath(new URL("../src/read-me.ts", import.meta.url));

const runs = Object.keys(nodes).flatMap((version) =>
  ["import", "require"].map((way) => ({ version, way })),
);

test.for(Object.entries(nodes))("Node.js %s is of that version", async ([version, node]) => {
  expect(await execute(node, ["--version"], ".")).toMatch(new RegExp(`^v${version}\\.`));
});

/** Our packages that a README imports: a device's is about tensors on it. */
const imported = (folder: string): string[] =>
  [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/ from "(@mt\/[a-z-]+)/g)].map(
    ([, name]) => name as string,
  );

describe.for([...packages.values()])("$name, as its README asks for it,", (each) => {
  const { name, manifest } = each;
  const names = sorted(new Set([name, ...imported(each.folder)].flatMap(closure)));
  const tarballs = Object.entries(inject("tarballs")).filter(([file]) => names.includes(file));
  const { peerDependencies = {} } = manifest;
  let folder = "";
  beforeAll(async () => {
    folder = emptyFolder(inject("outside"));
    await install(folder, Object.fromEntries(tarballs), peerDependencies);
  });

  test("has its license, its code, its declarations, their sources and no tests", () => {
    const files = globSync("**", { cwd: join(folder, "node_modules", name) });
    expect(files).toEqual(
      expect.arrayContaining(["LICENSE", "dist/index.js", "dist/index.d.ts", "src/index.ts"]),
    );
    expect(files.filter((file) => /tsbuildinfo|test\.|reports|vitest/.test(file))).toEqual([]);
  });

  test("brings what its manifest names, once, and nothing else", () => {
    expect(installed(folder)).toEqual(
      brought(folder, [...names, ...Object.keys(peerDependencies)]),
    );
  });

  test.for(runs)("runs its README under Node.js $version by $way", async ({ version, way }) => {
    const file = join(folder, "node_modules", name, "README.md");
    await execute(nodes[version] ?? "", [readMe, file, way], folder);
  });
});

test("@mt/operators depends on nothing, @mt/tensor on no device but the reference", () => {
  expect(closure("@mt/operators")).toEqual(["@mt/operators"]);
  expect(closure("@mt/tensor")).toEqual([
    "@mt/autodiff",
    "@mt/backend",
    "@mt/operators",
    "@mt/tensor",
  ]);
});
