/**
 * Module 3.118 — Reading: copies into buffers the host can map, which are used again.
 */
const smallest = 256;
/** Idle bytes to keep. */
const mostIdle = 64 * 2 ** 20;
const usage = 0x1 | 0x8; // MAP_READ, COPY_DST
const mapRead = 0x1;

const classOf = (bytes: number): number => Math.max(smallest, 2 ** Math.ceil(Math.log2(bytes)));

/** A copy on its way to the host. */
export interface Reading {
  /** Starts as `"pending"`; the bytes are there when it is `"mapped"`. */
  readonly staging: GPUBuffer;
  readonly mapped: Promise<void>;
}

export class Staging {
  readonly #device: GPUDevice;
  readonly #idle = new Map<number, GPUBuffer[]>();
  #idleBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Copies bytes of a buffer, after all that was submitted so far. */
  start(from: GPUBuffer, offset: number, bytes: number): Reading {
    const whole = Math.ceil(bytes / 4) * 4;
    const staging = this.#take(classOf(whole));
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, offset, staging, 0, whole);
    this.#device.queue.submit([encoder.finish()]);
    const mapped = staging.mapAsync(mapRead, 0, whole);
    mapped.catch(() => {}); // told to whoever awaits it
    return { staging, mapped };
  }
  /** The bytes, once they are mapped. */
  finish({ staging }: Reading, bytes: number): Uint8Array {
    const copy = new Uint8Array(staging.getMappedRange(0, Math.ceil(bytes / 4) * 4)).slice(
      0,
      bytes,
    );
    staging.unmap();
    this.#give(staging);
    return copy;
  }
  /** A reading that came to nothing. */
  abandon({ staging }: Reading): void {
    staging.destroy();
  }

  clear(): void {
    for (const buffers of this.#idle.values()) for (const buffer of buffers) buffer.destroy();
    this.#idle.clear();
    this.#idleBytes = 0;
  }

  #take(size: number): GPUBuffer {
    const idle = this.#idle.get(size)?.pop();
    if (idle) this.#idleBytes -= size;
    return idle ?? this.#device.createBuffer({ size, usage });
  }
  #give(buffer: GPUBuffer): void {
    const { size } = buffer;
    if (this.#idleBytes + size > mostIdle) {
      buffer.destroy();
      return;
    }
    this.#idleBytes += size;
    const list = this.#idle.get(size) ?? [];
    list.push(buffer);
    this.#idle.set(size, list);
  }
}
