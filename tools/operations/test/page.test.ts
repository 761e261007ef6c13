import { readFileSync } from "node:fs";
import { test } from "vitest";
import { page } from "../src/page.ts";

test("docs/operations.md says what is so", () => {
  const written = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");
  const [found, expected] = [written.split("\n"), page().split("\n")];
  const at = expected.findIndex((line, k) => line !== found[k]);
  if (at < 0 && found.length === expected.length) return;
  throw new Error(
    `docs/operations.md is out of date from line ${at + 1}: run "npm run operations" and see what ` +
      `changed.\n  written: ${found[at]}\n  now:     ${expected[at]}`,
  );
});
