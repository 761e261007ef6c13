/**
 * Module 3.7 — Buffers that come back.
 *
 * Fresh memory is dear: a page touched for the first time costs more than copying into one that was
 * used before. A freed buffer therefore stays with the pool and serves the next request of its size
 * class. Sixteen classes per power of two waste at most a sixteenth.
 */
import type { Backend, Buffer } from "./backend.ts";
import { type BackendError, freedBuffer, overBudget } from "./errors.ts";
import { companion } from "./table.ts";

/** What a buffer in use is for, and what it takes. */
export interface LiveBuffer {
  readonly label: string;
  /** As asked for; its class may be a little larger. */
  readonly bytes: number;
}
/** With the buffer as the device gave it. */
type Entry = readonly [lent: LiveBuffer, whole: Buffer];

const smallest = 64;
/** Bytes of the class that serves a request. */
export function sizeClass(bytes: number): number {
  const step = Math.max(smallest, 2 ** (Math.floor(Math.log2(Math.max(1, bytes))) - 4));
  return Math.max(smallest, Math.ceil(bytes / step) * step);
}

/**
 * Lends the buffers of one device.
 * @example
 * const pool = new BufferPool(referenceBackend());
 * pool.free(pool.allocate(1000, "weights"));
 * [pool.live, pool.pooled, pool.peak]; // [0, 1024, 1024]
 */
export class BufferPool {
  declare readonly backend: Backend;
  /** Most bytes to hold at a time, lent and idle together: past it is an error, not a dead machine. */
  budget: number = 2 ** 32;
  #live = 0;
  #pooled = 0;
  #peak = 0;
  readonly #lent = new Map<number, Entry>();
  readonly #idle = new Map<number, Buffer[]>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Bytes lent, by size class. */
  get live(): number {
    return this.#live;
  }
  /** Bytes held for reuse. */
  get pooled(): number {
    return this.#pooled;
  }
  /** The most bytes held at a time so far, lent and idle together. */
  get peak(): number {
    return this.#peak;
  }

  /**
   * A buffer of this many bytes with undefined contents; `label` names it in errors.
   * @throws BackendError if the budget or the device has no room, after all idle buffers were freed.
   */
  allocate(bytes: number, label = "buffer"): Buffer {
    const size = sizeClass(bytes);
    const whole = this.#idle.get(size)?.pop();
    if (whole) this.#pooled -= size;
    const given = whole ?? this.#fresh(size, bytes, label);
    this.#live += size;
    this.#peak = Math.max(this.#peak, this.#live + this.#pooled);
    this.#lent.set(given.block, [{ label, bytes }, given]);
    return { backend: this.backend, block: given.block, offset: given.offset, bytes };
  }

  /** Takes a buffer back. @throws BackendError if it is not lent (any more). */
  free(buffer: Buffer): void {
    const { block } = buffer;
    const [, whole] = this.#lent.get(block) ?? [];
    if (!whole) throw freedBuffer(this.backend.name, "free", block);
    this.#lent.delete(block);
    const size = whole.bytes;
    this.#live -= size;
    this.#pooled += size;
    const idle = this.#idle.get(size);
    if (idle) idle.push(whole);
    else this.#idle.set(size, [whole]);
  }

  /** Gives all idle buffers back to the device. */
  trim(): void {
    for (const buffers of this.#idle.values())
      for (const buffer of buffers) this.backend.free(buffer);
    this.#idle.clear();
    this.#pooled = 0;
  }

  /** The largest buffers in use, largest first. */
  largest(count = 5): LiveBuffer[] {
    const lent = Array.from(this.#lent.values(), ([lent]) => lent);
    return lent.sort((a, b) => b.bytes - a.bytes).slice(0, count);
  }

  #fresh(size: number, bytes: number, label: string): Buffer {
    const room = this.budget - this.#live - size;
    if (this.#pooled > room) this.trim();
    if (room < 0)
      throw overBudget(this.backend.name, { label, bytes }, this.budget, this.largest());
    try {
      return this.backend.allocate(size);
    } catch (error) {
      if ((error as Partial<BackendError> | null)?.code !== "out-of-memory") throw error;
      this.trim();
      return this.backend.allocate(size);
    }
  }
}

/** The one pool of a device in this process. */
export const poolOf = (backend: Backend): BufferPool =>
  companion(backend, "pool", () => new BufferPool(backend));
