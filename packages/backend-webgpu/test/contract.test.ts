/** Products in every tiling are WGSL; what they compute is tried for all of them in `../deep`. */
import { referenceBackend } from "@mt/backend";
import { compareTrial, type Trial } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { WebgpuDevice } from "../src/device.ts";
import { inTiling } from "../src/generate/contract.ts";
import { memoryOf, tilingsFor } from "../src/generate/contract-choose.ts";
import { describe, type Tiling } from "../src/generate/contract-tiling.ts";
import { loopKernels } from "../src/generate/generate.ts";
import { leastFacts } from "../src/generate/kernel.ts";
import { findDevice } from "../src/gpu/find.ts";
import { complaintsAbout } from "./checked.ts";
import { gpu } from "./device.ts";
import { convolution, product } from "./products.ts";
import {
  always,
  facts,
  mustCompute,
  odd,
  padded,
  productIn,
  shapes,
  straight,
  turned,
} from "./tilings.ts";

const trials: readonly (readonly [string, Trial])[] = [
  ["matrices in fours", straight],
  ["transposed matrices in fours", turned],
  ["one of them transposed", product({ sides: [36, 264, 52], turned: [false, true] })],
  ["matrices of odd sizes", odd],
  ["whole numbers", product({ dtype: "i32", sides: [20, 260, 12] })],
  ["halves", product({ dtype: "f16", sides: [36, 264, 52], turned: [true, false] })],
  ["halves of odd sizes", product({ dtype: "f16", sides: [33, 259, 19] })],
  ["a matrix and a vector", product({ sides: [72, 260, 1] })],
  ["a vector and a matrix", product({ sides: [1, 260, 70] })],
  ["images and filters", padded],
  ["images of fours and filters", convolution([2, 32, 8, 8, 8])],
];
/** Bytes of an element in the workgroup's memory. */
const widthOf = (trial: Trial): number => (trial.slots[0]?.dtype === "f16" ? 2 : 4);

test.each(trials)("every tiling of %s is WGSL", async (_, trial) => {
  const { product: made, bindings } = productIn(trial);
  const tilings = tilingsFor(made, facts);
  expect(tilings.length).toBeGreaterThan(20);
  expect(tilings.some(({ kind }) => kind === "matrix")).toBe(trial.slots[0]?.dtype === "f16");
  for (const tiling of tilings) {
    if (tiling.pieces > 2 || memoryOf(tiling, widthOf(trial)) > leastFacts.workgroupBytes) continue;
    for (const kernel of inTiling(made, tiling, bindings, facts, loopKernels).kernels)
      expect(await complaintsAbout(kernel), describe(tiling)).toEqual([]);
  }
});

numeric.test.each(["direct", "shared"])(
  "a %s tiling computes what the reference device does",
  (kind) => mustCompute([...shapes.values()].find((tiling) => tiling.kind === kind) as Tiling),
);

test("sums of pieces take no more than any device binds", () => {
  const { product: made } = productIn(product({ sides: [2, 1 << 14, 1] }));
  const bytesOf = (side: number): number => {
    const wide = { ...made, kernel: { ...made.kernel, outer: [1, side, side] } };
    return Math.max(...tilingsFor(wide, facts).map(({ pieces }) => 4 * pieces * side * side));
  };
  expect(bytesOf(16)).toBe(4 * 128 * 16 * 16);
  expect(bytesOf(2048)).toBe(2 ** 26);
});

numeric.test("bands of tiles, the last one lower, cover every tile", async () => {
  const banded = product({ sides: [310, 5, 330] }); // 20 × 11 tiles
  const device = new WebgpuDevice(
    await findDevice("webgpu", { gpu }),
    {},
    always((tilings) => tilings.find((x) => describe(x).startsWith("tiles of 16 × 32,")) as Tiling),
  );
  await compareTrial(device, referenceBackend(), banded);
  await device[Symbol.asyncDispose]();
});

const infinite = convolution([1, 32, 3, 6, 5], true); // its sums have points enough for pieces
test("sums that are NaN are computed again wherever an operand may lie outside, in every tiling", () => {
  for (const [trial, again] of [
    [infinite, true],
    [straight, false],
    [product({ dtype: "i32", sides: [20, 260, 12] }), false],
  ] as const) {
    const { product: made, bindings } = productIn(trial);
    for (const tiling of tilingsFor(made, facts)) {
      const [kernel] = inTiling(made, tiling, bindings, facts, loopKernels).kernels;
      const found = kernel?.code.includes(
        "if (is_nan(sum)) { sum = sum_again(row, column, batch, piece); }",
      );
      expect(found, describe(tiling)).toBe(again);
    }
  }
});

numeric.test.each([
  "tiles of 32 × 32, 4",
  "4 invocations a sum",
  "tiles of 32 × 32 × 16",
  ", 2 pieces",
])("points beyond the padding count as zero under an infinite tap: %s", async (wanted) => {
  const device = new WebgpuDevice(
    await findDevice("webgpu", { gpu }),
    {},
    always((tilings) => tilings.find((x) => describe(x).includes(wanted)) as Tiling),
  );
  await compareTrial(device, referenceBackend(), infinite);
  await device[Symbol.asyncDispose]();
});
