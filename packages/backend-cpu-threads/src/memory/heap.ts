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
/** Bytes at the end that are never handed out, so that a load may touch a little more than its own. */
const slack = 64;

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
  #bytes: Uint8Array;
  #words: Uint32Array;
  #doubles: Float64Array;
  #end: number;

  constructor(maximumBytes: number = mostPages * page) {
    this.#mostPages = Math.max(2, Math.min(mostPages, Math.floor(maximumBytes / page)));
    this.shared = canShare();
    // the maximum only reserves addresses; that of the import is the largest there is
    this.memory = new WebAssembly.Memory({ initial: 2, maximum: mostPages, shared: this.shared });
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#words = new Uint32Array(this.memory.buffer);
    this.#doubles = new Float64Array(this.memory.buffer);
    this.#end = 2 * page - slack;
    this.#release(reserved, this.#end - reserved);
  }

  /** All of the memory; do not keep it, as it is another one after growth. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }
  get words(): Uint32Array {
    return this.#words;
  }
  get doubles(): Float64Array {
    return this.#doubles;
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
      this.#bytes = new Uint8Array(this.memory.buffer);
      this.#words = new Uint32Array(this.memory.buffer);
      this.#doubles = new Float64Array(this.memory.buffer);
      this.#release(this.#end, pages * page);
      this.#end += pages * page;
      return true;
    }
    return false;
  }
  #release(start: number, size: number): void {
    let at = this.#starts.findIndex((other) => other > start);
    if (at < 0) at = this.#starts.length;
    const joinsNext = this.#starts[at] === start + size;
    const joinsLast =
      at > 0 && (this.#starts[at - 1] as number) + (this.#sizes[at - 1] as number) === start;
    if (joinsLast) {
      const more = joinsNext ? (this.#sizes[at] as number) : 0;
      this.#sizes[at - 1] = (this.#sizes[at - 1] as number) + size + more;
      if (joinsNext) {
        this.#starts.splice(at, 1);
        this.#sizes.splice(at, 1);
      }
    } else if (joinsNext) {
      this.#starts[at] = start;
      this.#sizes[at] = (this.#sizes[at] as number) + size;
    } else {
      this.#starts.splice(at, 0, start);
      this.#sizes.splice(at, 0, size);
    }
  }
}
