/**
 * Module 3.54 — One memory for everything, handed out in ranges.
 *
 * All tensors, scratch space and messages to threads lie in one shared `WebAssembly.Memory`, so that
 * a kernel reaches any of them by its address. It grows when it must. Ranges start at multiples of
 * 64, a cache line; neighbours that are free become one; the lowest range that is large enough is
 * used first, so that pages that were touched before are used again. (Ranges of equal classes come
 * back through the pool of @mt/backend, which stands before this.)
 */
import { canShare, mostPages } from "../wasm/module.ts";

const page = 65536;
/** Ranges are multiples of this. */
export const alignment = 64;
/** Bytes at the start that are never handed out: no range has address 0. */
const reserved = 1024;
/** Bytes at the end that are never handed out: loads may touch the page after their own. */
const slack = 4096 + 64;

interface Views {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
}
const viewsOf = ({ buffer }: WebAssembly.Memory): Views => ({
  bytes: new Uint8Array(buffer),
  words: new Uint32Array(buffer),
  doubles: new Float64Array(buffer),
});

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Whether several threads can see the memory. */
  readonly shared: boolean;
  readonly #mostPages: number;
  /** Free ranges by address. */
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  /** Sizes of ranges in use. */
  readonly #used = new Map<number, number>();
  #views: Views;
  #end: number;

  constructor(maximumBytes: number = mostPages * page) {
    this.#mostPages = Math.max(2, Math.min(mostPages, Math.floor(maximumBytes / page)));
    this.shared = canShare();
    // the maximum only reserves addresses; that of the import is the largest there is
    this.memory = new WebAssembly.Memory({ initial: 2, maximum: mostPages, shared: this.shared });
    this.#views = viewsOf(this.memory);
    this.#end = 2 * page - slack;
    this.#release(reserved, this.#end - reserved);
  }

  /** All of the memory; do not keep it, as it is another one after growth. */
  get bytes(): Uint8Array {
    return this.#views.bytes;
  }
  get words(): Uint32Array {
    return this.#views.words;
  }
  get doubles(): Float64Array {
    return this.#views.doubles;
  }

  /** The address of a new range with undefined contents, or null if there is no room. */
  allocate(bytes: number): number | null {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const at = this.#find(size);
    if (at < 0) return null;
    const start = this.#starts[at] as number;
    const rest = (this.#sizes[at] as number) - size;
    if (rest === 0) {
      this.#starts.splice(at, 1);
      this.#sizes.splice(at, 1);
    } else {
      this.#starts[at] = start + size;
      this.#sizes[at] = rest;
    }
    this.#used.set(start, size);
    return start;
  }
  /** Bytes of the range that `allocate` gave at this address. */
  sizeOf(address: number): number {
    return this.#used.get(address) ?? 0;
  }
  /** Takes back a range that `allocate` gave. */
  free(address: number): void {
    const size = this.#used.get(address);
    if (size === undefined) throw new Error(`no range starts at ${address}`);
    this.#used.delete(address);
    this.#release(address, size);
  }

  #find(size: number): number {
    const fits = (): number => this.#sizes.findIndex((free) => free >= size);
    const at = fits();
    return at >= 0 || !this.#grow(size) ? at : fits();
  }
  /** Room for `size` more bytes at the end, at least. */
  #grow(size: number): boolean {
    const last = this.#starts.length - 1;
    const tail = (this.#starts[last] ?? 0) + (this.#sizes[last] ?? 0) === this.#end;
    const missing = size - (tail ? (this.#sizes[last] as number) : 0);
    const now = this.memory.buffer.byteLength / page;
    const needed = Math.ceil(missing / page);
    for (const pages of [Math.max(needed, 16, Math.ceil(now / 8)), needed]) {
      if (now + pages > this.#mostPages) continue;
      try {
        this.memory.grow(pages);
      } catch {
        continue; // the host has no more
      }
      this.#views = viewsOf(this.memory);
      this.#release(this.#end, pages * page);
      this.#end += pages * page;
      return true;
    }
    return false;
  }
  #release(start: number, size: number): void {
    const [starts, sizes] = [this.#starts, this.#sizes];
    let at = starts.findIndex((other) => other > start);
    if (at < 0) at = starts.length;
    starts.splice(at, 0, start);
    sizes.splice(at, 0, size);
    // what touches becomes one
    for (const k of [at, at - 1]) {
      const end = (starts[k] as number) + (sizes[k] as number);
      if (starts[k + 1] !== end) continue;
      starts.splice(k + 1, 1);
      (sizes[k] as number) += sizes.splice(k + 1, 1)[0] as number;
    }
  }
}
