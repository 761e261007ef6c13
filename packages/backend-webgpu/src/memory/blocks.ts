/**
 * Module 3.117 — Buffers, and slabs for the smallest of them.
 *
 * A block is a buffer of the GPU, destroyed when it is freed: engines do not see how much memory hangs
 * on so small an object. (Those of one size come back through the pool of @mt/backend, which stands
 * before this.) Losses and metrics of a few bytes share slabs, at places 256 bytes apart. As a
 * dispatch may not read and write one buffer, kernels only ever read slabs: an executable copies
 * small results into them.
 */
const slabBytes = 65536;
/** Requests up to this many bytes lie in slabs; also the distance between places. */
export const smallBytes = 256;

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
  readonly gpu: GPUBuffer;
  readonly free: number[];
}

export class Blocks {
  readonly #device: GPUDevice;
  readonly #blocks = new Map<number, Block>();
  readonly #slabs = new Set<Slab>();
  #last = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A new block of so many bytes, and its number. */
  allocate(bytes: number): number {
    const id = ++this.#last;
    this.#blocks.set(id, bytes <= smallBytes ? this.#small(id) : this.#whole(id, bytes));
    return id;
  }
  find(id: number): Block | undefined {
    return this.#blocks.get(id);
  }
  free(id: number): void {
    const block = this.#blocks.get(id);
    this.#blocks.delete(id);
    if (!block) return;
    if (!block.slab) block.gpu.destroy();
    else this.#release(block.slab, block.offset);
  }
  clear(): void {
    for (const id of [...this.#blocks.keys()]) this.free(id);
  }

  #whole(id: number, size: number): Block {
    const bytes = Math.ceil(size / 4) * 4;
    const gpu = this.#device.createBuffer({ size: bytes, usage });
    return { id, gpu, offset: 0, bytes, slab: null };
  }
  #small(id: number): Block {
    let slab = [...this.#slabs].find(({ free }) => free.length > 0);
    if (!slab) {
      const places = Array.from({ length: slabBytes / smallBytes }, (_, i) => i * smallBytes);
      const gpu = this.#device.createBuffer({ size: slabBytes, usage });
      slab = { gpu, free: places.reverse() };
      this.#slabs.add(slab);
    }
    const offset = slab.free.pop() as number;
    return { id, gpu: slab.gpu, offset, bytes: smallBytes, slab };
  }
  /** A slab that nothing lies in any more goes, but for the last. */
  #release(slab: Slab, offset: number): void {
    slab.free.push(offset);
    if (slab.free.length < slabBytes / smallBytes || this.#slabs.size === 1) return;
    this.#slabs.delete(slab);
    slab.gpu.destroy();
  }
}
