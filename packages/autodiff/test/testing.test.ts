import { expect, test } from "vitest";
import { customFunction } from "../src/index.ts";
import { checkGradient, compareGradients, GradientError } from "../src/testing.ts";

test("right derivatives pass", () => {
  compareGradients((x, y) => x * y, [2, 5], [5, 2]);
  checkGradient((x, y) => [x.mul(y), x.exp(), y.sin()], [0.5, -1.5]);
});

test("a function without a derivative has the derivative 0", () => {
  checkGradient((x) => x.floor(), [0.5]);
});

test.each([
  ["zero", 0],
  ["of the wrong sign", -1],
  ["off by 0.01 %", 1.0001],
  ["not a number", Number.NaN],
])("a derivative that is %s fails", (_, factor) => {
  const wrong = customFunction({
    name: "exp",
    forward: (context, x = 0) => {
      context.saveForBackward(Math.exp(x));
      return Math.exp(x);
    },
    backward: ({ savedValues: [y = 0] }, cotangent) => factor * y * cotangent,
  });
  for (const at of [-3, -0.1, 0, 1, 4])
    expect(() => checkGradient((x) => wrong(x), [at]), `at ${at}`).toThrow(GradientError);
});

test("errors that cancel between two outputs do not cancel in the check", () => {
  const wrong = (factor: number) =>
    customFunction({ name: "id", forward: (_, x = 0) => x, backward: (_, c) => factor * c });
  expect(() => checkGradient((x) => [wrong(0.5)(x), wrong(1.5)(x)], [1])).toThrow(GradientError);
});

test("the report shows every index and marks the wrong ones", () => {
  try {
    compareGradients((x, y) => x * x + 2 * y, [3, 1], [6, -2], { name: "parabola" });
  } catch (error) {
    const { message, rows } = error as GradientError;
    const [title, head, first, second] = message.split("\n");
    expect(title).toBe("parabola: 1 of 2 derivatives are wrong.");
    expect(head?.trim().split(/\s+/)).toEqual([
      "index",
      "at",
      "analytic",
      "numeric",
      "error",
      "allowed",
    ]);
    expect(first).not.toContain("wrong");
    expect(second).toMatch(/1 +1 +-2 +2.0\d+ +4.0\d+ .* ← wrong$/);
    expect(rows[1]).toMatchObject({ index: 1, at: 1, analytic: -2 });
    return;
  }
  expect.unreachable();
});

test("a gradient for each value is asked for", () => {
  expect(() => compareGradients((x) => x, [1], [1, 1])).toThrow("2 gradients of 1 values");
});
