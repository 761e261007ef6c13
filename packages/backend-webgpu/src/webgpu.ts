/**
 * Module 3.123 — Making the device.
 */
import type { Backend } from "@mt/backend";
import { WebgpuDevice } from "./device.ts";
import { findDevice } from "./gpu/find.ts";
import type { WebgpuOptions } from "./options.ts";

/**
 * The GPU, as a device for tensors: `navigator.gpu` in a page or in Deno, the npm package `webgpu`
 * in Node.
 * @throws BackendError if there is no GPU; it says what was tried, and how to get one.
 * @example
 * await webgpu({ gpu: { requestAdapter: async () => null } }); // BackendError: webgpu: no adapter was found; …
 */
export async function webgpu(options: WebgpuOptions = {}): Promise<Backend> {
  const { device: _, adapter: __, ...kept } = options; // a lost device leaves its adapter of no use
  const made = new WebgpuDevice(await findDevice(options.name ?? "webgpu", options), options);
  return Object.assign(made, { remake: () => webgpu(kept) });
}
