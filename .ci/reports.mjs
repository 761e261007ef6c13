/**
 * What `.ci/run` asks about the tests. Each workspace with a script named `test` or `test:…` leaves
 * its results in `reports/*.json`, in the form of vitest's JSON reporter.
 *
 * node .ci/reports.mjs clear           removes the reports of earlier runs
 * node .ci/reports.mjs has-script NAME exits 0 if the root package.json has that script
 * node .ci/reports.mjs sum BROKEN      prints the sum, where BROKEN commands have failed
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

const scriptsOf = (folder) => readJson(`${folder}/package.json`).scripts ?? {};

const manifest = readJson("package.json");

/** Every workspace folder that has tests to run. */
const folders = manifest.workspaces
  .map((pattern) => pattern.replace("/*", ""))
  .filter((parent) => existsSync(parent))
  .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(`${folder}/package.json`))
  .filter((folder) => Object.keys(scriptsOf(folder)).some((name) => /^test(?:$|:)/.test(name)));

const add = (sum, part) => Object.fromEntries(Object.keys(sum).map((k) => [k, sum[k] + part[k]]));

const nothing = { passed: 0, failed: 0, skipped: 0 };

/** The counts of one report. A file that could not be run has no tests, but it did fail. */
function countsOf(report) {
  const unrunnable = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unrunnable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function reportFiles(folder) {
  if (!existsSync(`${folder}/reports`)) return [];
  const names = readdirSync(`${folder}/reports`).filter((name) => name.endsWith(".json"));
  return names.map((name) => `${folder}/reports/${name}`);
}

const commands = {
  clear() {
    for (const folder of folders) rmSync(`${folder}/reports`, { recursive: true, force: true });
  },

  "has-script"(name) {
    if (!manifest.scripts?.[name]) process.exitCode = 1;
  },

  sum(broken) {
    let total = nothing;
    for (const folder of folders) {
      const sum = reportFiles(folder).map(readJson).map(countsOf).reduce(add, nothing);
      const empty = sum.passed + sum.failed === 0;
      if (empty) console.error(`${folder} has run no tests`);
      if (sum.skipped > 0) console.error(`${folder} has skipped ${sum.skipped} tests`);
      total = add(total, { ...sum, failed: sum.failed + sum.skipped + Number(empty) });
    }
    const failed = Math.max(total.failed, Number(broken));
    if (failed > 0) process.exitCode = 1;
    console.log(`${total.passed} passed, ${failed} failed`);
  },
};

const [name, ...rest] = process.argv.slice(2);
commands[name](...rest);
