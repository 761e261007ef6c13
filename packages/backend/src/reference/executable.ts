/**
 * Module 2.12 — A program made ready on the reference device.
 *
 * Each kernel is compiled once per structure and bound to memory at each run: a binding is a typed
 * array over a whole block and the element where its slot starts, so that running makes no objects.
 */
import { type DType, dtypes, type TypedArray } from "@mt/operators";
import type { Buffer, Executable } from "../backend.ts";
import { disposed, outsideBuffer, wrongRun } from "../errors.ts";
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

/** What a slot is bound to: a block, and a byte offset in it. */
interface Place {
  block: Block | undefined;
  offset: number;
}
interface Step {
  readonly run: KernelFunction;
  readonly bindings: readonly Binding[];
  readonly memory: Memory;
}

export class ReferenceExecutable implements Executable {
  readonly #name: string;
  readonly #program: Program;
  readonly #find: (buffer: Buffer) => Block;
  readonly #bound: readonly number[];
  readonly #steps: readonly Step[];
  /** Null after disposal; made at the first run. */
  #arenas: readonly Block[] | null | undefined;
  #places: Place[] = [];

  constructor(
    name: string,
    program: Program,
    compile: (kernel: ReturnType<typeof localize>["kernel"]) => KernelFunction,
    find: (buffer: Buffer) => Block,
  ) {
    this.#name = name;
    this.#program = program;
    this.#find = find;
    this.#bound = program.slots.flatMap((slot, i) => (slot.role === "temporary" ? [] : [i]));
    this.#steps = program.kernels.map((whole) => {
      const { kernel, bindings } = localize(whole);
      const memory = { views: [], offsets: new Array<number>(bindings.length).fill(0) };
      return { run: compile(kernel), bindings, memory };
    });
  }

  run(buffers: readonly Buffer[], scalars: Float64Array): void {
    if (this.#arenas === null) throw disposed(this.#name, "an executable");
    if (!this.#arenas) this.#reserve();
    this.#bind(buffers, scalars);
    for (const { run, bindings, memory } of this.#steps) {
      for (let i = 0; i < bindings.length; i++) {
        const { slot, dtype } = bindings[i] as Binding;
        const { block, offset } = this.#places[slot] as Place;
        memory.views[i] = (block as Block).view(dtype);
        memory.offsets[i] = offset / dtypes[dtype].bytes;
      }
      run(memory.views, memory.offsets, scalars);
    }
    for (const slot of this.#bound) (this.#places[slot] as Place).block = undefined;
  }

  /** Checks a run's buffers and notes where each of them lies. */
  #bind(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { slots, scalars: declared } = this.#program;
    const bound = this.#bound;
    if (buffers.length !== bound.length)
      throw wrongRun(this.#name, `${buffers.length} buffers for ${bound.length} slots`);
    if (scalars.length < declared.length)
      throw wrongRun(this.#name, `${scalars.length} numbers for ${declared.length} scalars`);
    for (let i = 0; i < bound.length; i++) {
      const buffer = buffers[i] as Buffer;
      const slot = bound[i] as number;
      const { bytes } = slots[slot] as Slot;
      if (buffer.bytes < bytes) throw outsideBuffer(this.#name, "run", 0, bytes, buffer.bytes);
      const place = this.#places[slot] as Place;
      place.block = this.#find(buffer);
      place.offset = buffer.offset;
    }
  }

  #reserve(): void {
    const arenas = this.#program.arenas.map((bytes) => new Block(bytes));
    this.#arenas = arenas;
    this.#places = this.#program.slots.map((slot) =>
      slot.role === "temporary"
        ? { block: arenas[slot.arena], offset: slot.offset }
        : { block: undefined, offset: 0 },
    );
  }

  [Symbol.dispose](): void {
    this.#arenas = null;
    this.#places = [];
  }
}
