import { expect, test } from "vitest";
import { AutodiffError, Scalar, ScalarAdam } from "../src/index.ts";

const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });

test("the first step is the rate long, whatever the size of the gradient", () => {
  for (const size of [1e-3, 1, -1e6]) {
    const x = leaf(0);
    x.mul(size).backward();
    new ScalarAdam([x], { rate: 0.5 }).step();
    expect(x.data).toBeCloseTo(-0.5 * Math.sign(size), 4);
  }
});

test("follows its definition: means weighted by age, corrected for their start", () => {
  const gradients = [1, -3, 2, 0.5];
  const [b1, b2, rate, epsilon] = [0.8, 0.95, 0.1, 1e-3];
  const x = leaf(1);
  const optimizer = new ScalarAdam([x], { rate, betas: [b1, b2], epsilon });
  let expected = 1;
  for (const [t, gradient] of gradients.entries()) {
    optimizer.zeroGrad();
    x.mul(gradient).backward();
    optimizer.step();
    const seen = gradients.slice(0, t + 1);
    const mean = (values: number[], b: number): number => {
      const weights = values.map((_, s) => b ** (t - s));
      const total = weights.reduce((sum, w) => sum + w);
      return values.reduce((sum, value, s) => sum + value * (weights[s] as number), 0) / total;
    };
    const root = Math.sqrt(
      mean(
        seen.map((g) => g * g),
        b2,
      ),
    );
    expected -= (rate * mean(seen, b1)) / (root + epsilon);
    expect(x.data).toBeCloseTo(expected, 12);
  }
});

test("finds the minimum of a badly scaled quadratic", () => {
  const [x, y] = [leaf(5), leaf(-4)];
  const optimizer = new ScalarAdam([x, y], { rate: 0.1 });
  for (let step = 0; step < 1000; step++) {
    optimizer.zeroGrad();
    x.sub(1).square().mul(1000).add(y.add(2).square()).backward();
    optimizer.step();
  }
  expect(x.data).toBeCloseTo(1, 3);
  expect(y.data).toBeCloseTo(-2, 3);
});

test("a bad rate or parameter is an error", () => {
  expect(() => new ScalarAdam([leaf(1)], { rate: -1 })).toThrow(AutodiffError);
  expect(() => new ScalarAdam([Scalar.of(1)], { rate: 1 })).toThrow(/parameter 0 does not require/);
});
