/**
 * Module 3.23 — A program made ready: a list of calls.
 *
 * A run notes where each slot lies, then calls kernel after kernel; before each it writes the
 * kernel's block: addresses, then numbers. Nothing is made on the way but the arenas' buffers.
 */
import {
  type Buffer,
  type BufferPool,
  disposed,
  type Executable,
  outsideBuffer,
  type Program,
  type Slot,
  wrongRun,
} from "@mt/backend";
import { dtypes } from "@mt/operators";
import { flagOffset, type Slices, scalarOffset } from "./generate/kernel.ts";
import type { CompiledKernel, Prepared } from "./library.ts";
import type { Heap } from "./memory/heap.ts";
import type { Abandoned } from "./threads/crew.ts";

const once: Slices = { count: 1, steps: [] };

/** What an executable needs of its device. */
export interface Host {
  readonly name: string;
  readonly heap: Heap;
  /** Where arenas are borrowed for the length of a run, so that programs share them. */
  readonly pool: BufferPool;
  /** Where the block of the kernel that runs lies. */
  block: number;
  /** The address of a buffer. */
  readonly find: (buffer: Buffer) => number;
  /** Does all units of a kernel: null; or gives it up, while threads may still write. */
  readonly dispatch: (kernel: CompiledKernel, block: number) => Abandoned | null;
  /** Moves what lies at these addresses, and the block, to where no thread of old writes. */
  readonly retreat: (addresses: readonly number[], abandoned: Abandoned) => void;
}

export class CpuExecutable implements Executable {
  readonly #host: Host;
  readonly #program: Program;
  readonly #steps: readonly Prepared[];
  /** Slots that are given at each run. */
  readonly #bound: readonly number[];
  readonly #addresses: Float64Array;
  /** Brings each of the program's numbers to its dtype. */
  readonly #roundings: readonly ((x: number) => number)[];
  /** Bytes of scratch space that the most demanding kernel needs: all use the same. */
  readonly #space: number;
  #disposed: boolean = false;

  constructor(host: Host, program: Program, steps: readonly Prepared[]) {
    this.#host = host;
    this.#program = program;
    this.#steps = steps;
    this.#bound = program.slots.flatMap((slot, i) => (slot.role === "temporary" ? [] : [i]));
    this.#addresses = new Float64Array(program.slots.length);
    this.#roundings = program.scalars.map((dtype) => dtypes[dtype].fromFloat);
    this.#space = Math.max(0, ...steps.map(({ space }) => space));
  }

  run(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { name, pool } = this.#host;
    if (this.#disposed) throw disposed(name, "an executable");
    this.#bind(buffers, scalars);
    const arenas: Buffer[] = [];
    try {
      for (const bytes of this.#program.arenas) arenas.push(pool.allocate(bytes, "temporaries"));
      this.#place(arenas);
      for (const step of this.#steps)
        while (!this.#step(step, scalars)) {
          this.#bind(buffers, scalars);
          this.#place(arenas);
        }
    } finally {
      for (const arena of arenas) pool.free(arena);
    }
  }

  /** Whether it is done; if not, memory has moved and it has to be done again, from its start. */
  #step(step: Prepared, scalars: Float64Array): boolean {
    const { kernels, bindings, stores, scratch, scalars: used, again } = step;
    const { block, heap, pool, find, dispatch, retreat } = this.#host;
    const bytes = Math.max(this.#space, step.space); // one that is run again may need more
    const space = step.space > 0 ? pool.allocate(bytes, "scratch") : null;
    try {
      const count = bindings.length;
      const { words, doubles } = heap;
      for (let i = 0; i < count; i++)
        words[block / 4 + i] = this.#addresses[
          (bindings[i] as Prepared["bindings"][number]).slot
        ] as number;
      const start = space ? find(space) : 0;
      for (let i = 0; i < scratch.length; i++)
        words[block / 4 + count + i] = start + (scratch[i] as number);
      used.forEach((scalar, i) => {
        doubles[(block + scalarOffset(count + scratch.length, i)) / 8] = this.#roundings[scalar]?.(
          scalars[scalar] as number,
        ) as number;
      });
      const flag = (block + flagOffset) / 4;
      words[flag] = 0;
      for (let from = 0, to = 0; from < kernels.length; from = to) {
        const { count: times, steps } = kernels[from]?.slices ?? once;
        for (let slice = 0; slice < times; slice++) {
          for (to = from; (kernels[to]?.slices ?? once).steps === steps; to++) {
            const kernel = kernels[to];
            if (!kernel) break;
            const abandoned = dispatch(kernel, block);
            if (!abandoned) continue;
            const written = stores.map((slot) => this.#addresses[slot] as number);
            retreat(space ? [...written, find(space)] : written, abandoned);
            return false;
          }
          const by = slice < times - 1 ? 1 : 1 - times; // and back
          steps.forEach((step, i) => {
            words[block / 4 + i] = (words[block / 4 + i] as number) + by * step;
          });
        }
      }
      return words[flag] === 0 || this.#step(again(), scalars);
    } finally {
      if (space) pool.free(space);
    }
  }

  /** Checks a run's buffers and notes where each of them lies. */
  #bind(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { slots, scalars: declared } = this.#program;
    const { name, find } = this.#host;
    const bound = this.#bound;
    if (buffers.length !== bound.length)
      throw wrongRun(name, `${buffers.length} buffers for ${bound.length} slots`);
    if (scalars.length < declared.length)
      throw wrongRun(name, `${scalars.length} numbers for ${declared.length} scalars`);
    for (let i = 0; i < bound.length; i++) {
      const buffer = buffers[i] as Buffer;
      const slot = bound[i] as number;
      const { bytes } = slots[slot] as Slot;
      if (buffer.bytes < bytes) throw outsideBuffer(name, "run", 0, bytes, buffer.bytes);
      this.#addresses[slot] = find(buffer);
    }
  }
  #place(arenas: readonly Buffer[]): void {
    const { slots } = this.#program;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      if (slot.role !== "temporary") continue;
      this.#addresses[i] = this.#host.find(arenas[slot.arena] as Buffer) + slot.offset;
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }
}
