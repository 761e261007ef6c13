import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addLists,
  map,
  maximum,
  mul,
  negList,
  prod,
  reduce,
  square,
  sum,
  zipWith,
} from "../src/index.ts";

const list = fc.array(fc.integer({ min: -10000, max: 10000 }).map((n) => n / 100));
const pair = list.chain((a) =>
  fc.tuple(fc.constant(a), fc.array(fc.integer(), { minLength: a.length, maxLength: a.length })),
);

describe("functions of lists", () => {
  test.prop([list])("map keeps the length and applies the function to each", (a) => {
    expect(map(square)(a)).toEqual(a.map((x) => x * x));
  });
  test.prop([pair])("zipWith joins number by number", ([a, b]) => {
    expect(zipWith(mul)(a, b)).toEqual(a.map((x, i) => x * (b[i] as number)));
  });
  test.prop([pair])("the sum of two lists, added, is the sum of their sums", ([a, b]) => {
    expect(sum(addLists(a, b))).toBeCloseTo(sum(a) + sum(b), 5);
  });
  test.prop([list])("a list and its negative add to zeros", (a) => {
    expect(addLists(a, negList(a))).toEqual(a.map(() => 0));
  });
  it("reduce starts with its start and goes from the left", () => {
    expect(reduce((x, y) => x / 2 + y, 8)([1, 2, 4])).toBe(6.25);
    expect(reduce(maximum, -Infinity)([3, 7, 5])).toBe(7);
    expect([sum([]), prod([]), prod([2, 3, 4])]).toEqual([0, 1, 24]);
  });
  it("lists of different lengths are refused", () => {
    expect(() => addLists([1, 2], [1])).toThrow(
      "zipWith: lists of 2 and 1 numbers; both must have the same length.",
    );
  });
});
