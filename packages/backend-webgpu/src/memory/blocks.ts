/**
 * Module 3.117 — Buffers, and slabs for the smallest of them.
 *
 * A block is a buffer of the GPU, destroyed when it is freed: engines do not see how much memory hangs
 * on so small an object. (Those of one size come back through the pool of @mt/backend, which stands
 * before this.) Losses and metrics of a few bytes share slabs, at places 256 bytes apart. As a
 * dispatch may not read and write one buffer, kernels only ever read slabs: an executable copies
 * small results into them.
 */
import type { BackendError } from "@mt/backend";
import type { Faults } from "../gpu/faults.ts";

const slabBytes = 65536;
/** Requests up to this many bytes lie in slabs. */
export const smallBytes = 64;
/** From place to place: what bindings must be aligned to. */
const placeBytes = 256;

const usage = 0x80 | 0x4 | 0x8; // STORAGE, COPY_SRC, COPY_DST: the flags are globals in pages only

/** Where a buffer lies. */
export interface Block {
  /** Names the place, for comparing: another place never has it. */
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly offset: number;
  /** What the GPU was asked for, in whole words. */
  readonly bytes: number;
  readonly slab: Slab | null;
}
interface Slab {
  gpu: GPUBuffer;
  readonly free: number[];
}

export class Blocks {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  /** Told of a buffer there was no room for; gives the error it is. */
  readonly #short: (said: string) => BackendError;
  readonly #blocks = new Map<number, Block>();
  /** Buffers that the GPU had no room for. */
  readonly #missing = new WeakSet<GPUBuffer>();
  readonly #slabs = new Set<Slab>();
  #last = 0;
  #lastPlace = 0;

  constructor(device: GPUDevice, short: (said: string) => BackendError, faults: Faults) {
    this.#device = device;
    this.#short = short;
    this.#faults = faults;
  }

  /** A new block of so many bytes, and its number. */
  allocate(bytes: number): number {
    const number = ++this.#last;
    this.#blocks.set(number, bytes <= smallBytes ? this.#small() : this.#whole(bytes));
    return number;
  }
  /** The block of this number; what there was no room for is asked for again. */
  find(number: number): Block | undefined {
    const block = this.#blocks.get(number);
    if (!block || !this.#missing.has(block.gpu)) return block;
    this.#replace(block);
    return this.#blocks.get(number);
  }
  free(number: number): void {
    const block = this.#blocks.get(number);
    this.#blocks.delete(number);
    if (!block) return;
    if (!block.slab) block.gpu.destroy();
    else this.#release(block.slab, block.offset);
  }
  clear(): void {
    for (const number of [...this.#blocks.keys()]) this.free(number);
  }

  #whole(size: number): Block {
    const bytes = Math.ceil(size / 4) * 4;
    return { id: ++this.#lastPlace, gpu: this.#buffer(bytes), offset: 0, bytes, slab: null };
  }
  /** Another buffer for this block, and for those that share its slab. */
  #replace({ gpu: missing, bytes, slab }: Block): void {
    missing.destroy();
    const gpu = this.#buffer(slab ? slabBytes : bytes);
    if (slab) slab.gpu = gpu;
    for (const [number, block] of this.#blocks)
      if (block.gpu === missing) this.#blocks.set(number, { ...block, id: ++this.#lastPlace, gpu });
  }
  #buffer(size: number): GPUBuffer {
    this.#device.pushErrorScope("out-of-memory");
    const gpu = this.#device.createBuffer({ size, usage });
    const tell = (error: GPUError): BackendError => {
      this.#missing.add(gpu);
      return this.#short(error.message);
    };
    this.#faults.expect({ popped: this.#device.popErrorScope(), tell });
    return gpu;
  }
  #small(): Block {
    let slab = [...this.#slabs].find(({ free }) => free.length > 0);
    if (!slab) {
      const places = Array.from({ length: slabBytes / placeBytes }, (_, i) => i * placeBytes);
      slab = { gpu: this.#buffer(slabBytes), free: places.reverse() };
      this.#slabs.add(slab);
    }
    const offset = slab.free.pop() as number;
    return { id: ++this.#lastPlace, gpu: slab.gpu, offset, bytes: smallBytes, slab };
  }
  /** A slab that nothing lies in any more goes, but for the last. */
  #release(slab: Slab, offset: number): void {
    slab.free.push(offset);
    if (slab.free.length < slabBytes / placeBytes || this.#slabs.size === 1) return;
    this.#slabs.delete(slab);
    slab.gpu.destroy();
  }
}
