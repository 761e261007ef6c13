import { expect, test } from "vitest";
import { derivatives, noGrad, Scalar } from "../src/index.ts";

const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });

test("gives one derivative for each input, and touches no grad", () => {
  const [x, y] = [leaf(2), leaf(3)];
  const found = derivatives(x.mul(y).mul(y), [y, x]);
  expect(found.map(({ data }) => data)).toEqual([12, 9]);
  expect([x.grad, y.grad]).toEqual([null, null]);
});

test("inputs may be computed values, and lie within one another", () => {
  const x = leaf(2);
  const square = x.mul(x);
  const found = derivatives(square.mul(square), [square, x]);
  expect(found.map(({ data }) => data)).toEqual([8, 32]);
});

test("an input the output does not depend on gives 0", () => {
  const [x, y, constant] = [leaf(2), leaf(3), Scalar.of(4)];
  const found = derivatives(x.mul(constant), [y, constant, x]);
  expect(found.map(({ data }) => data)).toEqual([0, 0, 4]);
});

test("a derivative takes part in further computation", () => {
  const x = leaf(3);
  const [slope] = derivatives(x.mul(x).mul(x), [x]);
  slope?.mul(slope).backward(); // d(9x⁴) = 36x³
  expect(x.grad).toBe(36 * 27);
});

test("within noGrad they are plain numbers", () => {
  const x = leaf(3);
  const y = x.mul(x);
  expect(noGrad(() => derivatives(y, [x])[0])?.requiresGrad).toBe(false);
});
