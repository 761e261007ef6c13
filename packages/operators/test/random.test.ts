import { describe, expect, it } from "vitest";
import { Random } from "../src/index.ts";

const draws = 20_000;
const take = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);
const mean = (list: readonly number[]): number => list.reduce((a, x) => a + x, 0) / list.length;

describe("Random", () => {
  it("repeats itself for equal seeds, and not for others, the upper half of the seed too", () => {
    const first = (seed: number): number[] => {
      const random = new Random(seed);
      return take(5, () => random.uniform());
    };
    expect(first(3)).toEqual(first(3));
    expect(new Set([0, 1, 2, 2 ** 32, 2 ** 32 + 1].map((seed) => first(seed).join())).size).toBe(5);
  });
  it("has uniforms of mean ½ and variance 1⁄12, normals of mean 0 and variance 1", () => {
    const random = new Random(11);
    const uniforms = take(draws, () => random.uniform());
    const normals = take(draws, () => random.normal());
    const spread = 5 / Math.sqrt(draws);
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(spread * Math.sqrt(1 / 12));
    expect(Math.abs(mean(uniforms.map((x) => (x - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.005);
    expect(Math.abs(mean(normals))).toBeLessThan(spread);
    expect(Math.abs(mean(normals.map((x) => x * x)) - 1)).toBeLessThan(spread * Math.SQRT2);
  });
  it("draws whole numbers evenly", () => {
    const random = new Random(5);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < draws; i++) {
      const k = random.integer(7);
      counts[k] = (counts[k] as number) + 1;
    }
    for (const n of counts)
      expect(Math.abs(n - draws / 7)).toBeLessThan(5 * Math.sqrt((draws * 6) / 49));
    // 2³² is no multiple of 3 · 2³⁰: without drawing again, its lower third would come up half the time
    const low = take(2000, () => random.integer(3 * 2 ** 30)).filter((x) => x < 2 ** 30).length;
    expect(Math.abs(low - 2000 / 3)).toBeLessThan(5 * Math.sqrt((2000 * 2) / 9));
    expect(take(20, () => random.integer(1))).toEqual(new Array(20).fill(0));
    expect(Math.max(...take(100, () => random.integer(2 ** 32)))).toBeGreaterThan(2 ** 31);
  });
  it("shuffles in place, every item once, every order alike", () => {
    const random = new Random(1);
    const items = Uint32Array.from({ length: 100 }, (_, i) => i);
    expect(random.shuffle(items)).toBe(items);
    expect([...items]).not.toEqual([...items].sort((a, b) => a - b));
    expect([...items].sort((a, b) => a - b)).toEqual(take(100, () => 0).map((_, i) => i));
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(["a", "b", "c"]).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const n of orders.values()) expect(Math.abs(n - 1000)).toBeLessThan(5 * Math.sqrt(834));
    expect(random.shuffle([])).toEqual([]);
  });
  it("refuses seeds and ranges that mean nothing", () => {
    for (const seed of [-1, 1.5, Number.NaN, Infinity, 2 ** 53])
      expect(() => new Random(seed)).toThrow(
        `Random: a seed is a whole number from 0 to 2⁵³ − 1; this one was ${seed}.`,
      );
    for (const below of [0, -1, 2.5, Number.NaN, 2 ** 32 + 1])
      expect(() => new Random(0).integer(below)).toThrow(/must be a whole number from 1 to 2³²/);
  });
});
