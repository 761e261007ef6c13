import { expect, test } from "vitest";
import { matches } from "../src/compare.ts";

const same: [expected: string, actual: string][] = [
  ["[1, 2]", "[1,2]"],
  ["0.8808", "0.8807970779778823"],
  ["0.1", "0.10000000149011612"],
  ["0", "-0"],
  ["0", "1.2246467991473532e-16"],
  ["1.23e-7", "1.2345e-7"],
  ["-3.142", "-3.141592653589793"],
  ["3", "2.9999998807907104"],
  ["[1, …, 9]", "[1, 2, 3, 9]"],
  ["[1, 2, …", "[1, 2, 3]"],
  ["ShapeError: add: …", "ShapeError: add: cannot broadcast"],
  ["[…]", "[]"],
  ["NaN", "NaN"],
];

const different: [expected: string, actual: string][] = [
  ["1", "2"],
  ["1", "1.01"],
  ["0.5", "0.52"],
  ["0.881", "0.8801"],
  ["0.8808", "-0.8808"],
  ["1.23e-7", "1.26e-7"],
  ["[1, 2]", "[1, 2, 3]"],
  ["[1, 2]", "[[1, 2]]"],
  ["[1, …, 9]", "[1, 2, 3]"],
  ["-0", "0"],
  ["NaN", "0"],
  ["0", "NaN"],
  ["Infinity", "-Infinity"],
  ["", "1"],
  ["undefined", "null"],
];

test.for(same)("%s is what %s prints", ([expected, actual]) => {
  expect(matches(expected, actual)).toBe(true);
});

test.for(different)("%s is not what %s prints", ([expected, actual]) => {
  expect(matches(expected, actual)).toBe(false);
});
