/** Sums are as near as the device says, of terms that round as badly as they can; long ones: `deep`. */
import type { LoopKernel } from "@mt/backend";
import { argument, call } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { generate } from "../../src/generate/generate.ts";
import { type Facts, leastFacts } from "../../src/generate/kernel.ts";
import { sumUnits } from "../../src/wgsl/accuracy.ts";
import { complaintsAbout } from "../checked.ts";
import { read } from "../reads.ts";
import {
  contractionsMustBeNear,
  flat,
  foldOf,
  foldsMustBeNear,
  mustBeNear,
  names,
  rowsOf,
  run,
  runningSumsMustBeNear,
  scattersMustBeNear,
  store,
  sum,
} from "../sums.ts";

/** Copies enough for an invocation each; few, for workgroups. */
numeric.test.each([
  [13, 9],
  [13, 4096],
  [1, 1000],
  [1, 4096],
])("%i × 5 folds of %i terms", foldsMustBeNear);

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

numeric.test.each([
  ["tiles of 32 × 32, 4 × 4 in registers", [256]],
  ["tiles of 32 × 32, 4 × 4 in registers", [4096]],
  ["tiles of 32 × 32, 4 × 4 in registers", [37, 6, 20]],
  ["tiles of 16 × 16, 4 × 4 in registers, 4 invocations", [2 ** 13]],
  ["tiles of 32 × 32 × 16 in workgroup memory, 4 × 4 in registers", [2 ** 12 + 5]],
  ["16 pieces", [2 ** 14]],
])("contractions in %s, of %o terms", contractionsMustBeNear);

numeric.test.each([100, 5000])("scattering %i updates into one place", scattersMustBeNear);

numeric.test.each([100, 5000])("running sums of %i terms", runningSumsMustBeNear);
