/** Kernels are timed by the GPU's own clock, where it has one, and by waiting where it has none. */
import { record, registerBackend, unregisterBackend } from "@mt/backend";
import { ones, type Tensor, tensor, trace } from "@mt/tensor";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect } from "vitest";
import { makeDevice, sharedDevice } from "./device.ts";

const work = (): Tensor => {
  const x = tensor(
    Float32Array.from({ length: 4096 }, (_, i) => (i % 17) / 8),
    { shape: [64, 64] },
  );
  return x
    .matmul(x)
    .relu()
    .softmax(-1)
    .matmul(ones([64, 3]))
    .sum(0);
};

numeric.test.each([
  ["with timestamps", sharedDevice],
  ["without", () => makeDevice({ features: [] })],
])("a trace has a span for each kernel, %s", async (_, make) => {
  const device = record(await make());
  registerBackend(device);
  const expected = await work().toArray();
  const kernels = device.kernels.length;
  device.clear();
  let found: unknown;
  const { spans } = await trace(async () => {
    found = await work().toArray();
  });
  expect(found).toEqual(expected);
  expect(spans).toHaveLength(kernels);
  for (const { duration, kernel } of spans) {
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeLessThan(10_000);
    expect(kernel.operationNames.length).toBeGreaterThan(0);
  }
  spans.slice(1).forEach(({ start }, i) => {
    const before = spans[i] as (typeof spans)[number];
    expect(start).toBeGreaterThanOrEqual(before.start + before.duration);
  });
  unregisterBackend(device.name);
});

numeric.test("a program tells milliseconds by kernel, those without points none", async () => {
  const device = await sharedDevice();
  using nothing = device.compile({ kernels: [], slots: [], arenas: [], scalars: [] });
  expect(await nothing.time?.([], new Float64Array())).toEqual([]);
  expect(() => nothing.run([], new Float64Array())).not.toThrow();
  await expect(
    nothing.time?.([{ backend: device, block: 0, offset: 0, bytes: 4 }], new Float64Array()),
  ).rejects.toThrow("1 buffers for 0 slots");
});
