/** Module 2 — Every breakage of the core is seen by the laws; an unbroken core is not. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { mutants } from "./mutants.ts";

const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);
const config = fileURLToPath(new URL("mutant.config.ts", import.meta.url));
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}
const folder = mkdtempSync(join(tmpdir(), "mutants-"));
afterAll(() => rmSync(folder, { recursive: true }));
let reports = 0;

/** What the tests of a file say of the core with this breakage. */
async function judged(file: string, mutant: string): Promise<Report> {
  const report = join(folder, `${reports++}.json`);
  const variables = { MT_MUTANT: mutant, MT_REPORT: report, MT_PROGRAMS: "120" };
  const run = promisify(execFile)(process.execPath, [vitest, "run", "--config", config, file], {
    env: { ...process.env, ...variables },
  });
  const output = await run.catch((error: { readonly stderr: string }) => error); // a test failed
  if (!existsSync(report)) throw new Error(`no report of "${mutant}": ${output.stderr}`);
  return JSON.parse(readFileSync(report, "utf8")) as Report;
}

const files = [...new Set(mutants.map(({ caughtBy }) => caughtBy))];
describe.concurrent("mutants", { timeout: 600_000 }, () => {
  test.each(files)("an unbroken core passes %s", async (file) => {
    const { numPassedTests, numFailedTests } = await judged(file, "");
    expect(numFailedTests).toBe(0);
    expect(numPassedTests).toBeGreaterThan(0);
  });
  test.each(mutants)("$name: caught by $caughtBy", async ({ name, caughtBy }) => {
    expect((await judged(caughtBy, name)).numFailedTests).toBeGreaterThan(0);
  });
});
