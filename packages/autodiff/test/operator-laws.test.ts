/** What holds for Scalars under every operator of the table, whatever is added to it. */

import { type Operator, operators as table } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { derivatives, Scalar } from "../src/index.ts";
import { compareGradients } from "../src/testing.ts";

type Method = (...others: (Scalar | number)[]) => Scalar;
const operators = Object.entries<Operator>(table);
const method = (x: Scalar, name: string): Method =>
  (x as unknown as Record<string, Method>)[name]?.bind(x) as Method;
const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });

/** Points of [−3, 3]ⁿ that are on no kink of anything, spread by irrational steps. */
const samples = (arity: number): number[][] =>
  Array.from({ length: 60 }, (_, k) =>
    Array.from({ length: arity }, (_, i) => 6 * (((k + 1) * Math.sqrt(2 + i * 3)) % 1) - 3),
  );

/** Whether f is finite, and looks smooth, around x: kinks and jumps have no derivative to check. */
function isSmooth(f: (...x: number[]) => number, x: readonly number[]): boolean {
  const h = 1e-4;
  const middle = f(...x);
  return x.every((value, i) => {
    const [low, high] = [f(...x.with(i, value - h)), f(...x.with(i, value + h))];
    return Math.abs(high - 2 * middle + low) < 1e-3 * h * (1 + Math.abs(high - low) / h);
  });
}

const slopeOf = (operator: Operator, i: number): ((...x: number[]) => number) => {
  return (...x) => {
    const leaves = x.map(leaf);
    return derivatives(Scalar.map(operator, ...leaves), leaves)[i]?.data as number;
  };
};

describe.each(operators)("%s", (name, operator) => {
  const points = samples(operator.arity);
  const onNumbers = (...x: number[]): number => operator(...x);

  test("is a method that gives the operator's value, with numbers and Scalars beside it", () => {
    for (const x of points) {
      const [first = 0, ...others] = x;
      expect(method(Scalar.of(first), name)(...others).data).toBe(operator(...x));
      expect(method(leaf(first), name)(...others.map(leaf)).data).toBe(operator(...x));
    }
  });

  test("sends back its derivative", () => {
    const smooth = points.filter((x) => isSmooth(onNumbers, x));
    expect(smooth.length).toBeGreaterThan(5);
    for (const [k, x] of smooth.entries()) {
      const leaves = x.map(leaf);
      const [first, ...others] = leaves as [Scalar, ...Scalar[]];
      const cotangent = k % 2 ? -1.5 : 0.75;
      const output = method(first, name)(...others);
      if (output.requiresGrad) output.backward(cotangent);
      const gradients = leaves.map((each) => each.grad ?? 0);
      compareGradients((...at) => cotangent * operator(...at), x, gradients, { name });
    }
  });

  test("has a derivative of its derivative", () => {
    for (let i = 0; i < operator.arity; i++) {
      const slope = slopeOf(operator, i);
      for (const x of points.filter((at) => isSmooth(onNumbers, at) && isSmooth(slope, at))) {
        const leaves = x.map(leaf);
        const first = derivatives(Scalar.map(operator, ...leaves), leaves)[i] as Scalar;
        const second = derivatives(first, leaves).map(({ data }) => data);
        compareGradients(slope, x, second, { name: `${name}′${i}`, tolerance: 1e-5 });
      }
    }
  });

  test("keeps no history for constants", () => {
    const [x = []] = points;
    const y = Scalar.map(operator, ...x.map((value) => Scalar.of(value)));
    expect([y.requiresGrad, y.inputs.length]).toEqual([false, 0]);
  });
});

test("the table has operators", () => {
  expect(operators.length).toBeGreaterThan(20);
});
