/** Maps that read along one axis and store along another go through tiles, and compute the same. */
import { type LoopKernel, type Read, referenceBackend } from "@mt/backend";
import { compareTrial, type Trial } from "@mt/backend/testing";
import { argument, call, type DType } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { generate } from "../src/generate/generate.ts";
import { leastFacts } from "../src/generate/kernel.ts";
import { complaintsAbout } from "./checked.ts";
import { sharedDevice } from "./device.ts";
import { read } from "./reads.ts";

const values = (dtype: DType, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (dtype === "bool" ? (i % 3) % 2 : (i * 7919) % 251));

/** y[b, i, j] = max(x[b, j, i], z[b, i, j]); `x` may lie backwards, and be guarded. */
function turned(
  [batch, high, wide]: readonly [number, number, number],
  { dtype = "f32" as DType, backwards = false, guarded = false } = {},
): Trial {
  const count = batch * high * wide;
  const step = backwards ? -1 : 1;
  const offset = backwards ? high - 1 : 0;
  const x = read(0, [high * wide, step, high], dtype, offset);
  const guard = { offset: -3, strides: [0, 1, 1], extent: high };
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [batch, high, wide],
    inner: [],
    inputs: [guarded ? { ...x, guards: [guard] } : x, read(1, [high * wide, wide, 1], dtype)],
    folds: [],
    stores: [
      {
        slot: 2,
        dtype,
        inside: false,
        offset: 0,
        strides: [high * wide, wide, 1],
        body: call("max", argument(0, dtype), argument(1, dtype)),
      },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: values(dtype, count) },
      { role: "argument", dtype, values: values(dtype, count).toReversed() },
      { role: "result", dtype, length: count + 1 },
    ],
    scalars: [],
  };
}
const trials: readonly (readonly [string, Trial])[] = [
  ["a transposed matrix", turned([1, 320, 256])],
  ["transposed matrices of odd sizes", turned([3, 171, 163])],
  [
    "a matrix that lies backwards, behind a guard",
    turned([1, 300, 260], { backwards: true, guarded: true }),
  ],
  ["bytes", turned([2, 190, 200], { dtype: "u8" })],
  ["truths", turned([2, 190, 200], { dtype: "bool" })],
];

test.each(trials)(
  "%s: tiles through the workgroup's memory, valid with the least limits",
  async (_, trial) => {
    const [kernel] = generate(trial.kernels[0] as LoopKernel, 3, leastFacts).kernels;
    expect(kernel?.summary).toContain("turned in tiles");
    expect(kernel && (await complaintsAbout(kernel))).toEqual([]);
  },
);

test("a small map, and one that reads as it stores, go straight", () => {
  const summaryOf = (trial: Trial): string | undefined =>
    generate(trial.kernels[0] as LoopKernel, 3, leastFacts).kernels[0]?.summary;
  expect(summaryOf(turned([1, 64, 64]))).not.toContain("turned");
  const straight = turned([1, 320, 256]);
  const [kernel] = straight.kernels as readonly [LoopKernel];
  const inputs = kernel.inputs.map((input) => ({ ...input, strides: [0, 256, 1] })) as Read[];
  expect(summaryOf({ ...straight, kernels: [{ ...kernel, inputs }] })).not.toContain("turned");
});

numeric.test.each(trials)("%s", async (_, trial) => {
  await compareTrial(await sharedDevice(), referenceBackend(), trial);
});
