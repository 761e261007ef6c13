/** Module 2 — What random programs are made of: every kind of everything, often enough to matter. */
import { getBackend } from "@mt/backend";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Kind, Node, NodeOf } from "../src/graph/node.ts";
import { probing } from "../src/graph/probes.ts";
import { programCount, runs } from "./laws.ts";
import { programs, runProgram } from "./programs.ts";
import { smoothManner } from "./smooth.ts";
import type { Manner } from "./values.ts";

/** What a node is, as finely as the passes tell nodes apart. */
const classes: { readonly [K in Kind]: (x: NodeOf<K>) => string } = {
  leaf: ({ by }) => by.source,
  map: ({ inputs }) => `of ${inputs.length}`,
  reduce: ({ by }) => `${by.running ? "running " : ""}${by.monoid.name}`,
  move: ({ by }) => by.move,
  contract: ({ by }) => {
    const strides = [...by.operands.flat(), ...by.out].flatMap((form) => form.strides);
    const strided = strides.some((s) => Math.abs(s) > 1) ? ", strided" : "";
    return `of ${by.operands.length}${strided}`;
  },
  gather: ({ by }) => (by.batched > 0 ? "along" : "taken"),
  scatter: ({ by: { by, monoid } }) => `${monoid?.name ?? "set"}${by.batched ? ", along" : ""}`,
  custom: ({ by }) => by.name,
};
const classOf = (x: Node): string => `${x.kind}: ${(classes[x.kind] as (x: Node) => string)(x)}`;
const depthOf = (x: Node | undefined): number =>
  x?.kind === "move" ? 1 + depthOf(x.inputs[0]) : 0;

/** Everything by which a node is counted. */
function labelsOf(x: Node): string[] {
  const [first] = x.inputs;
  const labels = [classOf(x), ...x.inputs.filter((y) => y.kind === "leaf").map(classOf)];
  labels.push(`dtype ${x.dtype}`, `rank ${x.shape.rank}`, `${x.kind} of ${x.dtype}`);
  for (const n of x.shape.dims) labels.push(`size ${n > 7 ? "more" : n}`);
  if (x.shape.size === 0) labels.push(`${x.kind} of nothing`);
  if (x.kind === "reduce" && first?.shape.size === 0 && x.shape.size > 0)
    labels.push(`${x.by.monoid.name} of nothing`);
  if (depthOf(x) >= 3) labels.push("a view of a view of a view");
  if (x.kind === "move" && first?.kind === "contract") labels.push("a view of a contraction");
  if (x.needsGrad) labels.push(`differentiable ${x.kind}`);
  return labels;
}

/** In how many of these programs something occurs. */
function census(manner: Manner): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const { numRuns, seed } = runs(0, 500 / programCount);
  for (const steps of fc.sample(programs(), { numRuns, seed })) {
    const found = new Set<string>();
    const recorded = (x: Node): void => {
      for (const label of labelsOf(x)) found.add(label);
    };
    probing({ recorded }, () => runProgram(steps, manner));
    for (const label of found) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, k) => from + k);
const all = (what: (x: string) => string | readonly string[], list: string): readonly string[] =>
  list.split(" ").flatMap(what);
const required: readonly string[] = [
  ...all((source) => `leaf: ${source}`, "data number iota"),
  ...all((n) => `map: of ${n}`, "1 2 3"),
  ...all((monoid) => `reduce: ${monoid}`, "sum max min prod either"),
  ...all((monoid) => `reduce: running ${monoid}`, "sum max min prod"),
  ...all((move) => `move: ${move}`, "reshape permute expand pad slice diagonal window"),
  ...all((n) => [`contract: of ${n}`, `contract: of ${n}, strided`], "1 2"),
  ...all((way) => `gather: ${way}`, "along taken"),
  ...all((rule) => [`scatter: ${rule}`, `scatter: ${rule}, along`], "set sum max min prod"),
  ...["scatter: either", "custom: argsort"],
  ...[...getBackend().dtypes.keys()].flatMap((x) => [`dtype ${x}`, `map of ${x}`, `move of ${x}`]),
  ...numbers(0, 6).map((n) => `rank ${n}`),
  ...[...numbers(0, 7), "more"].map((n) => `size ${n}`),
  ...all((kind) => `${kind} of nothing`, "map move reduce contract gather scatter"),
  ...["a view of a view of a view", "a view of a contraction"],
];
const ofNothing = all((monoid) => `${monoid} of nothing`, "sum max min prod");
const differentiable = all(
  (kind) => `differentiable ${kind}`,
  "map move reduce contract gather scatter",
);

test.each([
  ["free", { exact: false }, [...required, ...differentiable, ...ofNothing]],
  ["exact", { exact: true }, [...required, ...differentiable]],
  ["smooth", smoothManner, differentiable],
] as const)("%s programs are of every kind", (name, manner, expected) => {
  const counts = census(manner);
  if (process.env.MT_PROGRAMS) {
    const lines = [...counts].map(([label, n]) => `${label}: ${n}`);
    lines.sort((a, b) => a.localeCompare(b));
    process.stdout.write(`of 500 ${name} programs, so many have\n${lines.join("\n")}\n`);
  }
  expect(expected.filter((label) => !counts.has(label))).toEqual([]);
});
