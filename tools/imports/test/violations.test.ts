import { expect, test } from "vitest";
import { importGraph, importsOf } from "../src/graph.ts";
import { circles, deadImports, undeclaredImports, upwardImports } from "../src/violations.ts";

const planted = (files: Record<string, string>) => importGraph(new Map(Object.entries(files)));

test("every spelling of an import is seen, and none in comments or strings", () => {
  const text = `
import { a } from "./a.ts";
import type { B } from "./b.ts";
export * from "./c.ts";
export { d } from "./d.ts";
type E = typeof import("./e.ts");
const f = await import("./f.ts");
// import "./comment.ts";
const s = 'import "./string.ts"';
export const local = 1;
`;
  expect(importsOf("x.ts", text).map(({ line, specifier }) => `${line} ${specifier}`)).toEqual([
    "2 ./a.ts",
    "3 ./b.ts",
    "4 ./c.ts",
    "5 ./d.ts",
    "6 ./e.ts",
    "7 ./f.ts",
  ]);
});

test("a circle within a package is found, with its chain", () => {
  const graph = planted({
    "packages/tensor/src/index.ts": 'export * from "./a.ts";',
    "packages/tensor/src/a.ts": 'import "./deep/b.ts";',
    "packages/tensor/src/deep/b.ts": '\nimport type { A } from "../a.ts";',
  });
  expect(circles(graph)).toEqual([
    "packages/tensor/src/deep/b.ts:2 closes a circle: " +
      "packages/tensor/src/a.ts → packages/tensor/src/deep/b.ts → packages/tensor/src/a.ts",
  ]);
});

test("a file that imports itself is a circle", () => {
  expect(circles(planted({ "packages/nn/src/a.ts": 'import "./a.ts";' }))).toHaveLength(1);
});

test("a circle through two packages is found", () => {
  const graph = planted({
    "packages/operators/src/index.ts": 'import "@mt/backend/testing";',
    "packages/backend/src/testing.ts": 'import "@mt/operators";',
  });
  expect(circles(graph)).toHaveLength(1);
});

test("a diamond is no circle", () => {
  const graph = planted({
    "packages/nn/src/top.ts": 'import "./left.ts"; import "./right.ts";',
    "packages/nn/src/left.ts": 'import "./bottom.ts";',
    "packages/nn/src/right.ts": 'import "./bottom.ts";',
    "packages/nn/src/bottom.ts": "",
  });
  expect(circles(graph)).toEqual([]);
});

test("an import that runs up the order, or to a package without a row for it, is found", () => {
  const order = { "@mt/operators": [], "@mt/tensor": ["@mt/operators"], minitorch: ["@mt/tensor"] };
  const graph = planted({
    "packages/operators/src/index.ts": 'import type { Tensor } from "@mt/tensor/testing";',
    "packages/tensor/src/index.ts": 'import "@mt/operators";\nimport "@mt/tensor";',
    "packages/minitorch/src/index.ts": 'import "@mt/operators";',
    "packages/new/src/index.ts": "",
  });
  expect(upwardImports(graph, order)).toEqual([
    "packages/operators/src/index.ts:1 imports @mt/tensor, but @mt/operators may import none",
    "packages/tensor/src/index.ts:2 imports @mt/tensor, but @mt/tensor may import @mt/operators",
    "packages/minitorch/src/index.ts:1 imports @mt/operators, but minitorch may import @mt/tensor",
    "packages/new/src/index.ts:1 belongs to @mt/new, which has no row in the package order",
  ]);
});

test("an import that package.json does not declare is found, node: is not", () => {
  const graph = planted({
    "packages/nn/src/a.ts": 'import "node:fs"; import "@mt/tensor"; import "left-pad/deep";',
  });
  const declared = new Map([["packages/nn", new Set(["@mt/tensor"])]]);
  expect(undeclaredImports(graph, declared)).toEqual([
    "packages/nn/src/a.ts:1 imports left-pad, which packages/nn/package.json does not declare",
  ]);
});

test("an import that leads nowhere is found", () => {
  expect(deadImports(planted({ "packages/nn/src/a.ts": 'import "../b.ts";' }))).toEqual([
    "packages/nn/src/a.ts:1 imports ../b.ts, but there is no packages/nn/b.ts",
  ]);
});
