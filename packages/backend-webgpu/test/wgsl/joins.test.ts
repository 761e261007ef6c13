/** Compilers join neither roundings nor special values away. */
import { argument, call, compile, type Expr } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect } from "vitest";
import { sharedDevice } from "../device.ts";
import { columnsOf } from "./columns.ts";

const values = [Number.NaN, Infinity, -Infinity, 0, 1, -1, 2 ** -100, 2 ** 24, 2 ** 100, 2.5];
const pairs = values.flatMap((a) => values.map((b) => [a, b] as const));
const columns = [0, 1].map((k) => ({ dtype: "f32" as const, values: pairs.map((x) => x[k] ?? 0) }));
const [x, y] = [argument(0, "f32"), argument(1, "f32")] as const;

const formulas: Readonly<Record<string, Expr>> = {
  "(x · y) / y": call("div", call("mul", x, y), y),
  "(x / y) · y": call("mul", call("div", x, y), y),
  "−(x · y) / x": call("div", call("neg", call("mul", x, y)), x),
  "(x − y) + y": call("add", call("sub", x, y), y),
  "(x + y) − x": call("sub", call("add", x, y), x),
  "x − (x − y)": call("sub", x, call("sub", x, y)),
  "(x + 1) − 1": call("sub", call("add", x, 1), 1),
  "(x · 2⁻¹⁰⁰) · 2¹⁰⁰": call("mul", call("mul", x, 2 ** -100), 2 ** 100),
  "x · 0": call("mul", x, 0),
  "0 / x": call("div", 0, x),
};

numeric.test.each(Object.keys(formulas))("%s", async (name) => {
  const formula = formulas[name] as Expr;
  const found = await columnsOf(await sharedDevice(), formula, columns);
  const exact = pairs.map((pair) => compile(formula, 2)(...pair));
  const told = (results: readonly number[]): string[] =>
    results.map((result, i) => `${pairs[i]}: ${result === 0 ? 0 : Math.fround(result)}`);
  expect(told(found)).toEqual(told(exact));
});
