/** The laws of every device, with the least that the specification promises, and without features. */
import { testBackend } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { describe, expect, it, test } from "vitest";
import { factsOf } from "../src/gpu/limits.ts";
import { accuracy, sumUnits } from "../src/wgsl/accuracy.ts";
import { makeDevice } from "./device.ts";

/** https://gpuweb.github.io/gpuweb/#limits; a dispatch carries no numbers. */
const least = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65535,
  maxImmediateSize: 0,
};
const stated = {
  accuracy,
  sums: sumUnits,
  flushesSubnormals: true,
  contractsMultiplyAdd: true,
  report: () => undefined,
};

numeric.describe("with the least limits", () => {
  const device = () => makeDevice({ limits: least, features: [] });
  testBackend(device, { describe, it }, { ...stated, runs: 6 });
});

numeric.describe("with grids of three groups a side", () => {
  const device = () => makeDevice({ limits: { maxComputeWorkgroupsPerDimension: 3 } });
  testBackend(
    device,
    { describe, it },
    { ...stated, runs: 5, chapters: ["accesses", "folds", "contract"] },
  );
});

test("the plug's limits are those", async () => {
  const { limits, dtypes } = await makeDevice({ limits: least, features: [] });
  expect(limits).toEqual({
    buffersPerKernel: 8,
    outputsPerKernel: 8,
    bytesPerBuffer: 2 ** 27,
    alignment: 256,
  });
  expect([...dtypes.keys()]).toEqual(["f32", "i32", "u32", "u8", "bool"]);
});

test("subgroups that WGSL cannot number are as good as none", async () => {
  const language = new Set(["subgroup_id"]);
  const device = {
    limits: {},
    features: new Set(["subgroups"]),
    adapterInfo: { subgroupMinSize: 32, subgroupMaxSize: 32 },
  } as unknown as GPUDevice;
  expect(factsOf(device, {}, language).subgroups).toEqual([32, 32]);
  expect(factsOf(device, {}, new Set()).subgroups).toBeNull();
  expect(factsOf(device, { features: [] }, language).subgroups).toBeNull();
});
