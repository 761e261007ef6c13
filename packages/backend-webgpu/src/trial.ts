/**
 * Module 3.119d — Trying a tiling of a product: on memory of its own, for as long as it takes.
 */
import type { Read } from "@mt/backend";
import { bareProduct, inTiling } from "./generate/contract.ts";
import type { Product } from "./generate/contract-product.ts";
import type { Tiling } from "./generate/contract-tiling.ts";
import { rangeOf } from "./generate/forms.ts";
import { loopKernels } from "./generate/generate.ts";
import type { Facts } from "./generate/kernel.ts";
import { sizeOf } from "./generate/nest.ts";
import { outcomeOf } from "./gpu/faults.ts";
import type { Library } from "./library.ts";
import { timePass } from "./timing.ts";

const storageUsage = 0x80; // STORAGE
/** Bytes that trials may take. */
const mostBytes = 2 ** 30;
/** Nanoseconds that a measurement should take at least; and runs it may be made of. */
const [enough, mostRuns] = [4e6, 32];

/** Bytes of the bindings of a bare product, and of its scratch space. */
function bytesOf(product: Product, scratch: readonly number[]): readonly number[] {
  const { inputs, outer, stores } = product.kernel;
  const bytes: number[] = [];
  for (const input of inputs as readonly Read[]) {
    const [, high] = rangeOf(input, product.box);
    bytes[input.slot] = Math.max(bytes[input.slot] ?? 0, 4 * (high + 1), 16);
  }
  for (const { slot } of stores) bytes[slot] = 4 * sizeOf(outer);
  return [...bytes, ...scratch].map((n) => Math.ceil(n / 16) * 16);
}

/** Nanoseconds a product takes in some tiling, the second time; infinite if it cannot be run. */
export async function timeTiling(
  device: GPUDevice,
  facts: Facts,
  library: Library,
  whole: Product,
  tiling: Tiling,
): Promise<number> {
  const product = bareProduct(whole);
  const { kernel } = product;
  const bindings = Math.max(...kernel.stores.map(({ slot }) => slot)) + 1;
  const { kernels, scratch } = inTiling(product, tiling, bindings, facts, loopKernels);
  const sizes = bytesOf(product, scratch);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const largest = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  if (sizes.some((n) => n > largest) || sizes.reduce((sum, n) => sum + n, 0) > mostBytes)
    return Infinity;
  const compiled = kernels.map((made) => library.compile(made, kernel));
  const faults = await Promise.all(compiled.map(({ asked }) => outcomeOf(asked)));
  if (faults.some((fault) => fault !== null)) return Infinity;
  device.pushErrorScope("out-of-memory");
  const buffers = sizes.map((size) => device.createBuffer({ size, usage: storageUsage }));
  const short = device.popErrorScope();
  try {
    if (await short) return Infinity;
    const groups = compiled.map(({ kernel: made }) =>
      device.createBindGroup({
        layout: made.layout,
        entries: made.bindings.map(({ binding }, i) => ({
          binding: i,
          resource: { buffer: buffers[binding] as GPUBuffer },
        })),
      }),
    );
    const encode = (times: number) => (pass: GPUComputePassEncoder) => {
      for (let i = 0; i < times; i++)
        compiled.forEach(({ kernel: made }, k) => {
          pass.setPipeline(made.pipeline);
          pass.setBindGroup(0, groups[k] as GPUBindGroup);
          pass.dispatchWorkgroups(...made.workgroups);
        });
    };
    await timePass(device, encode(1)); // drivers compile when something is first used
    const once = await timePass(device, encode(1));
    if (once > enough) return once;
    const runs = Math.min(mostRuns, Math.ceil(enough / Math.max(1, once)));
    return (await timePass(device, encode(runs))) / runs;
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
