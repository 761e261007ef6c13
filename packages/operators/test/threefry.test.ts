import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cos, log, normal, randomBits, sqrt, threefry2x32, uniform } from "../src/index.ts";
import { sameBits } from "./laws.ts";

describe("threefry2x32", () => {
  // https://github.com/DEShawResearch/random123/blob/main/tests/kat_vectors: key, counter, result
  it.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ])("gives Random123's published answer for key %i %i, counter %i %i", (a, b, c, d, x, y) => {
    expect(threefry2x32(a, b, c, d)).toEqual([x, y]);
  });
  it("interprets to the bits it compiles to", () => {
    const u32 = ["u32", "u32", "u32", "u32"] as const;
    sameBits(randomBits.at(...u32), 4, "u32", "randomBits");
  });
  it("has no derivative", () => {
    expect([0, 1, 2, 3].map((i) => randomBits.pullback(i))).toEqual([null, null, null, null]);
    expect(normal.pullback(0)).toBeNull();
  });
  it("fills each of 32 bits half of the time", () => {
    const ones = new Array<number>(32).fill(0);
    const draws = 4096;
    for (let i = 0; i < draws; i++) {
      const word = randomBits(7, 0, i, 0);
      for (let k = 0; k < 32; k++) ones[k] = (ones[k] as number) + ((word >>> k) & 1);
    }
    // 5 standard deviations of a fair coin
    for (const n of ones) expect(Math.abs(n - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
  });
});

describe("random bits to numbers", () => {
  const word = fc.integer({ min: 0, max: 4294967295 });
  test.prop([word])("uniform: the upper 24 bits, exact in f32, below 1", (bits) => {
    const x = uniform(bits);
    expect(x * 2 ** 24).toBe(bits >>> 8);
    expect(Math.fround(x)).toBe(x);
    expect(x).toBeLessThan(1);
    expect(uniform.at("u32").dtype).toBe("f32");
  });
  test.prop([word, word])("normal: finite, by Box and Muller", (a, b) => {
    const expected = sqrt(-2 * log(1 - uniform(a))) * cos(2 * Math.PI * uniform(b));
    expect(Math.abs(normal(a, b) - expected)).toBeLessThan(1e-5);
  });
});
