import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance, isNear, isSubnormal, smallestNormal, unit } from "../src/testing/distance.ts";
import { mustMatch } from "../src/testing.ts";

/** The next f32 after a positive one, by its bits. */
const next = (x: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  return new Float32Array(Uint32Array.of((bits[0] as number) + 1).buffer)[0] as number;
};

describe("the distance of two numbers", () => {
  it("is one from each f32 to the next", () => {
    const positive = fc.float({ min: Math.fround(1e-45), max: Math.fround(1e38), noNaN: true });
    fc.assert(
      fc.property(positive, (x) => {
        expect(distance(next(x), x, "f32")).toBe(1);
        expect(unit(x, "f32")).toBe(next(x) - x);
      }),
    );
  });
  it("is read off the dtype", () => {
    expect(unit(1, "f32")).toBe(2 ** -23);
    expect(unit(1, "f64")).toBe(2 ** -52);
    expect(unit(0, "f32")).toBe(2 ** -149);
    expect(smallestNormal("f32")).toBe(2 ** -126);
    expect(smallestNormal("f64")).toBe(2 ** -1022);
  });
  it("takes an overflow for the step past the largest number", () => {
    const largest = 2 ** 128 - 2 ** 104;
    expect(distance(Infinity, largest, "f32")).toBe(1);
    expect(distance(-Infinity, Infinity, "f32")).toBeGreaterThan(1e6);
  });
  it("is nothing between zeros and between NaNs, and endless from a NaN to a number", () => {
    expect(distance(-0, 0, "f32")).toBe(0);
    expect(distance(Number.NaN, Number.NaN, "f32")).toBe(0);
    expect(distance(Number.NaN, 1, "f32")).toBe(Infinity);
    expect(distance(1, Number.NaN, "f32")).toBe(Infinity);
  });
});

describe("what may stand for a number", () => {
  const exact = { ulp: 0, absolute: 0 };
  it("is within either bound that is stated", () => {
    expect(isNear(1 + 2 ** -22, 1, "f32", { ulp: 1, absolute: 0 })).toBe(false);
    expect(isNear(1 + 2 ** -22, 1, "f32", { ulp: 2, absolute: 0 })).toBe(true);
    expect(isNear(1e-3, 0, "f32", { ulp: 2, absolute: 1e-3 })).toBe(true);
  });
  it("is zero for a subnormal number where those are flushed, and for no other", () => {
    expect(isSubnormal(1e-40, "f32")).toBe(true);
    expect(isSubnormal(1e-40, "f64")).toBe(false);
    expect(isNear(0, 1e-40, "f32", { ...exact, flushes: true })).toBe(true);
    expect(isNear(0, 2 ** -126, "f32", { ...exact, flushes: true })).toBe(false);
    expect(isNear(0, 1e-40, "f32", exact)).toBe(false);
  });
  it("is the number itself for integers and bools, whatever is allowed", () => {
    expect(isNear(3, 4, "i32", { ulp: 8, absolute: 8 })).toBe(false);
    expect(() => mustMatch([1, 1], [1, 0], "bool", { ulp: 1, absolute: 1 })).toThrow(
      "element 1 is 1 and must be 0",
    );
  });
});
