import { describe, expect, it } from "vitest";
import { type DType, type Operator, postorder, print } from "../src/index.ts";
import * as operators from "../src/operators.ts";
import { domains } from "./domains.ts";
import {
  checkCompiled,
  checkDerivatives,
  checkSecondDerivatives,
  checkSinglePrecision,
  derived,
} from "./laws.ts";

const table = Object.entries(operators as Readonly<Record<string, Operator>>);
const real = table.filter(([, operator]) => operator.formula.dtype !== "u32");

describe("every operator", () => {
  it.each(table)("%s: compiled = interpreted, bit for bit, at every dtype", (_, operator) => {
    checkCompiled(operator);
  });
  it.each(real)("%s: derivative ≈ central difference", (name, operator) => {
    checkDerivatives(operator, domains[name]);
  });
  it.each(real)("%s: second derivative ≈ central difference", (name, operator) => {
    checkSecondDerivatives(operator, domains[name]);
  });
  it.each(real)("%s: f32 = f64 rounded, derivatives too", (name, operator) => {
    checkSinglePrecision(operator, domains[name]);
  });
});

describe("the table", () => {
  it("names each operator as it is exported", () => {
    expect(table.map(([, operator]) => operator.name)).toEqual(table.map(([name]) => name));
  });
  it("has every operator of MiniTorch and no name of a reduction", () => {
    const names = table.map(([name]) => name);
    const asked = ["mul", "id", "add", "neg", "lt", "eq", "isClose", "sigmoid", "relu", "log"];
    expect(names).toEqual(expect.arrayContaining([...asked, "exp", "inv", "maximum"]));
    const taken = ["sum", "prod", "mean", "max", "min", "all", "any", "argmax", "softmax"];
    expect(names.filter((name) => taken.includes(name))).toEqual([]);
  });
  it("gives distinct ids, small enough to index with", () => {
    const ids = table.map(([, operator]) => operator.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...ids)).toBeLessThan(1000);
  });
  it("leaves no dtype but those of the inputs and their promotions", () => {
    for (const [name, operator] of real) {
      const inputs = new Array<DType>(operator.arity).fill("f32");
      for (const formula of [
        operator.at(...inputs),
        ...inputs.map((_, i) => derived(operator, i)?.at(...inputs, "f32")),
      ])
        for (const x of formula ? postorder(formula) : [])
          expect(["f32", "bool"], `${name}: ${print(x)}`).toContain(x.dtype);
    }
  });
});

describe("where derivatives are a choice", () => {
  const slope = (operator: Operator, i: number, ...x: number[]): number =>
    derived(operator, i)?.(...x, 1) as number;
  it("equal values share that of max and min", () => {
    for (const operator of [operators.maximum, operators.minimum])
      expect([slope(operator, 0, 2, 2), slope(operator, 1, 2, 2)]).toEqual([0.5, 0.5]);
  });
  it("a bound of clamp passes it on", () => {
    expect([1, 2, 3, 4, 5].map((x) => slope(operators.clamp, 0, x, 2, 4))).toEqual([0, 1, 1, 1, 0]);
  });
  it("relu and abs have 0 at 0", () => {
    expect([slope(operators.relu, 0, 0), slope(operators.abs, 0, 0)]).toEqual([0, 0]);
  });
  it("powers of 0 and to the 0 are finite", () => {
    expect([slope(operators.pow, 1, 0, 2), slope(operators.pow, 0, 0, 0)]).toEqual([0, 0]);
    expect(slope(operators.pow, 0, -2, 3)).toBe(12);
  });
});

describe("special values", () => {
  const points = [Number.NaN, -Infinity, -1, -0, 0, 1, Infinity];
  const shown = (x: number): string => (Object.is(x, -0) ? "-0" : String(Number(x.toPrecision(6))));
  it("are those of this table, for operators of one value", () => {
    const lines = real
      .filter(([, operator]) => operator.arity === 1)
      .map(([name, operator]) => `${name}: ${points.map((x) => shown(operator(x))).join(" ")}`);
    expect(`x: ${points.map(shown).join(" ")}\n${lines.join("\n")}`).toMatchSnapshot();
  });
  it("are those of this table, for derivatives", () => {
    const lines = real
      .filter(([, operator]) => operator.arity === 1)
      .map(([name, operator]) => {
        const slope = derived(operator, 0);
        return `${name}: ${points.map((x) => (slope ? shown(slope(x, 1)) : "0")).join(" ")}`;
      });
    expect(`x: ${points.map(shown).join(" ")}\n${lines.join("\n")}`).toMatchSnapshot();
  });
  it.each(real)("%s: NaN in, NaN out", (name, operator) => {
    if (operator.formula.dtype === "bool" || name === "where") return; // comparisons: 0 or 1
    expect(operator(Number.NaN, ...[1.5, 2].slice(0, operator.arity - 1))).toBeNaN();
  });
});
