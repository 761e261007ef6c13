/** Sums of any length, of terms that round as badly as they can, are as near as the device says. */
import type { Kernel, LoopKernel, PrefixKernel, ScatterKernel, Shape } from "@mt/backend";
import { runTrial } from "@mt/backend/testing";
import { argument, call } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import type { Choices } from "../../src/choices.ts";
import { WebgpuDevice } from "../../src/device.ts";
import { describe, type Tiling } from "../../src/generate/contract-tiling.ts";
import { generate } from "../../src/generate/generate.ts";
import { type Facts, leastFacts } from "../../src/generate/kernel.ts";
import { findDevice } from "../../src/gpu/find.ts";
import { contractionUnits, serialUnits, sumUnits } from "../../src/wgsl/accuracy.ts";
import { complaintsAbout } from "../checked.ts";
import { gpu, sharedDevice } from "../device.ts";
import { read } from "../reads.ts";

/** Terms by number, of which all sums round in one direction for a long way. */
const terms: Readonly<Record<string, (i: number) => number>> = {
  "equal numbers": () => 0.1,
  "one and many of half its last place": (i) => (i === 0 ? 1 : 0.99 * 2 ** -24),
  "steps past the last place": (i) => (i === 0 ? 2 ** 20 : 0.4375),
  "numbers that cancel": (i) => (i % 2 ? -1 : 1 + (i % 64) * 2 ** -20),
  "numbers of all sizes": (i) => Math.sin(i * 12.9898) * 2 ** ((i * 7919) % 24),
};
const names = Object.keys(terms);

/** A row of terms for each name. */
const rowsOf = (length: number): readonly Float32Array[] =>
  Object.values(terms).map((term) => Float32Array.from({ length }, (_, i) => term(i)));

/** Holds the sum of each row to the exact one, in units of the last place of Σ |term|. */
function mustBeNear(rows: readonly Float32Array[], found: readonly number[], units: number): void {
  const told = rows.map((list, k) => {
    const exact = list.reduce((total, x) => total + x, 0);
    const size = list.reduce((total, x) => total + Math.abs(x), 0);
    const unit = 2 ** (Math.floor(Math.log2(size)) - 23);
    const off = Math.abs((found[k] as number) - exact) / unit;
    return off <= units ? names[k] : `${names[k]}: off by ${off} units, not ${units}`;
  });
  expect(told).toEqual(names);
}

const [x, y] = [argument(0, "f32"), argument(1, "f32")] as const;
const sum = { name: "sum", combine: call("add", x, y), identity: 0 };
const store = { slot: 1, dtype: "f32", inside: false, offset: 0 } as const;
const sizeOf = (shape: Shape): number => shape.reduce((n, k) => n * k, 1);
const rowMajor = (shape: Shape): readonly number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

async function run(
  kernel: Kernel,
  [first, ...others]: readonly (readonly number[])[],
  results: number,
  device = sharedDevice(),
): Promise<readonly number[]> {
  const given = (values: readonly number[] = []) =>
    ({ role: "argument", dtype: "f32", values }) as const;
  const result = { role: "result", dtype: "f32", length: results } as const;
  const slots = [given(first), result, ...others.map(given)];
  const [found = []] = await runTrial(await device, { kernels: [kernel], slots, scalars: [] });
  return found;
}
const flat = (rows: readonly Float32Array[]): number[] => rows.flatMap((row) => Array.from(row));

/** The sum of each row, in so many copies. */
const foldOf = (copies: number, inner: Shape, strides = rowMajor(inner)): LoopKernel => ({
  kind: "loop",
  outer: [copies, names.length],
  inner,
  inputs: [read(0, [0, sizeOf(inner), ...strides])],
  folds: [{ monoid: sum, body: x }],
  stores: [{ ...store, strides: [names.length, 1], body: y }],
});

/** Copies enough for an invocation each; few, for workgroups; and rows long enough for pieces. */
numeric.test.each([
  [13, [9]],
  [13, [4096]],
  [13, [2 ** 17 + 3]],
  [1, [1000]],
  [1, [4096]],
  [1, [100_003]],
  [1, [2 ** 20]],
] as const)("%i × 5 folds of %o terms", async (copies, inner) => {
  const rows = rowsOf(inner[0]);
  const found = await run(foldOf(copies, inner), [flat(rows)], names.length * copies);
  mustBeNear(rows, found.slice(-names.length), sumUnits);
});

numeric.test("a fold over axes that do not become one", async () => {
  const kernel = foldOf(13, [300, 3, 40], [1, 12_000, 300]);
  const [made] = generate(kernel, 2, { ...leastFacts, software: true }).kernels;
  expect(made?.summary).toBe("fold of 65 × 36000 points, 64 × 1 in a workgroup");
  const rows = rowsOf(36_000);
  mustBeNear(rows, await run(kernel, [flat(rows)], 65), sumUnits);
});

numeric.test("infinities and NaN come through long sums, and what overflows", async () => {
  for (const [special, expected] of [
    [[Infinity], Infinity],
    [[-Infinity, 1], -Infinity],
    [[Infinity, -Infinity], Number.NaN],
    [[Number.NaN], Number.NaN],
    [[3e38, 3e38], Infinity],
  ] as const) {
    const row = new Float32Array(5000).fill(0.5);
    special.forEach((value, i) => {
      row[1000 + 1500 * i] = value;
    });
    const rows = names.map(() => row);
    for (const copies of [1, 13]) {
      const found = await run(foldOf(copies, [5000]), [flat(rows)], names.length * copies);
      expect(new Set(found)).toEqual(new Set([expected]));
    }
  }
});

test("sums of halves are carried in f32, and rounded at their end", async () => {
  const half = argument(0, "f16");
  const kernel: LoopKernel = {
    ...foldOf(1, [100_000]),
    inputs: [{ ...read(0, [0, 0, 1]), dtype: "f16" }],
    folds: [{ monoid: { ...sum, combine: call("add", half, argument(1, "f16")) }, body: half }],
    stores: [{ ...store, dtype: "f16", strides: [1, 1], body: argument(1, "f16") }],
  };
  const facts: Facts = { ...leastFacts, features: new Set(["shader-f16"]) };
  const { kernels } = generate(kernel, 2, facts);
  for (const made of kernels) expect(await complaintsAbout(made)).toEqual([]);
  expect(kernels.map(({ code }) => code.split("f32(f16(").length - 1)).toEqual([1, 1]);
});

const always = (wanted: string): Choices => ({
  choose: (_, tilings) => ({
    tiling: tilings.find((tiling) => describe(tiling).includes(wanted)) as Tiling,
    why: "asked for",
  }),
  generation: 0,
  measure: async () => undefined,
});
/** Rows by columns of powers of two. */
numeric.test.each([
  ["tiles of 32 × 32, 4 × 4 in registers", [512]],
  ["tiles of 32 × 32, 4 × 4 in registers", [4096]],
  ["tiles of 32 × 32, 4 × 4 in registers", [37, 6, 20]],
  ["tiles of 16 × 16, 4 × 4 in registers, 4 invocations", [2 ** 14]],
  ["tiles of 4 × 1, 1 × 1 in registers, 64 invocations", [2 ** 18 + 1]],
  ["tiles of 32 × 32 × 16 in workgroup memory, 4 × 4 in registers", [2 ** 14 + 5]],
  ["16 pieces", [2 ** 16]],
  ["256 pieces", [2 ** 20]],
] as const)("contractions in %s, of %o terms", async (wanted, inner) => {
  const device = new WebgpuDevice(await findDevice("webgpu", { gpu }), {}, always(wanted));
  const kernel: Kernel = {
    kind: "contract",
    outer: [names.length, 4],
    inner,
    inputs: [
      read(0, [sizeOf(inner), 0, ...rowMajor(inner)]),
      read(2, [0, 1, ...inner.map(() => 0)]),
    ],
    a: 0,
    b: 1,
    roles: ["row", "column", ...inner.map(() => "summed" as const)],
    dtype: "f32",
    stores: [{ ...store, strides: [1, names.length], body: argument(2, "f32") }],
  };
  const rows = rowsOf(sizeOf(inner));
  const found = await run(
    kernel,
    [flat(rows), [2, 0.5, 4, 1]],
    4 * names.length,
    Promise.resolve(device),
  );
  mustBeNear(rows, found.slice(-names.length), contractionUnits(sizeOf(inner)));
  await device[Symbol.asyncDispose]();
});

numeric.test.each([100, 5000])("scattering %i updates into one place", async (length) => {
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer: [names.length],
    inner: [names.length, length],
    inputs: [
      read(0, [length, 1]),
      { kind: "index", dtype: "i32", offset: 0, strides: [1, 0] },
      read(2, [1]),
    ],
    base: 2,
    at: 1,
    stride: 1,
    extent: names.length,
    monoid: sum,
    value: x,
    target: { offset: 0, strides: [0, 0] },
    store: { slot: 1, dtype: "f32", offset: 0, strides: [1] },
  };
  const rows = rowsOf(length);
  const found = await run(kernel, [flat(rows), names.map(() => 0)], names.length);
  mustBeNear(rows, found, serialUnits(length));
});

numeric.test.each([100, 5000, 2 ** 18])("running sums of %i terms", async (length) => {
  const kernel: PrefixKernel = {
    kind: "prefix",
    outer: [names.length],
    inner: [length],
    inputs: [read(0, [length, 1])],
    fold: { monoid: sum, body: x },
    stores: [{ ...store, strides: [1], body: y }],
  };
  const rows = rowsOf(length);
  mustBeNear(rows, await run(kernel, [flat(rows)], names.length), serialUnits(length));
});
