/** What is asked of an adapter, and what the plug is told of it. */
import { expect, test } from "vitest";
import { factsOf } from "../../src/gpu/limits.ts";
import { leastLimits, makeDevice } from "../device.ts";

test("the least limits are those of the plug, too", async () => {
  const { limits, dtypes } = await makeDevice({ limits: leastLimits, features: [] });
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
