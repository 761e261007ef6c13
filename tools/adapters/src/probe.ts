/**
 * Asks for an adapter and lets it compute, in a process of its own: a driver that crashes or hangs
 * then ends nothing but this. Prints what the adapter is, as JSON, or why there is none.
 */
import { create, globals } from "webgpu";
import { nameOf } from "./ways.ts";

const { GPUBufferUsage, GPUMapMode } = globals as unknown as typeof globalThis;

const code = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { x[i] = x[i] * x[i]; }`;

/** 1, 2, 3, 4, squared by the adapter. */
async function squares(device: GPUDevice): Promise<string> {
  const numbers = new Float32Array([1, 2, 3, 4]);
  const buffer = (usage: number) => device.createBuffer({ size: numbers.byteLength, usage });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const [x, result] = [buffer(STORAGE | COPY_SRC | COPY_DST), buffer(MAP_READ | COPY_DST)];
  device.queue.writeBuffer(x, 0, numbers);
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const layout = pipeline.getBindGroupLayout(0);
  const entries = [{ binding: 0, resource: { buffer: x } }];
  const commands = device.createCommandEncoder();
  const pass = commands.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  commands.copyBufferToBuffer(x, result);
  device.queue.submit([commands.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  return new Float32Array(result.getMappedRange()).join();
}

const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("there is no adapter");
const device = await adapter.requestDevice();
const computed = await squares(device);
if (computed !== "1,4,9,16") throw new Error(`it squares 1, 2, 3, 4 to ${computed}`);
const said = { name: nameOf(adapter.info), software: adapter.info.isFallbackAdapter };
console.log(JSON.stringify(said));
device.destroy();
Object.assign(globalThis, { gpu }); // what `create` returns must outlive its devices
