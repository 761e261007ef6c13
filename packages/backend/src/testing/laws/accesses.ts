/** Module 3.28 — Laws of reading and storing. */
import { argument, call, type DType } from "@mt/operators";
import type { LoopKernel } from "../../kernel.ts";
import { drawBox, integer, loopTrial } from "../arbitrary.ts";
import { agree, agreeOn, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";

/** Sizes around the widths of vectors and work groups. */
export const sizes: readonly number[] = [0, 1, 17, 65, 1025];

/** 2x + x over one axis. */
function elementwise(length: number, dtype: DType): Trial {
  const x = argument(0, dtype);
  const body = dtype === "bool" ? call("not", x) : call("add", call("mul", x, 2), x);
  const values = Array.from({ length }, (_, i) => (dtype === "bool" ? i % 2 : i % 23));
  const line = { offset: 0, strides: [1] };
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: [{ kind: "read", slot: 0, dtype, ...line, guards: [], fill: 0 }],
    folds: [],
    stores: [{ slot: 1, dtype, inside: false, ...line, body }],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values },
      { role: "result", dtype, length: length + 1 },
    ],
    scalars: [],
  };
}

const kinds: readonly (readonly [what: string, inputs: readonly string[]])[] = [
  ["reads at any strides: permuted, reversed, broadcast, skipping", ["strided"]],
  ["reads the fill where a guard fails", ["guarded", "strided"]],
  ["reads at positions given by integers, and the fill outside", ["indirect"]],
  ["computes indices and tests of the point itself", ["index", "test"]],
  ["uses the numbers of each run", ["scalar", "strided"]],
];

export const accesses: readonly Law[] = [
  {
    name: "computes every element of sizes 0, 1, 17, 65 and 1025 in every dtype",
    check: async (subject) => {
      for (const dtype of subject.dtypes)
        for (const length of sizes) await agree(subject, elementwise(length, dtype));
    },
  },
  ...kinds.map(
    ([name, inputs]): Law => ({
      name,
      check: (subject) =>
        agreeOn(subject, loopTrial({ dtypes: subject.dtypes, inputs, folds: [0, 0] })),
    }),
  ),
  {
    name: "runs boxes of up to five axes",
    check: (subject) =>
      agreeOn(
        subject,
        loopTrial({
          dtypes: subject.dtypes,
          folds: [0, 0],
          outer: (draw) => Array.from({ length: 5 }, () => integer(draw, 1, 3)),
          inner: () => [],
        }),
      ),
  },
  {
    name: "stores several results, at outer and at inner points, each at its places only",
    check: (subject) =>
      agreeOn(
        subject,
        loopTrial({ dtypes: subject.dtypes, folds: [0, 0], inner: (draw) => drawBox(draw, 2) }),
      ),
  },
];
