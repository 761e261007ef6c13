import { expect, test } from "vitest";
import { importGraph } from "../src/graph.ts";
import { packageOrder } from "../src/order.ts";
import { declaredDependencies, sources } from "../src/repository.ts";
import { circles, deadImports, undeclaredImports, upwardImports } from "../src/violations.ts";

const graph = importGraph(sources());

test("no file imports in a circle", () => {
  expect(circles(graph)).toEqual([]);
});

test("no import runs up the package order", () => {
  expect(upwardImports(graph, packageOrder)).toEqual([]);
});

test("every imported package is declared by its importer", () => {
  expect(undeclaredImports(graph, declaredDependencies())).toEqual([]);
});

test("every import of our own leads to a file", () => {
  expect(deadImports(graph)).toEqual([]);
});

test("every package that is declared may be imported", () => {
  const declared = [...declaredDependencies()].flatMap(([folder, names]) => {
    const allowed =
      packageOrder[folder.replace("packages/", "@mt/").replace("@mt/minitorch", "minitorch")];
    return [...names].filter((name) => allowed && name in packageOrder && !allowed.includes(name));
  });
  expect(declared).toEqual([]);
});

test("a row of the package order names only rows above it", () => {
  const names = Object.keys(packageOrder);
  for (const [index, name] of names.entries()) {
    for (const below of packageOrder[name] ?? []) expect(names.slice(0, index)).toContain(below);
  }
});

test("the sources of every package are looked at", () => {
  for (const name of Object.keys(packageOrder)) {
    expect([...graph.keys()]).toContain(`packages/${name.replace("@mt/", "")}/src/index.ts`);
  }
});
