import { describe, expect, test } from "vitest";
import {
  AutodiffError,
  type CustomFunction,
  customFunction,
  derivatives,
  Scalar,
} from "../src/index.ts";
import { checkGradient, GradientError } from "../src/testing.ts";

const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });

const weightedProduct = customFunction({
  name: "weightedProduct",
  forward(context, x, y) {
    context.saveForBackward(x as number, y as number);
    return 3 * (x as number) * (y as number);
  },
  backward({ savedValues: [x = 0, y = 0] }, cotangent) {
    return [3 * y * cotangent, 3 * x * cotangent];
  },
});
/** x ↦ 2x, with one thing about it changed. */
const double = (change: Partial<CustomFunction>): ((x: Scalar | number) => Scalar) =>
  customFunction({
    name: "double",
    forward: (_, x) => 2 * (x as number),
    backward: (_, c) => 2 * c,
    ...change,
  });

test("takes Scalars and numbers, and sends back what its backward says", () => {
  const [x, y] = [leaf(2), leaf(5)];
  weightedProduct(x, y).backward();
  weightedProduct(x, 10).backward();
  expect([x.grad, y.grad]).toEqual([45, 6]);
  checkGradient((a, b) => weightedProduct(a.sin(), b).mul(a), [0.4, -1.3]);
});

test("each call has its own saved values", () => {
  const [x, y] = [leaf(2), leaf(7)];
  const [first, second] = [weightedProduct(x, 1), weightedProduct(y, 100)];
  first.add(second).backward();
  expect([x.grad, y.grad]).toEqual([3, 300]);
});

test("of constants is a constant", () => {
  expect(weightedProduct(2, 3).requiresGrad).toBe(false);
});

test("a wrong backward is found by the gradient check", () => {
  expect(() => checkGradient(double({ backward: (_, c) => -2 * c }), [1])).toThrow(GradientError);
});

describe("an error names the function, what it did and what to do", () => {
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      expect(error).toBeInstanceOf(AutodiffError);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  test("too many gradients, or too few", () => {
    const many = double({ backward: (_, c) => [c, c] });
    expect(message(() => many(leaf(1)).backward())).toMatchInlineSnapshot(
      `"double: has 1 input and its backward returned 2 gradients. Return one gradient per input, in order."`,
    );
    const few = customFunction({ name: "few", forward: () => 1, backward: (_, c) => c });
    const [x, y] = [leaf(1), leaf(2)];
    expect(message(() => few(x, y).mul(x).backward())).toMatchInlineSnapshot(
      `"few: has 2 inputs and its backward returned 1 gradient. Return one gradient per input, in order, as an array."`,
    );
    expect([x.grad, y.grad]).toEqual([null, null]);
  });

  test("gradients and results that are not numbers", () => {
    const forgot = double({ backward: () => undefined as never });
    expect(message(() => forgot(leaf(1)).backward())).toMatchInlineSnapshot(
      `"double: its backward returned undefined as gradient 0. Return a number, or 0 where the output does not depend on the input."`,
    );
    expect(message(() => double({ forward: () => "2" as never })(1))).toMatchInlineSnapshot(
      `"double: its forward returned "2". Return one number."`,
    );
  });

  test("operands that are not numbers", () => {
    expect(message(() => double({})({} as never))).toMatchInlineSnapshot(
      `"double: takes numbers and Scalars and was given an object (Object)."`,
    );
  });

  test("a second derivative", () => {
    const x = leaf(1);
    expect(message(() => derivatives(double({})(x), [x]))).toMatchInlineSnapshot(
      `"double: its backward works on numbers, so it can be differentiated once only. Define it with defineOperator to have every order."`,
    );
  });
});
