import { defineOperator, div, exp, mul, neg, add as plus, sub } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { AutodiffError, isRecording, noGrad, Scalar } from "../src/index.ts";
import { checkGradient } from "../src/testing.ts";

const leaf = (x: number): Scalar => Scalar.of(x, { requiresGrad: true });
const gradients = (...leaves: Scalar[]): (number | null)[] => leaves.map(({ grad }) => grad);

/** Small exact numbers: sums and products of them have no rounding. */
const small = fc.integer({ min: -100, max: 100 }).map((n) => n / 4);

describe("arithmetic", () => {
  test("agrees with that of numbers, on both sides", () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [x, y] = [leaf(a), leaf(b)];
        const mine = [x.add(y), x.sub(b), Scalar.map(sub, a, y), x.mul(y), Scalar.map(div, a, y)];
        expect(mine.map(({ data }) => data)).toEqual([a + b, a - b, a - b, a * b, a / b]);
        expect([x.lt(y).data, x.eq(y).data, x.gt(y).data]).toEqual(
          [a < b, a === b, a > b].map(Number),
        );
      }),
    );
  });

  test("comparisons give 1 or 0 and let nothing flow back", () => {
    const less = leaf(1).lt(2);
    expect([less.data, less.requiresGrad]).toEqual([1, false]);
  });

  test("an operator of one's own works like any other", () => {
    const swish = defineOperator("swish", (x, beta) => div(x, plus(1, exp(neg(mul(beta, x))))));
    expect(leaf(1).map(swish, 2).data).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    checkGradient((x, beta) => x.map(swish, beta), [0.3, 1.5]);
  });
});

describe("backward", () => {
  test("adds up over the branches of a diamond", () => {
    const x = leaf(3);
    const [left, right] = [x.mul(2), x.mul(x)];
    left.mul(right).backward(); // 2x³
    expect(x.grad).toBe(54);
  });

  test("takes all paths through a ladder of diamonds: 2⁵⁰ of them, each step once", () => {
    const x = leaf(1);
    let y = x;
    for (let i = 0; i < 50; i++) y = y.add(y);
    y.backward();
    expect(x.grad).toBe(2 ** 50);
  });

  test("goes through a chain 100 000 deep", () => {
    const x = leaf(1);
    let y = x;
    for (let i = 0; i < 100_000; i++) y = y.add(x.mul(0.5));
    y.backward();
    expect(x.grad).toBe(50_001);
  });

  test("accumulates over calls, until zeroGrad", () => {
    const [x, y] = [leaf(2), leaf(5)];
    x.mul(y).backward();
    x.mul(y).backward(10);
    expect(gradients(x, y)).toEqual([55, 22]);
    x.zeroGrad();
    expect(gradients(x, y)).toEqual([null, 22]);
  });

  test("twice through the same graph gives the double", () => {
    const x = leaf(3);
    const y = x.mul(x);
    y.backward();
    y.backward();
    expect(x.grad).toBe(12);
  });

  test("is linear in its cotangent", () => {
    fc.assert(
      fc.property(small, small, (a, c) => {
        const x = leaf(a);
        x.mul(x).backward(c);
        expect(Math.abs((x.grad as number) - 2 * a * c)).toBe(0);
      }),
    );
  });

  test("leaves no gradient on constants and on what was computed", () => {
    const [x, constant] = [leaf(3), Scalar.of(4)];
    const y = x.mul(constant);
    y.mul(y).backward();
    expect(gradients(x, constant, y)).toEqual([96, null, null]);
  });

  test("of a leaf gives it the cotangent", () => {
    const x = leaf(3);
    x.backward(7);
    expect(x.grad).toBe(7);
  });

  test("stops where a value was detached", () => {
    const x = leaf(3);
    x.mul(x.mul(x).detach()).backward(); // x · 9
    expect(x.grad).toBe(9);
    expect(x.detach().requiresGrad).toBe(false);
  });
});

describe("noGrad", () => {
  test("computes the same and records nothing", () => {
    const x = leaf(3);
    const y = noGrad(() => x.mul(x));
    expect([y.data, y.requiresGrad, y.inputs.length]).toEqual([9, false, 0]);
  });

  test("ends with its function, also when that throws or nests", () => {
    expect(() =>
      noGrad(() => {
        noGrad(() => {});
        expect(isRecording()).toBe(false);
        throw new Error("on purpose");
      }),
    ).toThrow("on purpose");
    expect(isRecording()).toBe(true);
  });

  test("refuses asynchronous functions, and records again afterwards", () => {
    expect(() => noGrad(async () => {})).toThrow(AutodiffError);
    expect(() => noGrad(async () => {})).toThrowErrorMatchingInlineSnapshot(
      `[AutodiffError: noGrad: takes a function, no async one: the rest is recorded. Split it at await.]`,
    );
    expect(() => noGrad(Scalar.of(3).mul(2) as never)).toThrowErrorMatchingInlineSnapshot(
      `[AutodiffError: noGrad: takes a function, no object.]`,
    );
    expect(() => noGrad(async () => Promise.reject(new Error("lost")))).toThrow(AutodiffError);
    expect(isRecording()).toBe(true);
  });
});

describe("bad input", () => {
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      expect(error).toBeInstanceOf(AutodiffError);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  test("things that are not numbers", () => {
    expect(message(() => Scalar.of("3" as never))).toMatchInlineSnapshot(
      `"Scalar.of: takes numbers and Scalars and was given "3"."`,
    );
    expect(message(() => leaf(1).mul([2] as never))).toMatchInlineSnapshot(
      `"mul: takes numbers and Scalars and was given an array of 1."`,
    );
    expect(message(() => leaf(1).mul(undefined as never))).toMatchInlineSnapshot(
      `"mul: takes numbers and Scalars and was given undefined."`,
    );
    expect(message(() => leaf(1).backward(null as never))).toMatchInlineSnapshot(
      `"backward: takes numbers and Scalars and was given null."`,
    );
  });

  test("the wrong number of operands", () => {
    expect(() => (leaf(1) as unknown as { mul(): Scalar }).mul()).toThrow(/mul: takes 2 values/);
  });

  test("backward where nothing requires a gradient", () => {
    expect(message(() => Scalar.of(1).mul(2).backward())).toMatchInlineSnapshot(
      `"backward: nothing this Scalar was computed from requires a gradient, or only through operators whose derivative is zero everywhere. Make the parameters with Scalar.of(value, { requiresGrad: true }), outside noGrad."`,
    );
    expect(message(() => leaf(1).floor().backward())).toContain("zero everywhere");
  });

  test("updating what was computed", () => {
    expect(message(() => leaf(1).mul(2).update(3))).toMatchInlineSnapshot(
      `"update: only Scalars that were made by Scalar.of or detach can be updated; this one was computed. Update what it was computed from, or detach it first."`,
    );
  });

  test("backward at a point that has moved, which leaves all gradients as they were", () => {
    const [x, y] = [leaf(3), leaf(2)];
    const loss = x.mul(x).mul(y);
    x.update(4);
    expect(message(() => loss.backward())).toMatchInlineSnapshot(
      `"mul: a Scalar it was computed from has been updated since, so its derivative is no longer known. Call backward before the update, or compute the value again."`,
    );
    expect(gradients(x, y)).toEqual([null, null]);
  });
});

test("a Scalar prints its number, name and gradient", () => {
  const x = Scalar.of(3, { requiresGrad: true, name: "x" });
  x.mul(2).backward();
  expect([String(x), String(Scalar.of(1))]).toEqual(["Scalar(x = 3, grad 2)", "Scalar(1)"]);
});

test("methods take and give what their operators do", () => {
  expectTypeOf<Scalar["tanh"]>().toEqualTypeOf<() => Scalar>();
  expectTypeOf<Scalar["mul"]>().toEqualTypeOf<(other: Scalar | number) => Scalar>();
  expectTypeOf<Scalar["where"]>().parameters.toEqualTypeOf<
    [second: Scalar | number, third: Scalar | number]
  >();
  expectTypeOf<Scalar>().not.toHaveProperty("compile");
});

test("an error under more calls than an engine shows still names who made the first", () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? Scalar.of("1" as unknown as number) : nested(depth - 1);
  const caller = (): unknown => nested(20);
  const deep = expect.objectContaining({ stack: expect.stringMatching(/at caller .*test\.ts/) });
  expect(caller).toThrow(deep);
});
