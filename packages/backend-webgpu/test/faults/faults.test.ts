/** What goes wrong on a GPU is an error that says what, after which work goes on. */
import {
  type Backend,
  type Buffer,
  type LoopKernel,
  type Program,
  poolOf,
  registerBackend,
  unregisterBackend,
} from "@mt/backend";
import { argument, call } from "@mt/operators";
import { tensor } from "@mt/tensor";
import { adapter, createOptions, numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { create } from "webgpu";
import { webgpu } from "../../src/index.ts";

const gpu = create(createOptions);
const nullGpu = create(["backend=null"]);

/** A device of our own, to break. */
async function deviceOf(from: GPU): Promise<GPUDevice> {
  const found = await from.requestAdapter();
  const device = await (found as GPUAdapter).requestDevice();
  return Object.assign(device, { from });
}

const x = argument(0, "f32");
const line = { offset: 0, strides: [1] };
const kernel: LoopKernel = {
  kind: "loop",
  outer: [3],
  inner: [],
  inputs: [{ kind: "read", slot: 0, dtype: "f32", ...line, guards: [], fill: 0 }],
  folds: [],
  stores: [{ slot: 1, dtype: "f32", inside: false, ...line, body: call("exp", call("mul", x, 2)) }],
};
const program: Program = {
  kernels: [kernel],
  slots: [
    { role: "argument", bytes: 12 },
    { role: "result", bytes: 12 },
  ],
  arenas: [],
  scalars: [],
};

/** A device that makes WGSL wrong, until it is mended. */
async function brokenDevice(): Promise<{ readonly device: Backend; readonly mend: () => void }> {
  const broken = await deviceOf(gpu);
  const make = broken.createShaderModule.bind(broken);
  broken.createShaderModule = ({ code }) =>
    make({ code: code.replace("float_exp((x0", "float_exp(true, (x0") });
  const mend = (): void => {
    broken.createShaderModule = make;
  };
  return { device: await webgpu({ device: broken }), mend };
}
const badKernel =
  /"webgpu" could not compile a kernel: line \d+, of exp\(x0 · 2\):\n {2}b1\[i0\] = float_exp\(.*\n {2}too many arguments.*\n[\s\S]*The kernel was:\nloop \[3\]/;

test("a kernel that does not compile is told with its line and formula, until it is not used", async () => {
  const { device, mend } = await brokenDevice();
  const executable = device.compile(program);
  const buffers = [device.allocate(12), device.allocate(12)];
  executable.run(buffers, new Float64Array());
  await expect(device.read(buffers[1] as never)).rejects.toThrow(badKernel);
  expect(() => device.compile(program)).toThrow("could not compile a kernel");
  mend();
  const other = { ...kernel, outer: [2] };
  device.compile({ ...program, kernels: [other] }).run(buffers, new Float64Array());
  await device.finish();
});

numeric.test(
  "a read that does not give up the turn tells of it, too, before it gives anything",
  async () => {
    const { device, mend } = await brokenDevice();
    const readNow = device.readSync as (buffer: Buffer) => Uint8Array;
    const buffers = [device.allocate(12), device.allocate(12)] as const;
    device.write(buffers[0], new Uint8Array(12));
    device.compile(program).run(buffers, new Float64Array());
    expect(() => readNow(buffers[1])).toThrow(badKernel);
    expect(() => device.compile(program)).toThrow("could not compile a kernel");
    mend();
    const other = { ...kernel, outer: [2] };
    device.compile({ ...program, kernels: [other] }).run(buffers, new Float64Array());
    expect([...new Float32Array(readNow(buffers[1]).buffer)].slice(0, 2)).toEqual([1, 1]);
  },
);

test("what the GPU refuses is told at the next read, once", async () => {
  const odd = await deviceOf(gpu);
  const device = await webgpu({ device: odd });
  const buffer = device.allocate(1024);
  odd.queue.writeBuffer(odd.createBuffer({ size: 4, usage: 4 }), 0, new Uint8Array(4));
  await expect(device.read(buffer)).rejects.toThrow('"webgpu" refused what it was asked for');
  await expect(device.read(buffer)).resolves.toHaveLength(1024);
});

numeric.test("reading at once tells of it before it gives anything, once", async () => {
  const odd = await deviceOf(gpu);
  const device = await webgpu({ device: odd });
  const readNow = device.readSync as (buffer: Buffer) => Uint8Array;
  const buffer = device.allocate(1024);
  odd.queue.writeBuffer(odd.createBuffer({ size: 4, usage: 4 }), 0, new Uint8Array(4));
  expect(() => readNow(buffer)).toThrow('"webgpu" refused what it was asked for');
  expect(readNow(buffer)).toHaveLength(1024);
  await expect(device.read(buffer)).resolves.toHaveLength(1024);
});

test("running out of memory is an error, after which there is room for what fits", async () => {
  const device = await webgpu({ gpu: nullGpu }); // which has 512 MiB
  const buffers = Array.from({ length: 6 }, () => device.allocate(100 * 2 ** 20));
  await expect(device.finish()).rejects.toMatchObject({ code: "out-of-memory" });
  device.free(buffers.shift() as never);
  device.write(buffers.at(-1) as never, new Uint8Array(8)); // there is room for it now
  await device.finish();
  for (const buffer of buffers) device.free(buffer);
  expect(() => device.allocate(device.limits.bytesPerBuffer + 4)).toThrow(
    /cannot give \d+ bytes in one piece: a kernel of this device reaches at most \d+ bytes/,
  );
});

test.each([
  ["a MiB and less", 2 ** 19],
  ["a slab", 8],
])("a buffer of %s that there was no room for is asked for again", async (_, bytes) => {
  const device = await webgpu({ gpu: nullGpu });
  const large = Array.from({ length: 4 }, () => device.allocate(128 * 2 ** 20));
  const buffers = [device.allocate(bytes), device.allocate(bytes)];
  await expect(device.finish()).rejects.toMatchObject({ code: "out-of-memory" });
  device.free(large.shift() as never);
  for (const buffer of buffers) device.write(buffer, new Uint8Array(8));
  await device.finish();
  for (const buffer of [...large, ...buffers]) device.free(buffer);
});

test("options that mean nothing are refused", async () => {
  const wrong: readonly [object, string][] = [
    [{ gpu: {} }, "option gpu has no requestAdapter()"],
    [{ adapter: {} }, "option adapter has no requestDevice()"],
    [{ device: {} }, "option device has no createBuffer()"],
    [{ limits: { maxBufers: 8 } }, "option limits.maxBufers is none of maxBufferSize, "],
    [{ limits: { maxBufferSize: Number.NaN } }, "limits.maxBufferSize is NaN"],
    [{ limits: { maxBufferSize: -1 } }, "limits.maxBufferSize is -1"],
    [{ limits: { maxComputeWorkgroupsPerDimension: 1 } }, "is 1, and kernels need 2"],
    [{ limits: { maxComputeInvocationsPerWorkgroup: 32 } }, "is 32, and kernels need 64"],
    [{ limit: {} }, "option limit is none of name, device, gpu, "],
    [{ features: "subgroups" }, "option features is no list"],
    [{ features: ["subgroup"] }, "option features names subgroup, none of shader-f16, subgroups, "],
    [{ memory: { maximumBytes: Number.NaN } }, "memory.maximumBytes is NaN"],
    [{ memory: { maximumBytes: "1 GB" } }, "memory.maximumBytes is 1 GB"],
  ];
  for (const [options, said] of wrong)
    await expect(webgpu({ gpu: nullGpu, ...options })).rejects.toThrow(said);
});

numeric.test("a device that was given can be read at once in Node, too", async () => {
  const backend = await webgpu({ device: await deviceOf(gpu) });
  expect(tensor([1, 2, 3], { backend }).mul(2).dataSync()).toEqual(new Float32Array([2, 4, 6]));
});

test("the budget is an error that names what takes most", async () => {
  const device = await webgpu({ gpu: nullGpu, memory: { maximumBytes: 2 ** 20 } });
  const pool = poolOf(device);
  pool.allocate(700_000, "weights");
  expect(() => pool.allocate(700_000, "activations")).toThrow(
    /700000 bytes for activations pass the budget of 1048576 bytes on "webgpu"; in use: weights/,
  );
});

numeric.test("a lost device says so, and a new one takes up what the host has kept", async () => {
  const doomed = await deviceOf(gpu);
  const first = await webgpu({ device: doomed });
  registerBackend(first);
  const weights = tensor([1, 2, 3], { requiresGrad: true });
  weights.square().sum().backward();
  const kept = await weights.data();
  const reading = weights.mul(2).exp().toArray();
  expect(first.gone).toBe(false);
  doomed.destroy();
  await expect(reading).rejects.toThrow(lost);
  await expect(weights.mul(3).toArray()).rejects.toThrow(lost);
  expect(() => first.allocate(4)).toThrow(lost);
  await expect(first.finish()).rejects.toThrow(lost);
  expect(first.gone).toBe(true);
  await first[Symbol.asyncDispose]();

  registerBackend(await webgpu({ gpu }));
  const again = tensor(kept, { requiresGrad: true });
  again.square().sum().backward();
  expect(await again.grad?.toArray()).toEqual([2, 4, 6]);
  unregisterBackend("webgpu");
});
const lost =
  /^"webgpu" is lost \(destroyed\): .* make another with registerBackend\(await webgpu\(\)\), make the model anew and load its parameters/;

test("a device that was given is left as it was", async () => {
  const own = await deviceOf(gpu);
  const device: Backend = await webgpu({ device: own });
  device.free(device.allocate(100));
  await device[Symbol.asyncDispose]();
  expect(() => device.allocate(4)).toThrow("has been disposed");
  expect(device.gone).toBe(true);
  own.pushErrorScope("validation");
  expect(await own.popErrorScope()).toBeNull();
  expect(adapter.name).not.toBe("");
});
