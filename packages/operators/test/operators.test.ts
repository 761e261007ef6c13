import { describe, it } from "vitest";
import type { Operator } from "../src/index.ts";
import * as operators from "../src/operators.ts";
import { domains } from "./domains.ts";
import {
  checkCompiled,
  checkDerivatives,
  checkSecondDerivatives,
  checkSinglePrecision,
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
