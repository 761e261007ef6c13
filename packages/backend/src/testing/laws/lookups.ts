/** Module 3.41 — Laws of gathering: reads at positions that are data. */
import { argument, type DType, dtypes } from "@mt/operators";
import { check as checked } from "../../check.ts";
import type { LoopKernel } from "../../kernel.ts";
import { loopTrial } from "../arbitrary.ts";
import { agree, agreeOn, type Law, mustThrow, type Subject } from "../law.ts";
import { runTrial, type Trial } from "../trial.ts";

/** Rows of a table at positions of dtype `by`; fill 9 where there is no such row. */
function rowsTrial(by: DType, dtype: DType, positions: readonly number[]): Trial {
  const [rows, columns] = [4, 3];
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [positions.length, columns],
    inner: [],
    inputs: [
      { kind: "read", slot: 0, dtype: by, offset: 0, strides: [1, 0], guards: [], fill: 0 },
      {
        kind: "read",
        slot: 1,
        dtype,
        offset: 0,
        strides: [0, 1],
        guards: [],
        fill: 1,
        indirect: { input: 0, stride: columns, extent: rows },
      },
    ],
    folds: [],
    stores: [
      { slot: 2, dtype, inside: false, offset: 0, strides: [columns, 1], body: argument(1, dtype) },
    ],
  };
  const values = Array.from({ length: rows * columns }, (_, i) =>
    dtype === "bool" ? Number(i % 3 === 1) : i + 2,
  );
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: by, values: positions },
      { role: "argument", dtype, values },
      { role: "result", dtype, length: positions.length * columns },
    ],
    scalars: [],
  };
}
const integersOf = ({ dtypes: known }: Subject): DType[] =>
  known.filter((x) => dtypes[x].kind === "integer");
const isIn =
  (dtype: DType) =>
  (x: number): boolean =>
    dtypes[dtype].lowest <= x && x <= dtypes[dtype].highest;

/** Two lookups in one kernel, each with a guard: x[i] where i ≥ 1, and y[j] of a looked-up j. */
function chainTrial(by: DType, dtype: DType): Trial {
  const line = { kind: "read", offset: 0, strides: [1], guards: [], fill: 0 } as const;
  const later = [{ offset: -1, strides: [1], extent: 3 }];
  const x = argument(1, dtype);
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [5],
    inner: [],
    inputs: [
      { ...line, slot: 0, dtype: by },
      {
        ...line,
        slot: 1,
        dtype,
        strides: [0],
        guards: later,
        fill: 1,
        indirect: { input: 0, stride: 1, extent: 4 },
      },
      { ...line, slot: 0, dtype: by, strides: [0], indirect: { input: 0, stride: 1, extent: 5 } },
      { ...line, slot: 1, dtype, strides: [0], indirect: { input: 2, stride: 1, extent: 4 } },
    ],
    folds: [],
    stores: [
      { slot: 2, dtype, inside: false, offset: 0, strides: [1], body: x },
      { slot: 3, dtype, inside: false, offset: 0, strides: [1], body: argument(3, dtype) },
    ],
  };
  const values = Array.from({ length: 4 }, (_, i) => (dtype === "bool" ? i % 2 : i + 2));
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: by, values: [3, 0, 1, 9, 2] },
      { role: "argument", dtype, values },
      { role: "result", dtype, length: 5 },
      { role: "result", dtype, length: 5 },
    ],
    scalars: [],
  };
}

export const lookups: readonly Law[] = [
  {
    name: "looks up rows by every integer dtype, in order, repeated and none",
    check: async (subject) => {
      for (const by of integersOf(subject))
        for (const dtype of subject.dtypes)
          for (const positions of [[0, 1, 2, 3], [3, 3, 0, 3, 1], []])
            await agree(subject, rowsTrial(by, dtype, positions));
    },
  },
  {
    name: "gives the fill outside, also where an address in 32 bits would come round again",
    check: async (subject) => {
      // 3 · 1431655766 = 2³² + 2
      const far = [-1, 4, 5, 255, 2 ** 30, 1431655766, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1];
      for (const by of integersOf(subject))
        await agree(subject, rowsTrial(by, "f32", [...far.filter(isIn(by)), 0]));
    },
  },
  {
    name: "looks up twice in one kernel, behind guards and by what was looked up",
    check: async (subject) => {
      for (const by of integersOf(subject))
        for (const dtype of subject.dtypes) await agree(subject, chainTrial(by, dtype));
    },
  },
  {
    name: "looks up in any box, at positions from data, indices and numbers",
    check: (subject) =>
      agreeOn(subject, (known) =>
        loopTrial({ dtypes: known, inputs: ["lookup", "lookup", "strided"], folds: [0, 1] }),
      ),
  },
  {
    name: "tells of positions outside when it is checked",
    check: async ({ backend, account }) => {
      const device = checked(backend);
      await runTrial(device, rowsTrial("i32", "f32", [0, 3]));
      await mustThrow("a position outside", "index-out-of-range", () =>
        runTrial(device, rowsTrial("i32", "f32", [0, 4])),
      );
      account.held();
    },
  },
];
