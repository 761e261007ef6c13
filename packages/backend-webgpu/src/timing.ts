/**
 * Module 3.119c — How long dispatches take, by the GPU's clock or, without one, by ours.
 */
const timestampUsage = 0x200 | 0x4; // QUERY_RESOLVE, COPY_SRC
const readUsage = 0x1 | 0x8; // MAP_READ, COPY_DST
const stampBytes = 8;
/** Timestamps that a query set may hold. */
const most = 4096;

/** Timestamps at the beginning and at the end of passes. */
export class Stamps {
  readonly #count: number;
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  /** For so many passes; the device must have timestamps. */
  constructor(device: GPUDevice, count: number) {
    this.#count = count;
    this.#sets = Array.from({ length: Math.ceil((2 * count) / most) }, () =>
      device.createQuerySet({ type: "timestamp", count: Math.min(most, 2 * count) }),
    );
    const size = Math.max(1, this.#sets.length) * most * stampBytes;
    this.#resolved = device.createBuffer({ size, usage: timestampUsage });
    this.#staging = device.createBuffer({ size, usage: readUsage });
  }

  /** What pass `i` is to be begun with. */
  of(i: number): GPUComputePassDescriptor {
    const querySet = this.#sets[Math.floor((2 * i) / most)] as GPUQuerySet;
    const first = (2 * i) % most;
    return {
      timestampWrites: {
        querySet,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }
  /** Behind the passes. */
  resolve(encoder: GPUCommandEncoder): void {
    this.#sets.forEach((set, k) => {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved, k * most * stampBytes);
    });
    const { size } = this.#resolved;
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, size);
  }
  /** Nanoseconds that each pass took, once the encoder's commands are submitted; they are read once. */
  async durations(): Promise<readonly number[]> {
    try {
      await this.#staging.mapAsync(0x1);
      const stamps = new BigUint64Array(this.#staging.getMappedRange());
      return Array.from({ length: this.#count }, (_, i) =>
        Math.max(0, Number((stamps[2 * i + 1] ?? 0n) - (stamps[2 * i] ?? 0n))),
      );
    } finally {
      this.destroy();
    }
  }
  destroy(): void {
    for (const set of this.#sets) set.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
  }
}

/** Nanoseconds that a pass takes; what is encoded reads and writes nothing of the user's. */
export async function timePass(
  device: GPUDevice,
  encode: (pass: GPUComputePassEncoder) => void,
): Promise<number> {
  const stamps = device.features.has("timestamp-query") ? new Stamps(device, 1) : null;
  if (!stamps) await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass(stamps?.of(0));
  encode(pass);
  pass.end();
  stamps?.resolve(encoder);
  device.queue.submit([encoder.finish()]);
  if (stamps) return (await stamps.durations())[0] as number;
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) * 1e6;
}
