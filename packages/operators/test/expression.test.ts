import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argument,
  call,
  compile,
  constant,
  differentiate,
  type Expr,
  expand,
  interpret,
  type Operator,
  operators,
  postorder,
  retype,
  settle,
  substitute,
} from "../src/index.ts";

const table = Object.values(operators as Readonly<Record<string, Operator>>).filter(
  (operator) => operator.formula.dtype === "f64",
);
/** Random formulas over two arguments, from the table itself. */
const formula: fc.Arbitrary<Expr> = fc.letrec<{ e: Expr }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Expr>(argument(0, "f64"), argument(1, "f64"), constant(0.5, "f64")),
    fc
      .tuple(fc.constantFrom(...table), tie("e"), tie("e"), tie("e"))
      .map(([operator, ...x]) => operator(...x.slice(0, operator.arity))),
  ),
})).e;
const value = fc.integer({ min: -400, max: 400 }).map((n) => n / 100);

describe("a formula", () => {
  it("is the same object when it is written twice", () => {
    const [x, y] = [argument(0, "f32"), argument(1, "f32")];
    expect(call("add", x, y)).toBe(call("add", x, y));
    expect(call("add", x, y)).not.toBe(call("add", y, x));
    expect(constant(0, "f32")).not.toBe(constant(-0, "f32"));
  });
  test.prop([formula, value, value])("compiled = interpreted", (e, x, y) => {
    expect(compile(e, 2)(x, y)).toBe(interpret(e)(x, y));
  });
  test.prop([formula])("lists each node once, inputs first", (e) => {
    const order = postorder(e);
    expect(new Set(order).size).toBe(order.length);
    const place = new Map(order.map((x, i) => [x, i]));
    for (const x of order)
      for (const a of x.kind === "call" ? x.args : [])
        expect(place.get(a)).toBeLessThan(place.get(x) as number);
  });
  test.prop([formula, value, value])("retyped at its own dtypes keeps its value", (e, x, y) => {
    const again = settle(retype(e, [argument(0, "f64"), argument(1, "f64")]), "f64");
    expect(interpret(again)(x, y)).toBe(interpret(e)(x, y));
  });
  test.prop([formula, value, value])("written out keeps its value", (e, x, y) => {
    expect(interpret(expand(e))(x, y)).toBe(interpret(e)(x, y));
  });
  test.prop([formula, value, value])("with its arguments exchanged, is f(y, x)", (e, x, y) => {
    const exchanged = substitute(e, (a) =>
      a.kind === "arg" ? argument(1 - a.index, a.dtype) : undefined,
    );
    expect(interpret(exchanged)(x, y)).toBe(interpret(e)(y, x));
  });
  test.prop([formula])("that nothing replaces is the same object", (e) => {
    expect(substitute(e, () => undefined)).toBe(e);
  });
  it("of depth 20 000 is walked, printed and differentiated without recursion", () => {
    let e: Expr = argument(0, "f64");
    for (let i = 0; i < 20_000; i++) e = call(i % 2 ? "sin" : "neg", e);
    expect(postorder(e)).toHaveLength(20_001);
    expect(differentiate(e, () => constant(1, "f64"))).not.toBeNull();
    expect(Number.isFinite(interpret(e)(1))).toBe(true);
  });
});

describe("the chain rule", () => {
  it("knows zeros by structure, never by folding x · 0", () => {
    const x = argument(0, "f64");
    expect(differentiate(call("floor", x), () => x)).toBeNull();
    expect(call("mul", x, 0)).not.toBe(constant(0, "f64"));
  });
  it("keeps the branch not taken out of the derivative, even where that is infinite", () => {
    const x = argument(0, "f64");
    const safe = call("where", call("lt", 0, x), call("sqrt", x), 0);
    const slope = differentiate(safe, () => constant(1, "f64")) as Expr;
    expect(interpret(slope)(0)).toBe(0);
    expect(interpret(slope)(4)).toBe(0.25);
  });
});
