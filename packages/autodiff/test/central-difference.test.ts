import { expect, test } from "vitest";
import { centralDifference } from "../src/index.ts";

test.each([
  ["x²", (x: number) => x ** 2, 3, 6],
  ["sin", Math.sin, 0.7, Math.cos(0.7)],
  ["exp", Math.exp, 5, Math.exp(5)],
  ["a large argument", (x: number) => x ** 2, 1e6, 2e6],
  ["log of a small argument", Math.log, 0.01, 100],
])("%s", (_, f, x, expected) => {
  const error = centralDifference(f, [x]) / expected - 1;
  expect(Math.abs(error)).toBeLessThan(1e-6);
});

test("differs in one argument only", () => {
  const f = (x: number, y: number, z: number): number => x + 10 * y + 100 * z;
  expect([0, 1, 2].map((i) => Math.round(centralDifference(f, [1, 2, 3], i)))).toEqual([
    1, 10, 100,
  ]);
});

test("a step of one's own is used", () => {
  expect(centralDifference(Math.abs, [0.5], 0, 1)).toBe(0.5); // |1.5| − |−0.5| over 2
});

test("an index that is not there is an error", () => {
  expect(() => centralDifference(Math.sin, [1], 1)).toThrow(RangeError);
  expect(() => centralDifference(Math.sin, [1], -1)).toThrow("index -1 of 1 values");
});
