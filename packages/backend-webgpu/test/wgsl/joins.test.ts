/** Compilers join neither roundings nor special values away, within a formula or across its edges. */
import {
  type ContractKernel,
  type Kernel,
  type LoopKernel,
  type PrefixKernel,
  referenceBackend,
  type ScatterKernel,
} from "@mt/backend";
import { elementwise, runTrial } from "@mt/backend/testing";
import { argument, call, cast, compile, type Expr } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { wgslOf } from "../../src/index.ts";
import { sharedDevice } from "../device.ts";
import { read } from "../reads.ts";

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
  "0 · x": call("mul", 0, x),
  "−0 · x": call("mul", -0, x),
  "0 / x": call("div", 0, x),
  "x − x": call("sub", x, x),
  "x / x": call("div", x, x),
  "x + −x": call("add", x, call("neg", x)),
  "x = x": cast(call("eq", x, x), "f32"),
  "x ≠ x": cast(call("ne", x, x), "f32"),
  "x ≤ x": cast(call("le", x, x), "f32"),
};

numeric.test.each(Object.keys(formulas))("%s", async (name) => {
  const formula = formulas[name] as Expr;
  const [found = []] = await runTrial(await sharedDevice(), elementwise(formula, columns));
  const exact = pairs.map((pair) => compile(formula, 2)(...pair));
  const told = (results: readonly number[]): string[] =>
    results.map((result, i) => `${pairs[i]}: ${result === 0 ? 0 : Math.fround(result)}`);
  expect(told(found)).toEqual(told(exact));
});

const line = { slot: 2, dtype: "f32", offset: 0 } as const;
/** What drivers of GPUs might do that the software does not: seen in the text alone. */
test.each([
  ["x · 0", "float_of_bits(0x0u)"],
  ["−0 · x", "float_of_bits(0x80000000u)"],
  ["x − x", "as_rounded("],
  ["x / x", "as_rounded("],
  ["x + −x", "as_rounded("],
  ["(x · y) / y", "as_rounded("],
  ["x = x", "!is_nan("],
  ["x ≠ x", "is_nan("],
  ["x ≤ x", "!is_nan("],
])("%s is written with %s", (name, part) => {
  const formula = formulas[name] as Expr;
  const inputs = [read(0, [1]), read(1, [1])];
  const stores = [{ ...line, inside: false, strides: [1], body: formula }];
  const [code = ""] = wgslOf({ kind: "loop", outer: [9], inner: [], inputs, folds: [], stores });
  expect(code.slice(code.indexOf("fn main"))).toContain(part);
  if (code.includes("float_of_bits"))
    expect(code).toContain("no_bits = select(0u, 1u, arrayLength(&b0) == 0u);");
});

const count = pairs.length;
const add = call("add", x, y);
const total = argument(2, "f32");
const sum = { name: "sum", combine: add, identity: 0 };

const sumOfOne: LoopKernel = {
  kind: "loop",
  outer: [count],
  inner: [1],
  inputs: [read(0, [1, 0]), read(1, [1, 0])],
  folds: [{ monoid: sum, body: call("mul", x, y) }],
  stores: [{ ...line, inside: false, strides: [1], body: call("div", total, y) }],
};
const differenceOfOne: LoopKernel = {
  ...sumOfOne,
  folds: [{ monoid: sum, body: call("sub", x, y) }],
  stores: [{ ...line, inside: true, strides: [1, 0], body: call("add", total, y) }],
};
const running: PrefixKernel = {
  kind: "prefix",
  outer: [count / 2],
  inner: [2],
  inputs: [read(0, [2, 1]), read(1, [2, 1])],
  fold: { monoid: sum, body: call("mul", x, y) },
  stores: [{ ...line, inside: true, strides: [2, 1], body: call("sub", total, call("mul", x, y)) }],
};
/** Every value by every value: sums of one product. */
const outer: ContractKernel = {
  kind: "contract",
  outer: [values.length, values.length],
  inner: [1],
  inputs: [read(0, [values.length, 0, 0]), read(1, [0, 1, 0])],
  a: 0,
  b: 1,
  roles: ["row", "column", "summed"],
  dtype: "f32",
  stores: [{ ...line, inside: false, strides: [values.length, 1], body: call("div", total, y) }],
};
const scattered: ScatterKernel = {
  kind: "scatter",
  outer: [count],
  inner: [count],
  inputs: [
    read(0, [1]),
    read(1, [1]),
    read(0, [1]),
    { kind: "index", dtype: "i32", offset: 0, strides: [1] },
  ],
  base: 2,
  at: 3,
  stride: 1,
  extent: count,
  monoid: { name: "product", combine: call("mul", x, y), identity: 1 },
  value: call("div", y, x),
  target: { offset: 0, strides: [0] },
  store: { ...line, strides: [1] },
};
const across: Readonly<Record<string, Kernel>> = {
  "a sum of one product, divided": sumOfOne,
  "a sum of one difference, added to": differenceOfOne,
  "running sums, less their last term": running,
  "a contraction of one product, divided": outer,
  "a product by what it was divided by, scattered": scattered,
};

numeric.test.each(Object.keys(across))("across a kernel: %s", async (name) => {
  const trial = {
    kernels: [across[name] as Kernel],
    slots: [
      ...columns.map(
        ({ values: list }) => ({ role: "argument", dtype: "f32", values: list }) as const,
      ),
      { role: "result", dtype: "f32", length: count } as const,
    ],
    scalars: [],
  };
  const [found = []] = await runTrial(await sharedDevice(), trial);
  const [exact = []] = await runTrial(referenceBackend(), trial);
  const told = (results: readonly number[]): string[] =>
    results.map((result, i) => `${pairs[i]}: ${result === 0 ? 0 : result}`);
  expect(told(found)).toEqual(told(exact));
});
