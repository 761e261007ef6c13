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
import type { KernelFunction } from "./loop.ts";

/** Host memory under one allocation, and the views of it that kernels have asked for. */
export class Block {
  declare readonly bytes: ArrayBuffer;
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
  readonly views: TypedArray[];
  readonly offsets: number[];
}

/** What a slot is bound to: a block, and a byte offset in it. */
interface Place {
  block: Block | undefined;
  offset: number;
}

export function executable(host: Host, program: Program): Executable {
  const { name, pool, views, offsets } = host;
  const { slots, arenas } = program;
  const places = slots.map((): Place => ({ block: undefined, offset: 0 }));
  const bound = [...slots.keys()].filter((i) => slots[i]?.role !== "temporary");
  const steps = program.kernels.map((whole) => {
    const { kernel, bindings } = localize(whole);
    return { run: host.compile(kernel), bindings };
  });
  let live = true;

  const put = (slot: number, buffer: Buffer, offset = 0): void => {
    const { bytes } = slots[slot] as Slot;
    if (offset + bytes > buffer.bytes)
      throw outsideBuffer(name, "run", offset, bytes, buffer.bytes);
    const place = places[slot] as Place;
    place.block = host.find(buffer);
    place.offset = buffer.offset + offset;
  };
  const bind = ({ slot, dtype }: Binding, i: number): void => {
    const { block, offset } = places[slot] as Place;
    views[i] = (block as Block).view(dtype);
    offsets[i] = offset / dtypes[dtype].bytes;
  };
  return {
    run(buffers, scalars) {
      if (!live) throw disposed(name, "an executable");
      if (buffers.length !== bound.length)
        throw wrongRun(name, `${buffers.length} buffers for ${bound.length} slots`);
      const { length } = program.scalars;
      if (scalars.length < length)
        throw wrongRun(name, `${scalars.length} numbers for ${length} scalars`);
      bound.forEach((slot, i) => {
        put(slot, buffers[i] as Buffer);
      });
      const borrowed: Buffer[] = [];
      try {
        for (const bytes of arenas) borrowed.push(pool.allocate(bytes, "temporaries"));
        slots.forEach((slot, i) => {
          if (slot.role === "temporary") put(i, borrowed[slot.arena] as Buffer, slot.offset);
        });
        for (const { run, bindings } of steps) {
          bindings.forEach(bind);
          run(views, offsets, scalars);
        }
      } finally {
        for (const arena of borrowed) pool.free(arena);
        for (const place of places) place.block = undefined;
      }
    },
    [Symbol.dispose]() {
      live = false;
    },
  };
}
