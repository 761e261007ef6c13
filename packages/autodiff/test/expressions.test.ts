/** Whole expressions against central differences, second derivatives included. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { derivatives, Scalar } from "../src/index.ts";
import { checkGradient, compareGradients } from "../src/testing.ts";

/** Smooth steps whose values stay moderate, whatever they are given. */
const steps: readonly ((x: Scalar, y: Scalar) => Scalar)[] = [
  (x, y) => x.add(y).mul(0.5),
  (x, y) => x.sub(y),
  (x, y) => x.tanh().mul(y.sigmoid()),
  (x, y) => x.div(y.mul(y).add(2)),
  (x) => x.sigmoid().log(),
  (x) => x.neg().exp().add(1).inv(),
  (x, y) => x.mul(x).add(y.mul(y)).add(1).sqrt(),
  (x) => x.sin(),
  (x, y) => x.cos().sub(y.mul(0.25)),
];

/** A program: each step reads two of the values before it. */
const program = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 25 });
const inputs = fc.array(
  fc.integer({ min: -3000, max: 3000 }).map((n) => n / 1000),
  { minLength: 1, maxLength: 4 },
);
type Choices = readonly (readonly [number, number, number])[];

const run =
  (choices: Choices) =>
  (...x: Scalar[]): Scalar[] => {
    const values = [...x];
    for (const [step, a, b] of choices) {
      const [left, right] = [values[a % values.length], values[b % values.length]];
      values.push(
        (steps[step % steps.length] as (typeof steps)[0])(left as Scalar, right as Scalar),
      );
    }
    return values.slice(-2); // the last two steps, so that random cotangents meet
  };

test("the gradient of a random expression is its central difference", () => {
  fc.assert(
    fc.property(program, inputs, fc.integer(), (choices, at, seed) => {
      let state = seed;
      const random = (): number => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return (state >>> 0) / 2 ** 32;
      };
      checkGradient(run(choices), at, { random });
    }),
    { numRuns: 300 },
  );
});

test("so is the gradient of its gradient", () => {
  fc.assert(
    fc.property(program, inputs, (choices, at) => {
      const last = (x: readonly Scalar[]): Scalar => run(choices)(...x).at(-1) as Scalar;
      const leaves = (x: readonly number[]): Scalar[] =>
        x.map((value) => Scalar.of(value, { requiresGrad: true }));
      const slope = (...x: number[]): number => {
        const points = leaves(x);
        return derivatives(last(points), points)[0]?.data as number;
      };
      const points = leaves(at);
      const first = derivatives(last(points), points)[0] as Scalar;
      const second = derivatives(first, points).map(({ data }) => data);
      compareGradients(slope, at, second, { tolerance: 1e-5 });
    }),
    { numRuns: 100 },
  );
});

test("derivatives of every order of x⁵ are those of the polynomial", () => {
  const x = Scalar.of(2, { requiresGrad: true });
  let y = x.mul(x).mul(x).mul(x).mul(x);
  const orders = [80, 160, 240, 240, 120, 0];
  for (const expected of orders) {
    y = derivatives(y, [x])[0] as Scalar;
    expect(y.data).toBe(expected);
  }
});

test("a small network learns nothing wrong: every weight's gradient is its central difference", () => {
  const forward = (...w: Scalar[]): Scalar => {
    const hidden = [0, 1, 2].map((j) =>
      (w[2 * j] as Scalar)
        .mul(0.3)
        .add((w[2 * j + 1] as Scalar).mul(-0.8))
        .relu(),
    );
    const sum = hidden.reduce((total, h, j) => total.add(h.mul(w[6 + j] as Scalar)), Scalar.of(0));
    return sum.sigmoid().log().neg();
  };
  checkGradient(forward, [0.5, -0.3, 1.2, 0.4, -0.9, -0.7, 0.6, -1.1, 0.8]);
});
