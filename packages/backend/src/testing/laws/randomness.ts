/** Module 3.46 — Laws of random bits: integers that are the same everywhere. */
import { type Expr, randomBits, randomBits1, uniform } from "@mt/operators";
import type { LoopKernel, Store } from "../../kernel.ts";
import { elementwise } from "../elementwise.ts";
import { agree, type Law, must, type Subject } from "../law.ts";
import { runTrial, type Trial } from "../trial.ts";

const bits = randomBits.at("u32", "u32", "u32", "u32");
const bits1 = randomBits1.at("u32", "u32", "u32", "u32");

/**
 * Keys, counters and both words of threefry2x32 with 20 rounds, as Random123 publishes them
 * (https://github.com/DEShawResearch/random123, tests/kat_vectors).
 */
const published: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
];
const column = (i: number): number[] => published.map((row) => row[i] as number);

/** A draw of `length` numbers: key and draw are numbers of the run, the counter is the place. */
function drawTrial(length: number): Trial {
  const line = { inside: false, offset: 0, strides: [1] } as const;
  const store = (slot: number, body: Expr): Store => ({ ...line, slot, dtype: body.dtype, body });
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: [
      { kind: "scalar", index: 0, dtype: "u32" },
      { kind: "scalar", index: 1, dtype: "u32" },
      { kind: "index", dtype: "u32", offset: 0, strides: [1] },
      { kind: "scalar", index: 2, dtype: "u32" },
    ],
    folds: [],
    stores: [store(0, bits), store(1, bits1)],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "result", dtype: "u32", length },
      { role: "result", dtype: "u32", length },
    ],
    scalars: [3735928559, 42, 7].map((value) => ({ dtype: "u32", value })),
  };
}

/** Laws of u32, for devices that know it. */
const law = (name: string, check: (subject: Subject) => Promise<void>): Law => ({
  name,
  check: async (subject) => {
    if (subject.dtypes.includes("u32")) await check(subject);
    else subject.account.skipped();
  },
});

export const randomness: readonly Law[] = [
  law("computes the published words of threefry", async (subject) => {
    const columns = [0, 1, 2, 3].map((i) => ({ dtype: "u32" as const, values: column(i) }));
    for (const [i, body] of [bits, bits1].entries()) {
      const trial = elementwise(body, columns);
      const [found = []] = await runTrial(subject.backend, trial);
      const expected = column(4 + i);
      must(found.join() === expected.join(), `word ${i}: [${found}] must be [${expected}]`);
      subject.account.passed(trial, 0);
    }
  }),
  law("draws the same bits for every place, key and draw", async (subject) => {
    for (const length of [1, 65, 1025]) await agree(subject, drawTrial(length));
  }),
  law("makes the same uniform numbers of them", async (subject) => {
    const values = [0, 255, 256, 2 ** 31, 2 ** 32 - 1, ...column(4), ...column(5)];
    const body = uniform.at("u32");
    await agree(subject, elementwise(body, [{ dtype: "u32", values }]));
  }),
];
