/** Whether WGSL is WGSL: asked of Dawn's null backend, which has every feature and computes nothing. */
import { create } from "webgpu";
import type { GeneratedKernel } from "../src/generate/kernel.ts";

const gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
const features = [
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "chromium-experimental-subgroup-matrix",
];
let made: Promise<GPUDevice> | undefined;

async function nullDevice(): Promise<GPUDevice> {
  const adapter = (await gpu.requestAdapter()) as GPUAdapter;
  const device = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  return Object.assign(device, { gpu, adapter });
}

/** What is wrong with a module; an empty list: nothing. */
export async function complaintsAbout({ code }: GeneratedKernel): Promise<readonly string[]> {
  made ??= nullDevice();
  const device = await made;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const error = await device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  const said = messages.map(({ lineNum, message }) => `${lineNum}: ${message}`);
  return error ? [...said, error.message] : said;
}
