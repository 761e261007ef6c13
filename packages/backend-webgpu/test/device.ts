/**
 * The one device of a test process. Dawn's own checks of what kernels touch are off: with them a
 * software adapter takes ten times as long to compile a kernel with barriers.
 */
import type { Backend } from "@mt/backend";
import { createOptions } from "@mt-tools/adapters/numeric";
import { create } from "webgpu";
import { webgpu } from "../src/index.ts";
import type { WebgpuOptions } from "../src/options.ts";

const toggles = ["allow_unsafe_apis", "disable_robustness", "disable_workgroup_init"];
export const gpu = create([...createOptions, `enable-dawn-features=${toggles.join()}`]);

export const makeDevice = (options: WebgpuOptions = {}): Promise<Backend> =>
  webgpu({ gpu, choices: null, ...options });

let made: Promise<Backend> | undefined;
export function sharedDevice(): Promise<Backend> {
  made ??= makeDevice();
  return made;
}

/**
 * The least that the specification promises; a dispatch carries no numbers.
 * https://gpuweb.github.io/gpuweb/#limits
 */
export const leastLimits = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65535,
  maxImmediateSize: 0,
};
