/**
 * Module 3.119c — How long dispatches take, by the GPU's clock or, without one, by ours.
 */
const timestampUsage = 0x200 | 0x4; // QUERY_RESOLVE, COPY_SRC
const readUsage = 0x1 | 0x8; // MAP_READ, COPY_DST
const bytes = 16; // two timestamps

/** Nanoseconds that a pass takes; what is encoded reads and writes nothing of the user's. */
export async function timePass(
  device: GPUDevice,
  encode: (pass: GPUComputePassEncoder) => void,
): Promise<number> {
  return device.features.has("timestamp-query")
    ? byTimestamps(device, encode)
    : byClock(device, encode);
}

async function byTimestamps(
  device: GPUDevice,
  encode: (pass: GPUComputePassEncoder) => void,
): Promise<number> {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const resolved = device.createBuffer({ size: bytes, usage: timestampUsage });
  const staging = device.createBuffer({ size: bytes, usage: readUsage });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    encode(pass);
    pass.end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(0x1);
    const [from = 0n, to = 0n] = new BigUint64Array(staging.getMappedRange());
    return Number(to - from);
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

async function byClock(
  device: GPUDevice,
  encode: (pass: GPUComputePassEncoder) => void,
): Promise<number> {
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  encode(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) * 1e6;
}
