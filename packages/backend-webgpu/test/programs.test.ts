/** Random programs of the tensor package: every value is what its definition says. */
import { numeric } from "@mt-tools/adapters/numeric";
import fc from "fast-check";
import { on } from "../../tensor/test/devices.ts";
import { kernelsMeanTheGraph, runs } from "../../tensor/test/laws.ts";
import { told } from "../../tensor/test/program-text.ts";
import { programs } from "../../tensor/test/programs.ts";
import { sharedDevice } from "./device.ts";

numeric.test.each([
  ["small values", false, 16, 0.02],
  ["large values", true, 12, 0.004],
] as const)("%s", { timeout: 600_000 }, async (_, large, length, part) => {
  const device = await sharedDevice();
  const manner = { exact: true, large };
  const law = told((steps) => kernelsMeanTheGraph(steps, manner), manner);
  on(device, () => fc.assert(fc.property(programs(length), law), runs(0, part)));
  await device.finish();
});
