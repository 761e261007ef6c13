import { describe, expect, it } from "vitest";
import {
  add,
  call,
  defineMonoid,
  defineOperator,
  div,
  dtypeNames,
  dtypes,
  type Expr,
  exp,
  gelu,
  id,
  interpret,
  lt,
  monoids,
  mul,
  neg,
  type Operator,
  OperatorError,
  operators,
  relu,
  round,
  sigmoid,
  sub,
  tanh,
  where,
} from "../src/index.ts";
import { checkOperator } from "./laws.ts";

describe("defineOperator", () => {
  const swish = defineOperator("swish", (x, beta) => div(x, add(1, exp(neg(mul(beta, x))))));
  it("gives an operator that satisfies every law", () => {
    checkOperator(swish, {
      domain: {
        within: [
          [-8, 8],
          [-2, 2],
        ],
        ulp: 64,
      },
    });
    expect(swish(1, 2)).toBeCloseTo(0.8807970779778824, 15);
    expect([swish.name, swish.arity]).toEqual(["swish", 2]);
  });
  it("is caught by the laws where its derivative is wrong", () => {
    const wrong = defineOperator("wrong", (x) => mul(x, x), { partials: (_, x) => [x] });
    expect(() => checkOperator(wrong)).toThrow(/∂0 of wrong at/);
    const off = defineOperator("off", (x) => exp(x), { partials: (y) => [mul(y, 1.0001)] });
    expect(() => checkOperator(off)).toThrow(/∂0 of off at/);
  });
  it("takes a surrogate for the derivative, to all orders", () => {
    const straight = defineOperator("straight", (x) => round(x), { partials: () => [1] });
    expect(straight(2.4)).toBe(2);
    expect(straight.pullback(0)).toEqual({ operator: null, from: ["cotangent"] });
    expect(straight.at("f32")).toBe(round.at("f32"));
    const inside = defineOperator("inside", (x) => mul(3, straight(x)));
    expect(inside.pullback(0)?.operator?.(1)).toBe(3);
  });
  it("is inlined in other definitions, numbers included", () => {
    const shifted = defineOperator("shifted", (x) => swish(sub(x, 1), 2));
    expect(shifted(2)).toBe(swish(1, 2));
  });
  const loosely = defineOperator as unknown as (name: string, define: unknown) => Operator;
  it.each([
    ["Math", (x: number) => Math.sin(x)],
    ["a comparison", (x: number) => (x > 0 ? x : 1)],
    ["a sign", (x: number) => x * 2],
    ["text", (x: number) => Number.parseFloat(`${x}`)],
    ["Math on a result", (x: Expr) => Math.exp(neg(x) as unknown as number)],
  ])("refuses a formula that is used as a number, by %s", (_, define) => {
    expect(() => loosely("bad", define)).toThrow(
      new OperatorError(
        "bad",
        "a formula was used as a number. Write it with operators, as in where(lt(0, x), x, 0), " +
          "not with Math, signs or comparisons.",
      ),
    );
  });
  it("names the definition that was at fault, not one inside it", () => {
    const outer = (x: Expr): Expr => {
      defineOperator("inner", (y) => exp(y));
      return mul(x, Number(x));
    };
    expect(() => defineOperator("outer", (x) => outer(x))).toThrow(/^outer: a formula was used/);
  });
  it.each([[undefined], [null], ["x"], [true]])("refuses a definition that returns %j", (got) => {
    expect(() => loosely("empty", (_: Expr) => got)).toThrow(/^empty: its definition returned/);
  });
  it("leaves formulas plain data for clones and comparisons", () => {
    const { formula } = sigmoid;
    expect(structuredClone(formula)).toEqual({ ...formula });
    expect(Object.keys(formula)).not.toContain("toPrimitive");
  });
  it("refuses the wrong number of values", () => {
    const loose = add as unknown as (...x: number[]) => number;
    expect(() => loose(1)).toThrow("add: takes 2 values and was given 1.");
    expect(() => loose(1, 2, 3)).toThrow("add: takes 2 values and was given 3.");
    expect(() => (exp as unknown as () => number)()).toThrow(/exp: takes 1 value and was given 0/);
    expect(() => add.at("f32")).toThrow("add: takes 2 values and was given 1.");
    expect(() => defineOperator("none", () => 1)).toThrow(/none: takes 1 value and was given 0/);
  });
  it("keeps operators apart that differ in name or arity", () => {
    const first = defineOperator("first", (x, _) => x);
    expect(first.arity).toBe(2);
    expect(id.arity).toBe(1);
    expect(defineOperator("id", (x, _) => x).arity).toBe(2);
    const ignores = defineOperator("ignores", (x, _) => mul(x, 0.3));
    const linear = defineOperator("linear", (x) => mul(x, 0.3)); // its pullback is that formula
    expect([ignores.arity, linear.pullback(0)?.operator?.arity]).toEqual([2, 1]);
    expect(ignores.pullback(1)).toBeNull();
  });
});

describe("a pullback", () => {
  it("reads exactly the values it needs", () => {
    const from = (operator: Operator, i = 0): unknown => operator.pullback(i)?.from;
    expect(from(exp)).toEqual(["cotangent", "output"]);
    expect(from(sigmoid)).toEqual(["cotangent", "output"]);
    expect(from(tanh)).toEqual(["cotangent", "output"]);
    expect(from(relu)).toEqual(["cotangent", "output"]);
    expect(from(mul, 0)).toEqual(["cotangent", 1]);
    expect(from(where, 1)).toEqual(["cotangent", 0]);
    expect(from(neg)).toEqual(["cotangent"]);
  });
  it("is made once, and is an operator that exists already where the formula does", () => {
    expect(mul.pullback(0)).toBe(mul.pullback(0));
    expect(exp.pullback(0)?.operator).toBe(mul);
    expect(neg.pullback(0)?.operator).toBe(neg);
  });
  it("is null where the derivative is zero everywhere", () => {
    expect([lt.pullback(0), round.pullback(0), where.pullback(0)]).toEqual([null, null, null]);
  });
  it("has pullbacks of its own, to the fourth order", () => {
    // d⁴/dx⁴ of x⁴ / 24 is 1
    let f: Operator = defineOperator("quartic", (x) => div(mul(mul(x, x), mul(x, x)), 24));
    for (let order = 0; order < 4; order++) {
      const rule = f.pullback(0);
      const operator = rule?.operator as Operator;
      const at = f;
      f = defineOperator(`order ${order + 1}`, (x) =>
        operator(
          ...(rule?.from ?? []).map((v) => (v === "cotangent" ? 1 : v === "output" ? at(x) : x)),
        ),
      );
    }
    expect(f(1.7)).toBeCloseTo(1, 12);
  });
  it("answers at the ends of the number line without failing", () => {
    for (const operator of Object.values(operators as Readonly<Record<string, Operator>>))
      for (let i = 0; i < operator.arity; i++)
        for (const x of [Number.NaN, Infinity, -Infinity]) {
          const rule = operator.pullback(i);
          const f = rule?.operator?.compiled(...rule.from.map(() => "f64" as const));
          expect(f ? typeof f(...(rule?.from.map(() => x) ?? [])) : "number").toBe("number");
        }
    expect(gelu.pullback(0)?.operator?.(1, -Infinity)).toBe(0);
  });
});

describe("monoids", () => {
  it.each(Object.values(monoids))("$name: its identity changes nothing, at any dtype", (monoid) => {
    for (const dtype of dtypeNames.filter((name) => name !== "bool")) {
      const combine = interpret(monoid.combine.at(dtype, dtype));
      const least = dtypes[dtype].lowest < 0 ? -7 : 0;
      for (const x of [0, 1, 7, 255, least])
        expect([combine(monoid.identity(dtype), x), combine(x, monoid.identity(dtype))]).toEqual([
          x,
          x,
        ]);
    }
  });
  it.each(Object.values(monoids))("$name: is associative and commutative", ({ combine }) => {
    for (const [x, y, z] of [
      [1, -2, 3],
      [0.5, 8, -4],
      [0, 0, 2],
    ] as const) {
      expect(combine(combine(x, y), z)).toBe(combine(x, combine(y, z)));
      expect(combine(x, y)).toBe(combine(y, x));
    }
  });
  it("of one's own get the next id", () => {
    const both = defineMonoid("both", operators.logicalAnd, () => 1);
    expect(both.id).toBeGreaterThan(monoids.min.id);
    expect(call("and", 1, 1)).toBeDefined();
  });
});
