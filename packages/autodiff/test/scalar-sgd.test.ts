import { describe, expect, test } from "vitest";
import { AutodiffError, Scalar, ScalarSGD } from "../src/index.ts";

const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });

test("a step is −rate·gradient, at the rate of the moment", () => {
  const x = leaf(3);
  const optimizer = new ScalarSGD([x], { rate: 0.5 });
  x.mul(4).backward();
  optimizer.step();
  expect(x.data).toBe(1);
  optimizer.rate = 0.25;
  optimizer.step();
  expect(x.data).toBe(0);
});

test("parameters without a gradient stay", () => {
  const x = leaf(3);
  new ScalarSGD([x], { rate: 1 }).step();
  expect(x.data).toBe(3);
});

test("finds the minimum of a quadratic", () => {
  const [x, y] = [leaf(5), leaf(-4)];
  const optimizer = new ScalarSGD([x, y], { rate: 0.1 });
  for (let step = 0; step < 300; step++) {
    optimizer.zeroGrad();
    x.sub(1).square().add(y.add(2).square().mul(3)).backward();
    optimizer.step();
  }
  expect(x.data).toBeCloseTo(1, 10);
  expect(y.data).toBeCloseTo(-2, 10);
});

describe("bad input", () => {
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", undefined])(
    "a rate of %j",
    (rate) => {
      expect(() => new ScalarSGD([leaf(1)], { rate: rate as number })).toThrow(AutodiffError);
      const optimizer = new ScalarSGD([leaf(1)], { rate: 1 });
      optimizer.rate = rate as number;
      expect(() => optimizer.step()).toThrow(/the rate must be a finite number ≥ 0/);
    },
  );

  test.each([
    ["a number", 3, /parameter 1 is not a Scalar/],
    ["a computed value", leaf(1).mul(2), /parameter 1 was computed/],
    ["a constant", Scalar.of(2), /parameter 1 does not require a gradient/],
  ])("%s as parameter", (_, parameter, message) => {
    expect(() => new ScalarSGD([leaf(1), parameter as Scalar], { rate: 1 })).toThrow(message);
  });
});
