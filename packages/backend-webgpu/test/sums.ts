/** Sums of terms that round as badly as they can, held to what the device says of them. */
import type { Kernel, LoopKernel, PrefixKernel, ScatterKernel, Shape } from "@mt/backend";
import { runTrial } from "@mt/backend/testing";
import { argument, call } from "@mt/operators";
import { expect } from "vitest";
import { WebgpuDevice } from "../src/device.ts";
import { describe, type Tiling } from "../src/generate/contract-tiling.ts";
import { findDevice } from "../src/gpu/find.ts";
import { contractionUnits, serialUnits, sumUnits } from "../src/wgsl/accuracy.ts";
import { gpu, sharedDevice } from "./device.ts";
import { read } from "./reads.ts";
import { always } from "./tilings.ts";

/** Terms by number, of which all sums round in one direction for a long way. */
const terms: Readonly<Record<string, (i: number) => number>> = {
  "equal numbers": () => 0.1,
  "one and many of half its last place": (i) => (i === 0 ? 1 : 0.99 * 2 ** -24),
  "steps past the last place": (i) => (i === 0 ? 2 ** 20 : 0.4375),
  "numbers that cancel": (i) => (i % 2 ? -1 : 1 + (i % 64) * 2 ** -20),
  "numbers of all sizes": (i) => Math.sin(i * 12.9898) * 2 ** ((i * 7919) % 24),
};
export const names = Object.keys(terms);

/** A row of terms for each name. */
export const rowsOf = (length: number): readonly Float32Array[] =>
  Object.values(terms).map((term) => Float32Array.from({ length }, (_, i) => term(i)));

/** Holds the sum of each row to the exact one, in units of the last place of Σ |term|. */
export function mustBeNear(
  rows: readonly Float32Array[],
  found: readonly number[],
  units: number,
): void {
  const told = rows.map((list, k) => {
    const exact = list.reduce((total, x) => total + x, 0);
    const size = list.reduce((total, x) => total + Math.abs(x), 0);
    const unit = 2 ** (Math.floor(Math.log2(size)) - 23);
    const off = Math.abs((found[k] as number) - exact) / unit;
    return off <= units ? names[k] : `${names[k]}: off by ${off} units, not ${units}`;
  });
  expect(told).toEqual(names);
}

export const [x, y] = [argument(0, "f32"), argument(1, "f32")] as const;
export const sum = { name: "sum", combine: call("add", x, y), identity: 0 };
export const store = { slot: 1, dtype: "f32", inside: false, offset: 0 } as const;
const sizeOf = (shape: Shape): number => shape.reduce((n, k) => n * k, 1);
const rowMajor = (shape: Shape): readonly number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

export async function run(
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
export const flat = (rows: readonly Float32Array[]): number[] =>
  rows.flatMap((row) => Array.from(row));

/** The sum of each row, in so many copies. */
export const foldOf = (copies: number, inner: Shape, strides = rowMajor(inner)): LoopKernel => ({
  kind: "loop",
  outer: [copies, names.length],
  inner,
  inputs: [read(0, [0, sizeOf(inner), ...strides])],
  folds: [{ monoid: sum, body: x }],
  stores: [{ ...store, strides: [names.length, 1], body: y }],
});

/** The folds of rows of so many terms, in so many copies. */
export async function foldsMustBeNear(copies: number, length: number): Promise<void> {
  const rows = rowsOf(length);
  const found = await run(foldOf(copies, [length]), [flat(rows)], names.length * copies);
  mustBeNear(rows, found.slice(-names.length), sumUnits);
}

/** The sums of rows by columns of powers of two, in a tiling whose description has these words. */
export async function contractionsMustBeNear(wanted: string, inner: Shape): Promise<void> {
  const device = new WebgpuDevice(
    await findDevice("webgpu", { gpu }),
    {},
    always((tilings) => tilings.find((x) => describe(x).includes(wanted)) as Tiling),
  );
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
}

/** Sums of so many updates of one place. */
export async function scattersMustBeNear(length: number): Promise<void> {
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
}

/** The last of the running sums of so many terms. */
export async function runningSumsMustBeNear(length: number): Promise<void> {
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
}
