/** Module 2 — Random tensors: functions of key, counter and position, drawn when recorded. */
import { threefry2x32 } from "@mt/operators";
import { beforeEach, describe, expect, test } from "vitest";
import {
  bernoulli,
  defaultGenerator,
  eager,
  Generator,
  manualSeed,
  memory,
  rand,
  randint,
  randn,
  realize,
  type Tensor,
  tensor,
} from "../src/index.ts";

beforeEach(() => manualSeed(42));
const read = (x: Tensor): number[] => [...x.dataSync()];

const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const moment = (x: readonly number[], k: number): number => {
  const m = mean(x);
  return mean(x.map((v) => (v - m) ** k));
};

describe("a draw", () => {
  test("is threefry(key; position, counter), its top 24 bits as a fraction", () => {
    manualSeed(7 + 3 * 2 ** 32);
    for (const counter of [0, 1, 2]) {
      const expected = Array.from({ length: 5 }, (_, i) => {
        const [word] = threefry2x32(7, 3, i, counter);
        return (word >>> 8) / 2 ** 24;
      });
      expect(read(rand([5]))).toEqual(expected);
    }
  });
  test("takes its counter when it is recorded, in whatever order it is read", () => {
    const [a, b] = [rand([4]), rand([4])];
    const second = read(b);
    const first = read(a);
    manualSeed(42);
    expect(read(rand([4]))).toEqual(first);
    expect(read(rand([4]))).toEqual(second);
    expect(first).not.toEqual(second);
  });
  test("is the same however often it is computed", () => {
    const x = randn([2000]);
    const doubled = x.mul(2); // x is interior
    const [y, once] = [read(doubled), read(x)];
    expect(y).toEqual(once.map((v) => Math.fround(2 * v)));
  });
  test("has the same first elements whatever its size, and the same elements in any shape", () => {
    const long = read(randn([100]));
    manualSeed(42);
    expect(read(randn([10]))).toEqual(long.slice(0, 10));
    manualSeed(42);
    expect(read(randn([4, 5, 5]))).toEqual(long);
  });
  test("is the same eagerly", () => {
    const draws = (): number[][] =>
      [rand([7]), randn([7]), bernoulli([7], 0.3), randint([7], -3, 9)].map(read);
    const lazily = draws();
    manualSeed(42);
    expect(eager(draws)).toEqual(lazily);
  });
  test("a thousand draws are one program", () => {
    const draw = (): unknown => read(randn([3]));
    draw();
    const before = memory().programs;
    for (let k = 0; k < 1000; k++) draw();
    expect(memory().programs).toBe(before);
  });
  test("with a gradient is a leaf with elements of its own", () => {
    const x = randn([3], { requiresGrad: true });
    x.square().sum().backward();
    expect(read(x.grad as Tensor)).toEqual(read(x).map((v) => Math.fround(2 * v)));
  });
});

describe("generators", () => {
  test("seeds repeat, and differ from each other", () => {
    const from = (seed: number): number[] => {
      manualSeed(seed);
      return [...read(rand([8])), ...read(randn([8]))];
    };
    expect(from(1)).toEqual(from(1));
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, -1];
    expect(new Set(seeds.map((seed) => String(from(seed)))).size).toBe(seeds.length);
  });
  test("own generators leave the default one alone", () => {
    const generator = new Generator(5);
    const expected = read(rand([3]));
    manualSeed(42);
    read(rand([3], { generator }));
    expect(read(rand([3]))).toEqual(expected);
  });
  test("a restored state goes on where it was taken, past 2^32 draws too", () => {
    read(rand([3]));
    const state = defaultGenerator.state();
    const next = [read(randn([3])), read(rand([2]))];
    defaultGenerator.restore(state);
    expect([read(randn([3])), read(rand([2]))]).toEqual(next);
    const late = new Generator(1);
    late.restore(Uint32Array.of(1, 0, 0xffffffff, 6));
    expect([...late.state()]).toEqual([1, 0, 0xffffffff, 6]);
    read(rand([1], { generator: late }));
    expect([...late.state()]).toEqual([1, 0, 0, 7]);
  });
});

describe("distributions, 100 000 draws", () => {
  const n = 100_000;
  test("rand is uniform in [0, 1): moments, bounds and bins", () => {
    const x = read(rand([n]));
    expect(mean(x)).toBeCloseTo(1 / 2, 2);
    expect(moment(x, 2)).toBeCloseTo(1 / 12, 2);
    expect(Math.min(...x.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(x.every((v) => v >= 0 && v < 1)).toBe(true);
    const bins = new Array<number>(20).fill(0);
    for (const v of x) bins[Math.floor(v * 20)] = (bins[Math.floor(v * 20)] as number) + 1;
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    expect(chi2).toBeLessThan(43.8); // 19 degrees of freedom, 0.1 %
  });
  test("randn is normal: mean, deviation, skewness, kurtosis and tails", () => {
    const x = read(randn([n]));
    expect(Math.abs(mean(x))).toBeLessThan(0.012);
    expect(moment(x, 2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(x, 3))).toBeLessThan(0.04);
    expect(moment(x, 4)).toBeCloseTo(3, 0);
    const beyond = (t: number): number => x.filter((v) => Math.abs(v) > t).length / n;
    expect(beyond(1)).toBeCloseTo(0.3173, 2);
    expect(beyond(2)).toBeCloseTo(0.0455, 2);
    expect(x.every(Number.isFinite)).toBe(true);
  });
  test("its neighbours, and its next draw, are independent of it", () => {
    const [x, y] = [read(randn([n])), read(randn([n]))];
    const correlation = (a: readonly number[], b: readonly number[]): number =>
      mean(b.map((v, i) => v * (a[i] as number)));
    expect(Math.abs(correlation(x, y))).toBeLessThan(0.015);
    expect(Math.abs(correlation(x, x.slice(1)))).toBeLessThan(0.015);
  });
  test("bounds, mean and deviation are those asked for", () => {
    const u = read(rand([n], { low: -2, high: 6 }));
    expect(u.every((v) => v >= -2 && v < 6)).toBe(true);
    expect(mean(u)).toBeCloseTo(2, 1);
    const z = read(randn([n], { mean: 3, deviation: 0.5 }));
    expect(mean(z)).toBeCloseTo(3, 2);
    expect(Math.sqrt(moment(z, 2))).toBeCloseTo(0.5, 2);
  });
  test("bernoulli keeps its share; 0 never, 1 always", () => {
    expect(mean(read(bernoulli([n], 0.3)))).toBeCloseTo(0.3, 2);
    expect(mean(read(bernoulli([1000], 0)))).toBe(0);
    expect(mean(read(bernoulli([1000], 1)))).toBe(1);
    expect(bernoulli([1], 0.5).dtype).toBe("bool");
  });
  test("randint reaches every whole number between its bounds, and no other", () => {
    const x = read(randint([n], -3, 5));
    expect([...new Set(x)].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3, 4]);
    for (let k = -3; k < 5; k++) expect(x.filter((v) => v === k).length / n).toBeCloseTo(1 / 8, 2);
    expect(randint([1], 0, 2).dtype).toBe("i32");
  });
  test("randint reaches over all of i32 as evenly as over a few numbers", () => {
    const low = -(2 ** 31);
    const x = read(randint([n], low, 0));
    expect(x.every((v) => v >= low && v < 0 && Number.isInteger(v))).toBe(true);
    for (const share of [0.1, 0.5, 0.9])
      expect(x.filter((v) => v < low * (1 - share)).length / n).toBeCloseTo(share, 2);
    const odd = read(randint([n], 0, 3 * 2 ** 23)).filter((v) => v % 2 === 1).length;
    expect(odd / n).toBeCloseTo(1 / 2, 2); // 24 random bits would reach only two of three numbers
    expect(read(randint([4], -2, -1, { dtype: "f32" }))).toEqual([-2, -2, -2, -2]);
  });
  test("bernoulli takes a probability for each element, which broadcasts", () => {
    const x = bernoulli([n, 3], tensor([0, 0.25, 1]));
    expect(x.shape).toEqual([n, 3]);
    const shares = read(x.mean(0));
    expect([shares[0], shares[2]]).toEqual([0, 1]);
    expect(shares[1]).toBeCloseTo(0.25, 2);
    expect(() => bernoulli([2], tensor([0.1, 0.2, 0.3]))).toThrow("bernoulli: cannot broadcast");
    expect(() => bernoulli([], tensor([0.1, 0.2]))).toThrow("[2] and []: the first must broadcast");
  });
});

test("a draw that nobody reads costs nothing but its counter", () => {
  realize();
  const { live } = memory();
  for (let k = 0; k < 100; k++) rand([1000]);
  expect(defaultGenerator.state()[2]).toBe(100);
  expect(memory().live).toBe(live);
});
