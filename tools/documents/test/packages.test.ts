import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { root } from "../src/documents.ts";

const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");
const packages = globSync("packages/*/package.json", { cwd: root }).map((file) =>
  file.replaceAll("\\", "/").replace("/package.json", ""),
);
/** Where links between packages and documents lead, once a package is on its own. */
const home = "https://github.com/minitorch/minitorch-ts/blob/main/";

describe.each(packages)("what is published of %s", (folder) => {
  test("has the license with it", () => {
    expect(read(`${folder}/LICENSE`)).toBe(read("LICENSE"));
  });
  test("has links that lead somewhere without the repository around it", () => {
    const links = [...read(`${folder}/README.md`).matchAll(/\]\((?<to>[^)#]+)/g)];
    for (const to of links.map(({ groups }) => groups?.to ?? "")) {
      expect(to).not.toMatch(/^\.\.\//);
      if (to.startsWith(home)) expect(existsSync(root + to.slice(home.length)), to).toBe(true);
    }
  });
});
