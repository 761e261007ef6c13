import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const run = (...flags: string[]) =>
  spawnSync(process.execPath, ["--conditions=@mt/source", main, ...flags], { encoding: "utf8" });

test("the program trains, draws and says how well it did", () => {
  const { status, stdout } = run("--dataset", "simple", "--epochs", "20", "--points", "30");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^simple: 30 points, 2 → 10 → 10 → 1, sgd at 0.5/);
  expect(stdout).toMatch(/epoch {2}1\/20 {2}loss \d\.\d{4} {2}right \d+\/30/);
  expect(stdout).toContain("┌──");
  expect(stdout).toMatch(/accuracy \d+ % \(\d+\/30\) after \d+ epochs/);
  expect(stdout).not.toContain("\u001b"); // no color where nobody looks
});

test("a mistake in the flags ends it with a line that says which", () => {
  const { status, stderr } = run("--points", "many");
  expect(status).toBe(2);
  expect(stderr).toContain("option '--points <n>' argument 'many' is invalid. It must be a whole");
});

test("asking for help is no mistake", () => {
  const { status, stdout } = run("--help");
  expect([status, stdout]).toEqual([0, expect.stringContaining("--dataset <name>")]);
});

test.each(["scalar", "tensor"])("a loss that is no number is said, on %s", (engine) => {
  const flags = ["--rate", "1e300", "--epochs", "20", "--points", "20", "--engine", engine];
  const { status, stderr } = run(...flags);
  expect(stderr).toContain("the loss is not a number: the steps were too large");
  expect(status).toBe(1);
});
