/** Module 2.17 — Values line up, whatever they are. */
import { describe, expect, test } from "vitest";
import { arange, compile, type Tensor, tensor, vmap, zeros } from "../src/index.ts";

/** What stands before the shape. */
const values = (x: Tensor): string =>
  String(x)
    .replace(/, shape=.*$/s, "")
    .slice("Tensor(".length);

describe("a tensor as text", () => {
  test.each<[string, Tensor, string]>([
    ["a scalar has six digits", tensor(Math.PI), "3.14159"],
    ["a small scalar", tensor(1.5e-9, { dtype: "f64" }), "1.500e-9"],
    ["whole numbers stay whole", tensor([1, -20, 300]), "[  1, -20, 300]"],
    ["points stand below each other", tensor([0.1, 0.25, -3]), "[ 0.10,  0.25, -3.00]"],
    ["five digits are enough", tensor([1 / 3, 20 / 3]), "[0.3333, 6.6667]"],
    ["large and small are exponential", tensor([1e-7, 1.5]), "[1.000e-7, 1.500e+0]"],
    ["small ones alone too", tensor([0, 2.5e-9]), "[       0, 2.500e-9]"],
    ["no numbers are numbers, too", tensor([NaN, -Infinity, 0.5]), "[NaN,  -∞, 0.5]"],
    ["−0 is 0", tensor([-0, 0.5]), "[0.0, 0.5]"],
    ["truth", tensor([true, false]), "[ true, false]"],
    ["nothing", zeros([2, 0, 3]), "[]"],
    [
      "rows stand below each other",
      tensor([
        [1, 2],
        [3, 40],
      ]),
      "[[ 1,  2],\n        [ 3, 40]]",
    ],
    [
      "an empty line between blocks, and only one",
      arange(4).reshape(2, 1, 2, 1),
      "[[[[0],\n          [1]]],\n\n        [[[2],\n          [3]]]]",
    ],
    ["the middle of long axes is left out", arange(1000), "[  0,   1,   2, …, 997, 998, 999]"],
  ])("%s", (_, x, expected) => {
    expect(values(x)).toBe(expected);
  });

  test.each([
    [[10, 10, 100, 100]],
    [[1000, 2, 50]],
    [[4, 4, 4, 4, 4, 4]],
    [[3000]],
    [[1000, 1000]],
  ])("of shape %j fits on a screen or two", (shape) => {
    const lines = String(zeros(shape)).split("\n");
    expect(lines.length).toBeLessThan(140);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(120);
    expect(String(zeros(shape))).toContain(`shape=[${shape.join(", ")}], dtype=f32`);
  });
});

test("where values cannot be had, the rest is shown", () => {
  const shown: string[] = [];
  const f = (x: Tensor): Tensor => {
    shown.push(String(x.add(1)));
    return x.mul(2);
  };
  vmap(f)(zeros([2, 3]));
  expect([...compile(f)(tensor([1, 2])).dataSync()]).toEqual([2, 4]);
  expect(shown).toEqual([
    "Tensor(shape=[3], dtype=f32, device=reference)",
    "Tensor(shape=[2], dtype=f32, device=reference)",
  ]);
});
