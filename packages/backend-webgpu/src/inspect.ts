/**
 * Module 3.124 — Looking at kernels, without a GPU.
 */
import { type Kernel, localize, notClaimed } from "@mt/backend";
import { generate, generates } from "./generate/generate.ts";
import { type Facts, leastFacts } from "./generate/kernel.ts";

/**
 * The modules of WGSL that a kernel becomes, one for each dispatch, with the least limits and no
 * features; `facts` say what else there is.
 * @throws BackendError for a kernel that this device does not run.
 */
export function wgslOf(kernel: Kernel, facts: Partial<Facts> = {}): readonly string[] {
  if (!generates(kernel)) throw notClaimed("webgpu", kernel.kind);
  const { kernel: local, bindings } = localize(kernel);
  const { kernels } = generate(local, bindings.length, { ...leastFacts, ...facts });
  return kernels.map(({ code }) => code);
}
