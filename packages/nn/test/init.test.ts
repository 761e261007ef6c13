import { Generator, type Tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { Conv2d, init, Linear } from "../src/index.ts";

const shape = [200, 30, 3, 3];
const [fanIn, fanOut] = [30 * 9, 200 * 9];

async function moments(x: Tensor): Promise<{ mean: number; variance: number; reach: number }> {
  const values = Float64Array.from(await x.data());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, variance, reach: values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) };
}
const seeded = (): { generator: Generator } => ({ generator: new Generator(5) });

test("fans count what goes into an output and out of an input", () => {
  expect(init.fans([10, 4])).toEqual({ in: 4, out: 10 });
  expect(init.fans(shape)).toEqual({ in: fanIn, out: fanOut });
  expect(() => init.fans([3])).toThrow("fans: [3] has no fans");
});

// [what, its draw, the variance it must have, whether it is bounded by √3 deviations]
const draws: readonly (readonly [string, () => Tensor, number, boolean])[] = [
  ["kaimingUniform", () => init.kaimingUniform(shape, seeded()), 2 / fanIn, true],
  [
    "kaimingUniform, slope",
    () => init.kaimingUniform(shape, { slope: 2, ...seeded() }),
    0.4 / fanIn,
    true,
  ],
  [
    "kaimingUniform, fan out",
    () => init.kaimingUniform(shape, { fan: "out", ...seeded() }),
    2 / fanOut,
    true,
  ],
  ["kaimingNormal", () => init.kaimingNormal(shape, seeded()), 2 / fanIn, false],
  ["xavierUniform", () => init.xavierUniform(shape, seeded()), 2 / (fanIn + fanOut), true],
  [
    "xavierNormal, gain",
    () => init.xavierNormal(shape, { gain: 3, ...seeded() }),
    18 / (fanIn + fanOut),
    false,
  ],
  ["uniform", () => init.uniform(shape, -1, 1, seeded()), 1 / 3, true],
  ["normal", () => init.normal(shape, 0, 2, seeded()), 4, false],
  ["Linear.weight", () => new Linear(300, 200, seeded()).weight, 1 / 300 / 3, true],
  ["Conv2d.weight", () => new Conv2d(30, 200, 3, seeded()).weight, 1 / fanIn / 3, true],
  ["Linear.bias", () => new Linear(9, 20_000, seeded()).bias as Tensor, 1 / 9 / 3, true],
  ["Conv2d.bias", () => new Conv2d(1, 20_000, 3, seeded()).bias as Tensor, 1 / 9 / 3, true],
];

describe.each(draws)("%s", (_, draw, variance, bounded) => {
  test("has mean 0 and the variance of its formula", async () => {
    const x = draw();
    const found = await moments(x);
    const error = Math.sqrt(variance / x.size);
    expect(Math.abs(found.mean)).toBeLessThan(5 * error);
    expect(found.variance / variance).toBeCloseTo(1, 1);
    const bound = Math.sqrt(3 * variance);
    if (bounded) expect(found.reach).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(found.reach).toBeGreaterThan(bound * 0.99);
  });
  test("is the same from an equal generator", async () => {
    expect(await draw().data()).toEqual(await draw().data());
  });
});

test("zeros and ones are what they say", async () => {
  expect(await init.zeros([2]).toArray()).toEqual([0, 0]);
  expect(await init.ones([2]).toArray()).toEqual([1, 1]);
});
