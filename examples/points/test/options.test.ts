import { describe, expect, test } from "vitest";
import { command, readOptions } from "../src/options.ts";
import { narrow, wide } from "../src/recipe.ts";

/** What the program prints when it refuses its arguments. */
function complaint(...flags: string[]): string {
  let printed = "";
  const program = command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (printed += text) });
  expect(() => readOptions(flags, program)).toThrow();
  return printed.trim();
}

test("what is not given comes from the engine's recipe for the set", () => {
  expect(readOptions([])).toEqual({
    dataset: "xor",
    points: 50,
    seed: 0,
    engine: "scalar",
    recipe: narrow.xor,
  });
  expect(readOptions(["--dataset", "spiral"]).recipe).toEqual(narrow.spiral);
  expect(readOptions(["--engine", "tensor"]).recipe).toEqual(wide.xor);
});

test("what is given counts", () => {
  const flags = "--dataset circle --points 20 --hidden 3 --rate 0.1 --epochs 7 --seed 9 --batch 5";
  expect(readOptions([...flags.split(" "), "--optimizer=adam"])).toMatchObject({
    dataset: "circle",
    points: 20,
    seed: 9,
    recipe: { hidden: 3, rate: 0.1, epochs: 7, batch: 5, optimizer: "adam" },
  });
});

describe("a mistake is named, with what would be right", () => {
  test("an unknown set, engine or optimizer", () => {
    expect(complaint("--dataset", "moons")).toMatchInlineSnapshot(
      `"error: option '--dataset <name>' argument 'moons' is invalid. Allowed choices are simple, diag, split, xor, circle, spiral."`,
    );
    expect(complaint("--engine", "steam")).toMatch(/Allowed choices are scalar, tensor/);
    expect(complaint("--optimizer", "newton")).toMatch(/Allowed choices are sgd, adam/);
  });

  test.each([
    ["--points", "0"],
    ["--points", "2.5"],
    ["--points", "many"],
    ["--hidden", "-1"],
    ["--epochs", ""],
    ["--seed", "NaN"],
    ["--batch", "Infinity"],
  ])("%s %j", (flag, value) => {
    expect(complaint(`${flag}=${value}`)).toMatch(/must be a whole number ≥ [01]/);
  });

  test.each(["0", "-0.5", "fast", ""])("--rate %j", (value) => {
    expect(complaint(`--rate=${value}`)).toContain("It must be a number > 0.");
  });

  test("an unknown flag, a missing value, a stray word", () => {
    expect(complaint("--learning", "1")).toMatchInlineSnapshot(
      `"error: unknown option '--learning'"`,
    );
    expect(complaint("--points")).toMatchInlineSnapshot(
      `"error: option '--points <n>' argument missing"`,
    );
    expect(complaint("circle")).toMatchInlineSnapshot(
      `"error: too many arguments. Expected 0 arguments but got 1: circle."`,
    );
  });
});
