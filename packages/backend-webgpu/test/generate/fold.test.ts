/** Folds of every layout, and long ones in pieces: as the reference device folds. */
import type { LoopKernel } from "@mt/backend";
import { referenceBackend } from "@mt/backend";
import { runTrial, type Trial } from "@mt/backend/testing";
import { argument, call, cast, type Expr } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { generate } from "../../src/generate/generate.ts";
import { type Facts, type GeneratedKernel, leastFacts } from "../../src/generate/kernel.ts";
import { sumUnits } from "../../src/wgsl/accuracy.ts";
import { complaintsAbout } from "../checked.ts";
import { makeDevice, sharedDevice } from "../device.ts";

const x = argument(0, "f32");
const both = (name: string): Expr => call(name, argument(0, "f32"), argument(1, "f32"));

/** Sum and largest of rows or columns of small whole numbers, and how many are positive. */
function trialOf(rows: number, length: number, alongRows: boolean): Trial {
  const strides = alongRows ? [length, 1] : [1, rows];
  const line = { inside: false, offset: 0, strides: [1] } as const;
  const count = call("add", argument(0, "i32"), argument(1, "i32"));
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [rows],
    inner: [length],
    inputs: [{ kind: "read", slot: 0, dtype: "f32", offset: 0, strides, guards: [], fill: 0 }],
    folds: [
      { monoid: { name: "sum", combine: both("add"), identity: 0 }, body: call("mul", x, 2) },
      { monoid: { name: "max", combine: both("max"), identity: -Infinity }, body: x },
      {
        monoid: { name: "sum", combine: count, identity: 0 },
        body: cast(call("lt", 0, x), "i32"),
      },
    ],
    stores: [
      { ...line, slot: 1, dtype: "f32", body: call("add", argument(1, "f32"), argument(2, "f32")) },
      { ...line, slot: 2, dtype: "i32", body: argument(3, "i32") },
    ],
  };
  const values = Array.from({ length: rows * length }, (_, i) => ((i * 7919) % 17) - 8);
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values },
      { role: "result", dtype: "f32", length: rows },
      { role: "result", dtype: "i32", length: rows },
    ],
    scalars: [],
  };
}

const shapes = [
  [1, 200_001, true],
  [1, 4096, true],
  [3, 70_000, false],
  [3, 70_000, true],
  [300, 100, true],
  [300, 100, false],
  [70, 1000, false],
  [5000, 20, true],
  [30, 100, true],
  [30, 100, false],
  [2, 100, true],
  [2, 100, false],
  [5, 37, true],
] as const;

numeric.test.each(shapes)(
  "%i folds of %i values, along rows: %s",
  async (rows, length, alongRows) => {
    const trial = trialOf(rows, length, alongRows);
    const expected = await runTrial(referenceBackend(), trial);
    expect(await runTrial(await sharedDevice(), trial)).toEqual(expected);
    const alone = await makeDevice({ features: [] });
    expect(await runTrial(alone, trial)).toEqual(expected);
    await alone[Symbol.asyncDispose]();
  },
);

const barriers = ({ code }: GeneratedKernel): number => code.split("workgroupBarrier()").length - 1;
const withSubgroups = (least: number, most: number): Facts => ({
  ...leastFacts,
  features: new Set(["subgroups"]),
  subgroups: [least, most],
});

/** Rows, values, along rows; size of subgroups; across × along; barriers with them. */
test.each([
  [3, 4096, true, 32, "1 × 256", 1],
  [3, 4096, false, 4, "1 × 256", 1],
  [30, 100, true, 16, "4 × 16", 0],
  [30, 100, true, 4, "4 × 16", 1],
  [30, 100, false, 16, "4 × 16", 1],
] as const)(
  "%i folds of %i values, along rows: %s, by subgroups of %i wait less often",
  async (rows, length, alongRows, size, layout, waits) => {
    const [kernel] = trialOf(rows, length, alongRows).kernels as readonly [LoopKernel];
    const wholes = { ...leastFacts, buffers: 4 }; // in one dispatch
    const [without] = generate(kernel, 3, wholes).kernels as readonly [GeneratedKernel];
    const facts = { ...withSubgroups(size, size), buffers: 4 };
    const [made] = generate(kernel, 3, facts).kernels as readonly [GeneratedKernel];
    expect(without.summary).toContain(`, ${layout} in a workgroup`);
    expect(made.summary).toBe(`${without.summary}, by subgroups of ${size}`);
    expect([barriers(without), barriers(made)]).toEqual([2, waits]);
    expect(await complaintsAbout(made)).toEqual([]);
    expect(without.code).not.toContain("subgroup");
  },
);

test("subgroups of any size, or larger than a workgroup or within a point, are left alone", () => {
  const [row] = trialOf(3, 4096, true).kernels as readonly [LoopKernel];
  const [columns] = trialOf(30, 100, false).kernels as readonly [LoopKernel];
  for (const [kernel, least, most] of [
    [row, 8, 32],
    [columns, 128, 128],
    [columns, 4, 4],
  ] as const)
    expect(generate(kernel, 3, withSubgroups(least, most))).toEqual(
      generate(kernel, 3, leastFacts),
    );
});

numeric.test("truth values and bytes are told among subgroups, too", async () => {
  const either = call("or", argument(0, "bool"), argument(1, "bool"));
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [2],
    inner: [500],
    inputs: [
      { kind: "read", slot: 0, dtype: "f32", offset: 0, strides: [500, 1], guards: [], fill: 0 },
    ],
    folds: [{ monoid: { name: "any", combine: either, identity: 0 }, body: call("lt", 0, x) }],
    stores: [
      { slot: 1, dtype: "bool", inside: false, offset: 0, strides: [1], body: argument(1, "bool") },
    ],
  };
  const values = Array.from({ length: 1000 }, (_, i) => (i === 777 ? 1 : -1));
  const found = await runTrial(await sharedDevice(), {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values },
      { role: "result", dtype: "bool", length: 2 },
    ],
    scalars: [],
  });
  expect(found).toEqual([[0, 1]]);
});

numeric.test("a sum that one invocation makes alone is as near as it says", async () => {
  const [rows, length] = [70_000, 512];
  const read = { kind: "read", dtype: "f32", offset: 0, guards: [], fill: 0 } as const;
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [rows],
    inner: [length],
    inputs: [
      { ...read, slot: 0, strides: [0, 2] },
      { ...read, slot: 1, strides: [1, 0] },
    ],
    folds: [{ monoid: { name: "sum", combine: both("add"), identity: 0 }, body: both("add") }],
    stores: [
      { slot: 2, dtype: "f32", inside: false, offset: 0, strides: [1], body: argument(2, "f32") },
    ],
  };
  const [layout] = generate(kernel, 3, leastFacts).kernels.map(({ summary }) => summary);
  expect(layout).toBe("fold of 70000 × 512 points, 64 × 1 in a workgroup");
  const [found = []] = await runTrial(await sharedDevice(), {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values: new Array(2 * length).fill(0.1) },
      { role: "argument", dtype: "f32", values: new Array(rows).fill(0) },
      { role: "result", dtype: "f32", length: rows },
    ],
    scalars: [],
  });
  const unit = 2 ** (5 - 23); // of the last place of 51.2
  const far = Math.abs((found[rows - 1] as number) - length * Math.fround(0.1));
  expect(far / unit).toBeLessThanOrEqual(sumUnits);
});

test("long folds of few results are two dispatches, where bindings allow", () => {
  const [kernel] = trialOf(1, 200_001, true).kernels as readonly [LoopKernel];
  const { kernels, scratch } = generate(kernel, 3, leastFacts);
  expect(kernels.map(({ summary }) => summary)).toEqual([
    "fold of 1 × 200001 points in 48 pieces, 1 × 256 in a workgroup",
    "fold of 1 × 48 points, 1 × 8 in a workgroup",
  ]);
  expect(scratch).toEqual([192, 192, 192]);
  expect(generate(kernel, 3, { ...leastFacts, buffers: 4 }).kernels).toHaveLength(1);
  const [many] = trialOf(5000, 20, true).kernels as readonly [LoopKernel];
  expect(generate(many, 3, leastFacts).scratch).toEqual([]);
});
