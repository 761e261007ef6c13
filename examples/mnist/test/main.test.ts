import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { packagedFolder } from "../src/data.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const run = (...flags: string[]) =>
  spawnSync(process.execPath, ["--conditions=@mt/source", main, ...flags], { encoding: "utf8" });

test("it trains, tests on all 10 000 images and reports to people and programs", {
  timeout: 60_000,
}, () => {
  const { status, stdout, stderr } = run("--images", "640", "--epochs", "2", "--json");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe(
    'mnist: 640 images, batches of 64, adam at 0.007, seed 0, on "cpu-threads"',
  );
  const epochs = lines.filter((line) => line.startsWith("epoch"));
  expect(epochs).toEqual([
    expect.stringMatching(/^epoch 1\/2 {2}loss \d\.\d{4} {2}640 images in \d+\.\d s$/),
    expect.stringMatching(/^epoch 2\/2 {2}loss \d\.\d{4} {2}640 images in \d+\.\d s$/),
  ]);
  const [accuracy = "", json = ""] = lines.slice(-2);
  const right = Number(/\((?<right>\d+) of 10000 test images\)/.exec(accuracy)?.groups?.right);
  expect(right).toBeGreaterThan(5000); // guessing reads 1000
  expect(JSON.parse(json)).toEqual({
    task: "mnist",
    backend: "cpu-threads",
    accuracy: right / 10_000,
    seconds: expect.any(Number),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(stdout).not.toContain("\u001b"); // no bar where nobody watches
});

describe("what cannot be done ends it with a line that says so", { timeout: 30_000 }, () => {
  test.each([
    [
      2,
      ["--images", "many"],
      "option '--images <n>' argument 'many' is invalid. It must be a whole",
    ],
    [
      2,
      ["--images", "60001"],
      "argument '60001' is invalid. It must be a whole number from 1 to 60000.",
    ],
    [2, ["--rate", "-1"], "option '--rate <x>' argument '-1' is invalid. It must be a number > 0."],
    [2, ["--bach", "3"], "error: unknown option '--bach'"],
    [2, ["more"], "error: too many arguments"],
    [1, ["--rate", "1e30", "--images", "320"], "the loss is not a number: the steps were too"],
    [1, ["--backend", "abacus"], 'no backend "abacus"'],
    [1, ["--folder", "/nowhere"], "DatasetError: /nowhere"],
  ] as const)("exit code %i for %j", (code, flags, message) => {
    const { status, stderr } = run(...flags);
    expect(stderr).toContain(message);
    expect(status).toBe(code);
  });

  test("a truncated file is named", () => {
    const folder = mkdtempSync(join(tmpdir(), "mnist-"));
    try {
      cpSync(packagedFolder(), folder, { recursive: true });
      truncateSync(join(folder, "t10k-labels-idx1-ubyte"), 5000);
      const { status, stderr } = run("--folder", folder);
      expect(stderr).toMatch(/t10k-labels-idx1-ubyte.*truncated/);
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
