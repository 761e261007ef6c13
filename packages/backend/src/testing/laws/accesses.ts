/** Module 3.40 — Laws of reading and storing. */
import { argument, call, type DType } from "@mt/operators";
import { drawBox, integer, loopTrial } from "../arbitrary.ts";
import { elementwise } from "../elementwise.ts";
import { agree, agreeOn, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";

/** Sizes around the widths of vectors and work groups. */
export const sizes: readonly number[] = [0, 1, 17, 65, 1025];

/** 2x + x over one axis. */
function tripled(length: number, dtype: DType): Trial {
  const x = argument(0, dtype);
  const body = dtype === "bool" ? call("not", x) : call("add", call("mul", x, 2), x);
  const values = Array.from({ length }, (_, i) => (dtype === "bool" ? i % 2 : i % 23));
  return elementwise(body, [{ dtype, values }], 1);
}

const kinds: readonly (readonly [what: string, inputs: readonly string[]])[] = [
  ["reads at any strides: permuted, reversed, broadcast, skipping", ["strided"]],
  ["reads the fill where a guard fails", ["guarded", "strided"]],
  ["computes indices and tests of the point itself", ["index", "test"]],
  ["uses the numbers of each run", ["scalar", "strided"]],
];

export const accesses: readonly Law[] = [
  {
    name: "computes every element of sizes 0, 1, 17, 65 and 1025 in every dtype",
    check: async (subject) => {
      for (const dtype of subject.dtypes)
        for (const length of sizes) await agree(subject, tripled(length, dtype));
    },
  },
  ...kinds.map(
    ([name, inputs]): Law => ({
      name,
      check: (subject) =>
        agreeOn(subject, (dtypes) => loopTrial({ dtypes, inputs, folds: [0, 0] })),
    }),
  ),
  {
    name: "runs boxes of up to five axes",
    check: (subject) =>
      agreeOn(subject, (dtypes) =>
        loopTrial({
          dtypes,
          folds: [0, 0],
          outer: (draw) => Array.from({ length: 5 }, () => integer(draw, 1, 3)),
          inner: () => [],
        }),
      ),
  },
  {
    name: "stores several results, at outer and at inner points, each at its places only",
    check: (subject) =>
      agreeOn(subject, (dtypes) =>
        loopTrial({ dtypes, folds: [0, 0], inner: (draw) => drawBox(draw, 2) }),
      ),
  },
];
