import { describe, expect, it } from "vitest";
import {
  add,
  bitAnd,
  bitOr,
  cast,
  defineOperator,
  div,
  eq,
  exp,
  isFinite as finite,
  geluTanh,
  id,
  lt,
  mod,
  mul,
  neg,
  pow,
  print,
  printDerivative,
  relu,
  shiftLeft,
  sigmoid,
  sub,
  tanh,
} from "../src/index.ts";

const shown = (define: Parameters<typeof defineOperator>[1]): string =>
  print(defineOperator("shown", define));

describe("print", () => {
  it("sets parentheses only where the reading would change", () => {
    expect(shown((x) => div(x, add(1, exp(neg(x)))))).toBe("x / (1 + exp(-x))");
    const three = (define: (x: never, y: never, z: never) => unknown): string =>
      shown(define as never);
    expect(three((x, y, z) => sub(sub(x, y), z))).toBe("x - y - z");
    expect(three((x, y, z) => sub(x, sub(y, z)))).toBe("x - (y - z)");
    expect(three((x, y, z) => add(x, add(y, z)))).toBe("x + y + z");
    expect(three((x, y, z) => mul(x, div(y, z)))).toBe("x · (y / z)");
    expect(three((x, y, z) => div(mul(x, y), z))).toBe("x · y / z");
    expect(three((x, y, z) => pow(pow(x, y), z))).toBe("(x ^ y) ^ z");
    expect(three((x, y, z) => mul(add(x, y), neg(z)))).toBe("(x + y) · (-z)");
    expect(three((x, y, z) => pow(neg(x), neg(add(y, z))))).toBe("(-x) ^ (-(y + z))");
    expect(three((x, y, z) => add(x, neg(mul(y, z))))).toBe("x - y · z");
    expect(three((x, y, z) => eq(lt(x, y), z))).toBe("(x < y) = z");
    expect(shown((x) => neg(pow(x, 2)))).toBe("-(x ^ 2)".replace(/[()]/g, ""));
  });
  it("writes numbers as short as their dtype allows", () => {
    const tenth = defineOperator("tenth", (x) => mul(0.1, x));
    expect(print(tenth.at("f32"))).toBe("0.1 · x");
    expect(print(finite)).toBe("abs(x) < ∞");
    expect(shown((x) => add(x, -2))).toBe("x - 2");
  });
  it("writes bits, casts and remainders", () => {
    const masked = defineOperator("masked", (x, y) => bitOr(bitAnd(x, 255), shiftLeft(y, 8)), {
      dtype: "u32",
    });
    expect(print(masked)).toBe("(x & 255) | y << 8");
    expect(shown((x) => cast(x, "i32"))).toBe("i32(x)");
    expect(print(mod)).toBe("where(x % y ≠ 0 ∧ (x % y < 0) ≠ (y < 0), x % y + y, x % y)");
  });
  it("names the arguments as asked", () => {
    expect(print(sigmoid, ["t"])).toBe("1 / (1 + exp(-t))");
    expect(print(mul.at("f32", "f32"), ["a", "b"])).toBe("a · b");
  });
  it("keeps the names of operators with a derivative of their own", () => {
    expect(print(geluTanh)).toMatch(/^max\(x, -10000\) · sigmoid\(/);
  });
});

describe("printDerivative", () => {
  it("reads as a table of derivatives", () => {
    expect(printDerivative(sigmoid)).toBe("sigmoid(x) · (1 - sigmoid(x))");
    expect(printDerivative(tanh, 0, ["u"])).toBe("(1 - tanh(u)) · (1 + tanh(u))");
    expect([0, 1].map((i) => printDerivative(mul, i))).toEqual(["y", "x"]);
    expect([0, 1].map((i) => printDerivative(sub, i))).toEqual(["1", "-1"]);
    expect([printDerivative(id), printDerivative(lt)]).toEqual(["1", "0"]);
    expect(printDerivative(relu)).toBe("where(relu(x) ≤ 0, 0, 1)");
  });
});
