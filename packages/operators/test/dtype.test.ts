import { describe, expect, it } from "vitest";
import {
  add,
  argument,
  call,
  cast,
  type DType,
  defineOperator,
  div,
  dtypeNames,
  dtypes,
  exp,
  lt,
  maximum,
  mul,
  neg,
  promote,
  sign,
  silu,
  where,
} from "../src/index.ts";

describe("promotion", () => {
  it("goes up the ranks, is symmetric, and keeps i32 and u32 apart", () => {
    for (const a of dtypeNames)
      for (const b of dtypeNames) expect(promote(a, b)).toBe(promote(b, a));
    expect(promote("bool", "u8")).toBe("u8");
    expect(promote("u32", "f16")).toBe("f16");
    expect(promote("i32", "u32")).toBeNull();
  });
  it("gives floats for quotients and functions of integers, i32 for sums of bools", () => {
    expect(div.at("i32", "i32").dtype).toBe("f32");
    expect(exp.at("u8").dtype).toBe("f32");
    expect(add.at("bool", "bool").dtype).toBe("i32");
    expect(add.at("u8", "f64").dtype).toBe("f64");
    expect(lt.at("f32", "f64").dtype).toBe("bool");
    expect(maximum.at("bool", "bool").dtype).toBe("bool");
  });
});

describe("numbers in formulas", () => {
  const define = defineOperator;
  const at = (operator: { at(dtype: DType): { dtype: DType } }): readonly DType[] =>
    (["f64", "f32", "i32", "bool"] as const).map((dtype) => operator.at(dtype).dtype);

  it("take the dtype of what is beside them; a fraction makes integers f32", () => {
    expect(at(define("twice", (x) => mul(x, 2)))).toEqual(["f64", "f32", "i32", "i32"]);
    expect(at(define("half", (x) => mul(x, 0.5)))).toEqual(["f64", "f32", "f32", "f32"]);
  });
  it("decide nothing when they are chosen between", () => {
    expect(at(define("step", (x) => where(lt(x, 0), 0, 1)))).toEqual(["f64", "f32", "i32", "bool"]);
    expect(at(define("bent", (x) => mul(x, where(lt(x, 0), 0.1, 1)))).slice(0, 3)).toEqual([
      "f64",
      "f32",
      "f32",
    ]);
    expect(at(define("kept", (x) => mul(x, neg(where(lt(x, 0), 2, 1)))))[2]).toBe("i32");
    expect(at(sign)).toEqual(["f64", "f32", "i32", "i32"]);
  });
  it("leave f32 alone beside a comparison", () => {
    expect(at(define("gate", (x) => mul(x, lt(0, x))))).toEqual(["f64", "f32", "i32", "i32"]);
  });
  it("outside 0 and 1 make a bool an integer", () => {
    expect(silu.compiled("bool")(0)).toBe(0);
    expect(call("max", argument(0, "bool"), -5).dtype).toBe("i32");
    expect(call("max", argument(0, "bool"), 1).dtype).toBe("bool");
  });
});

describe("casts", () => {
  it("from floats truncate and saturate; from integers wrap", () => {
    const values = [2.9, -2.9, 300, -1, Number.NaN, Infinity];
    const to = (dtype: DType): number[] => values.map(dtypes[dtype].fromFloat);
    expect(to("u8")).toEqual([2, 0, 255, 0, 0, 255]);
    expect(to("i32")).toEqual([2, -2, 300, -1, 0, 2147483647]);
    expect(to("bool")).toEqual([1, 1, 1, 1, 1, 1]);
    const low = defineOperator("low", (x) => cast(x, "u8"));
    expect([255, 256, -1].map((x) => low.compiled("i32")(x))).toEqual([255, 0, 255]);
  });
  it("survive being typed anew, where promotions do not", () => {
    const floor8 = defineOperator("floor8", (x) => add(cast(x, "i32"), 1));
    expect(floor8.at("f32").dtype).toBe("i32");
    expect(floor8.at("f64")).not.toBe(floor8.at("f32"));
  });
});
