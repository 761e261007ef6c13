/**
 * Module 3.16 — A program made ready on the reference device.
 *
 * Each kernel is compiled once per structure and bound to memory at each run: a binding is a typed
 * array over a whole block and the element where its slot starts, so that running makes no objects.
 */
import { type DType, dtypes, type TypedArray } from "@mt/operators";
import type { Buffer, Executable } from "../backend.ts";
import { disposed, outsideBuffer, wrongRun } from "../errors.ts";
import type { Kernel } from "../kernel.ts";
import type { BufferPool } from "../pool.ts";
import type { Program, Slot } from "../program.ts";
import { type Binding, localize } from "../structure.ts";
import type { KernelFunction, Memory } from "./interpret.ts";

/** Host memory under one allocation, and the views of it that kernels have asked for. */
export class Block {
  readonly bytes: ArrayBuffer;
  readonly #views: Partial<Record<DType, TypedArray>> = {};

  constructor(size: number) {
    this.bytes = new ArrayBuffer(Math.ceil(size / 8) * 8); // room for whole elements of any dtype
  }

  view(dtype: DType): TypedArray {
    const { array, bytes } = dtypes[dtype];
    this.#views[dtype] ??= new array(this.bytes, 0, this.bytes.byteLength / bytes);
    return this.#views[dtype];
  }
}

/** What an executable needs of its device. */
export interface Host {
  readonly name: string;
  /** Where arenas are borrowed for the length of a run, so that programs share them. */
  readonly pool: BufferPool;
  readonly compile: (kernel: Kernel) => KernelFunction;
  readonly find: (buffer: Buffer) => Block;
  /** Typed arrays and offsets of the kernel that runs; one for all, so that no program keeps any. */
  readonly memory: Memory;
}

/** What a slot is bound to: a block, and a byte offset in it. */
interface Place {
  block: Block | undefined;
  offset: number;
}
interface Step {
  readonly run: KernelFunction;
  readonly bindings: readonly Binding[];
}

export class ReferenceExecutable implements Executable {
  readonly #host: Host;
  readonly #program: Program;
  readonly #bound: readonly number[];
  readonly #steps: readonly Step[];
  readonly #places: readonly Place[];
  #disposed: boolean = false;

  constructor(host: Host, program: Program) {
    this.#host = host;
    this.#program = program;
    this.#bound = program.slots.flatMap((slot, i) => (slot.role === "temporary" ? [] : [i]));
    this.#places = program.slots.map(() => ({ block: undefined, offset: 0 }));
    this.#steps = program.kernels.map((whole) => {
      const { kernel, bindings } = localize(whole);
      return { run: host.compile(kernel), bindings };
    });
  }

  run(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { name, pool } = this.#host;
    if (this.#disposed) throw disposed(name, "an executable");
    this.#bind(buffers, scalars);
    const arenas: Buffer[] = [];
    try {
      for (const bytes of this.#program.arenas) arenas.push(pool.allocate(bytes, "temporaries"));
      this.#place(arenas);
      for (const step of this.#steps) this.#step(step, scalars);
    } finally {
      for (const arena of arenas) pool.free(arena);
      for (const place of this.#places) place.block = undefined;
    }
  }

  #step({ run, bindings }: Step, scalars: Float64Array): void {
    const { views, offsets } = this.#host.memory;
    for (let i = 0; i < bindings.length; i++) {
      const { slot, dtype } = bindings[i] as Binding;
      const { block, offset } = this.#places[slot] as Place;
      views[i] = (block as Block).view(dtype);
      offsets[i] = offset / dtypes[dtype].bytes;
    }
    run(views, offsets, scalars);
  }

  /** Checks a run's buffers and notes where each of them lies. */
  #bind(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { slots, scalars: declared } = this.#program;
    const bound = this.#bound;
    if (buffers.length !== bound.length)
      throw wrongRun(this.#host.name, `${buffers.length} buffers for ${bound.length} slots`);
    if (scalars.length < declared.length)
      throw wrongRun(this.#host.name, `${scalars.length} numbers for ${declared.length} scalars`);
    for (let i = 0; i < bound.length; i++) {
      const buffer = buffers[i] as Buffer;
      const slot = bound[i] as number;
      const { bytes } = slots[slot] as Slot;
      if (buffer.bytes < bytes) throw outsideBuffer(this.#host.name, "run", 0, bytes, buffer.bytes);
      const place = this.#places[slot] as Place;
      place.block = this.#host.find(buffer);
      place.offset = buffer.offset;
    }
  }

  #place(arenas: readonly Buffer[]): void {
    const { slots } = this.#program;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      if (slot.role !== "temporary") continue;
      const arena = arenas[slot.arena] as Buffer;
      const place = this.#places[i] as Place;
      place.block = this.#host.find(arena);
      place.offset = arena.offset + slot.offset;
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }
}
