/**
 * Module 3.121 — A program made ready: one encoder, one submit.
 *
 * A run notes where each slot lies, writes its numbers, and encodes dispatch after dispatch. Bind
 * groups are kept: parameters alternate between two buffers, and everything else comes back from the
 * pool, so that after a few runs none is made any more.
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
import type { KernelNumber } from "./generate/kernel.ts";
import type { CompiledKernel, Prepared } from "./library.ts";
import { type Block, smallBytes } from "./memory/blocks.ts";
import { house } from "./temporaries.ts";
import { Stamps } from "./timing.ts";
import { encodeNumber } from "./wgsl/storage.ts";

/** What an executable needs of its device. */
export interface Host {
  readonly name: string;
  readonly device: GPUDevice;
  /** Where temporaries are borrowed for the length of a run, so that programs share them. */
  readonly pool: BufferPool;
  readonly find: (buffer: Buffer) => Block;
  readonly submit: (commands: GPUCommandBuffer) => void;
  /** @throws BackendError if there is no device any more. */
  readonly requireDevice: () => void;
}

/** Words from one dispatch's numbers in the uniform buffer to the next: what must be aligned to. */
const uniformStep = 64;
const uniformUsage = 0x40 | 0x8; // UNIFORM, COPY_DST
/** Bind groups a dispatch keeps. */
const mostGroups = 8;

interface Group {
  /** The places bound. */
  readonly ids: readonly number[];
  readonly group: GPUBindGroup;
}
/** A dispatch, and where it gets its bindings and numbers from. */
interface Dispatch {
  /** Which kernel of the program it is part of. */
  readonly step: number;
  readonly kernel: CompiledKernel;
  /** Place of each binding among those of the run; and its bytes. */
  readonly places: readonly number[];
  readonly bytes: readonly number[];
  readonly numbers: readonly KernelNumber[];
  readonly words: Uint32Array<ArrayBuffer>;
  /** Where its numbers lie in the uniform buffer; −1: they do not. */
  readonly uniform: number;
  readonly groups: Group[];
}
/** A small result, which kernels write elsewhere. */
interface Landing {
  readonly place: number;
  readonly bytes: number;
  /** Whether every byte of it is written anew. */
  readonly whole: boolean;
}

export class GpuExecutable implements Executable {
  /** Where the device has timestamps. */
  readonly time?: NonNullable<Executable["time"]>;
  readonly #host: Host;
  readonly #program: Program;
  /** Slots that are given at each run. */
  readonly #bound: readonly number[];
  readonly #houses: readonly number[];
  readonly #houseOf: readonly number[];
  readonly #scratch: readonly number[];
  readonly #dispatches: readonly Dispatch[];
  /** Results that may lie in a slab. */
  readonly #landings: readonly Landing[];
  /** Blocks of slots, then of scratch space, in the run that is being encoded. */
  readonly #blocks: (Block | undefined)[];
  readonly #uniforms: GPUBuffer | null;
  /** What is written there at each run. */
  readonly #uniformWords: Uint32Array<ArrayBuffer>;
  #disposed: boolean = false;

  constructor(host: Host, program: Program, steps: readonly Prepared[]) {
    this.#host = host;
    this.#program = program;
    const { slots } = program;
    this.#bound = slots.flatMap((slot, i) => (slot.role === "temporary" ? [] : [i]));
    const touched = steps.map(({ bindings }) => bindings.map(({ slot }) => slot));
    const { houses, houseOf } = house(program, touched);
    this.#houses = houses;
    this.#houseOf = houseOf;
    // scratch space is of one step alone, so steps share it
    const scratch: number[] = [];
    for (const step of steps)
      step.scratch.forEach((bytes, i) => {
        scratch[i] = Math.max(scratch[i] ?? 0, bytes);
      });
    this.#scratch = scratch;
    const counts = steps.flatMap(({ kernels }) => kernels.map(uniformWordsOf));
    this.#uniformWords = new Uint32Array(counts.reduce((sum, n) => sum + n, 0));
    let uniforms = 0;
    this.#dispatches = steps.flatMap(({ kernels, bindings, scratch: own, scalars }, step) =>
      kernels.map((kernel): Dispatch => {
        const place = (binding: number): number =>
          bindings[binding]?.slot ?? slots.length + binding - bindings.length;
        const sizeOf = (binding: number): number => {
          const of = bindings[binding];
          return of ? (slots[of.slot] as Slot).bytes : (own[binding - bindings.length] as number);
        };
        const { length } = kernel.numbers;
        const words = uniformWordsOf(kernel);
        const dispatch: Dispatch = {
          step,
          kernel,
          places: kernel.bindings.map(({ binding }) => place(binding)),
          bytes: kernel.bindings.map(({ binding }) => wordsFor(sizeOf(binding))),
          numbers: kernel.numbers.map((x) => ({ ...x, index: scalars[x.index] as number })),
          words: words
            ? this.#uniformWords.subarray(uniforms, uniforms + length)
            : new Uint32Array(length),
          uniform: words ? 4 * uniforms : -1,
          groups: [],
        };
        uniforms += words;
        return dispatch;
      }),
    );
    this.#uniforms = uniforms
      ? host.device.createBuffer({ size: 4 * uniforms, usage: uniformUsage })
      : null;
    this.#landings = this.#bound.flatMap((slot) => this.#landing(slot));
    this.#blocks = new Array(slots.length + scratch.length).fill(undefined);
    if (host.device.features.has("timestamp-query"))
      this.time = (buffers, values) => this.#time(buffers, values);
  }

  #landing(place: number): readonly Landing[] {
    const { slots, kernels } = this.#program;
    const { role, bytes } = slots[place] as Slot;
    if (role !== "result" || bytes > smallBytes) return [];
    return [{ place, bytes: wordsFor(bytes), whole: storedBytes(kernels, place) >= bytes }];
  }

  run(buffers: readonly Buffer[], scalars: Float64Array): void {
    this.#run(buffers, scalars, null);
  }
  /** Milliseconds of each kernel: every one has a pass of its own. */
  async #time(buffers: readonly Buffer[], scalars: Float64Array): Promise<readonly number[]> {
    const stamps = new Stamps(this.#host.device, this.#dispatches.length);
    try {
      this.#run(buffers, scalars, stamps);
    } catch (error) {
      stamps.destroy();
      throw error;
    }
    const times = this.#program.kernels.map(() => 0);
    (await stamps.durations()).forEach((time, i) => {
      const { step } = this.#dispatches[i] as Dispatch;
      times[step] = (times[step] as number) + time / 1e6;
    });
    return times;
  }

  #run(buffers: readonly Buffer[], scalars: Float64Array, stamps: Stamps | null): void {
    const { name, pool, device, submit, requireDevice } = this.#host;
    if (this.#disposed) throw disposed(name, "an executable");
    requireDevice();
    this.#bind(buffers, scalars);
    const borrowed: Buffer[] = [];
    const borrow = (bytes: number, label: string): Block => {
      // larger than what lies in slabs, which kernels do not write
      const buffer = pool.allocate(Math.max(bytes, smallBytes + 1), label);
      borrowed.push(buffer);
      return this.#host.find(buffer);
    };
    try {
      const houses = this.#houses.map((bytes) => borrow(bytes, "temporaries"));
      this.#houseOf.forEach((house, slot) => {
        if (house >= 0) this.#blocks[slot] = houses[house];
      });
      this.#scratch.forEach((bytes, i) => {
        this.#blocks[this.#program.slots.length + i] = borrow(bytes, "scratch space");
      });
      const encoder = device.createCommandEncoder();
      const landed = this.#land(encoder, (bytes) => borrow(bytes, "small results"));
      this.#encode(encoder, scalars, stamps);
      for (const { from, to, bytes } of landed)
        encoder.copyBufferToBuffer(from.gpu, from.offset, to.gpu, to.offset, bytes);
      submit(encoder.finish());
    } finally {
      for (const buffer of borrowed) pool.free(buffer);
    }
  }

  /** Checks a run's buffers and notes where each of them lies. */
  #bind(buffers: readonly Buffer[], scalars: Float64Array): void {
    const { slots, scalars: declared } = this.#program;
    const { name, find } = this.#host;
    if (buffers.length !== this.#bound.length)
      throw wrongRun(name, `${buffers.length} buffers for ${this.#bound.length} slots`);
    if (scalars.length < declared.length)
      throw wrongRun(name, `${scalars.length} numbers for ${declared.length} scalars`);
    this.#bound.forEach((slot, i) => {
      const buffer = buffers[i] as Buffer;
      const { bytes } = slots[slot] as Slot;
      if (buffer.bytes < bytes) throw outsideBuffer(name, "run", 0, bytes, buffer.bytes);
      this.#blocks[slot] = find(buffer);
    });
  }

  /** Gives results in slabs another place to be written to. */
  #land(
    encoder: GPUCommandEncoder,
    borrow: (bytes: number) => Block,
  ): readonly { readonly from: Block; readonly to: Block; readonly bytes: number }[] {
    return this.#landings.flatMap(({ place, bytes, whole }) => {
      const to = this.#blocks[place] as Block;
      if (!to.slab) return [];
      const from = borrow(bytes);
      this.#blocks[place] = from;
      if (!whole) encoder.copyBufferToBuffer(to.gpu, to.offset, from.gpu, from.offset, bytes);
      return [{ from, to, bytes }];
    });
  }

  #encode(encoder: GPUCommandEncoder, scalars: Float64Array, stamps: Stamps | null): void {
    const { queue } = this.#host.device;
    for (const { numbers, words } of this.#dispatches)
      numbers.forEach(({ index, dtype }, i) => {
        words[i] = encodeNumber(scalars[index] as number, dtype);
      });
    if (this.#uniforms) queue.writeBuffer(this.#uniforms, 0, this.#uniformWords);
    if (this.#dispatches.length === 0) return;
    let pass = encoder.beginComputePass(stamps?.of(0));
    let [pipeline, numbers]: [GPUComputePipeline | null, Uint32Array | null] = [null, null];
    for (const [i, dispatch] of this.#dispatches.entries()) {
      const { kernel, words } = dispatch;
      if (stamps && i > 0) {
        pass.end();
        pass = encoder.beginComputePass(stamps.of(i));
        [pipeline, numbers] = [null, null];
      }
      if (kernel.pipeline !== pipeline) pass.setPipeline(kernel.pipeline);
      pipeline = kernel.pipeline;
      pass.setBindGroup(0, this.#group(dispatch));
      if (kernel.immediate && !startsWith(numbers, words)) {
        pass.setImmediates(0, words);
        numbers = words;
      }
      pass.dispatchWorkgroups(...kernel.workgroups);
    }
    pass.end();
    stamps?.resolve(encoder);
  }

  /** The bind group of a dispatch, made if none of those it had is for these places. */
  #group(dispatch: Dispatch): GPUBindGroup {
    const { kernel, places, bytes, groups, uniform } = dispatch;
    const id = (place: number): number => (this.#blocks[place] as Block).id;
    for (const { ids, group } of groups)
      if (places.every((place, i) => ids[i] === id(place))) return group;
    const entries: GPUBindGroupEntry[] = places.map((place, binding) => {
      const { gpu, offset } = this.#blocks[place] as Block;
      return { binding, resource: { buffer: gpu, offset, size: bytes[binding] as number } };
    });
    if (uniform >= 0) {
      const size = Math.ceil(dispatch.words.byteLength / 16) * 16;
      const buffer = this.#uniforms as GPUBuffer;
      const resource = { buffer, offset: uniform, size };
      entries.push({ binding: places.length, resource });
    }
    const group = this.#host.device.createBindGroup({ layout: kernel.layout, entries });
    groups.unshift({ ids: places.map(id), group });
    if (groups.length > mostGroups) groups.pop();
    return group;
  }

  [Symbol.dispose](): void {
    if (!this.#disposed) this.#uniforms?.destroy();
    this.#disposed = true;
  }
}

/** Words of the uniform buffer that a dispatch takes. */
const uniformWordsOf = ({ numbers, immediate }: CompiledKernel): number =>
  immediate ? 0 : uniformStep * Math.ceil(numbers.length / uniformStep);

/** Whether a pass has these numbers already: optimizers give the same ones to all parameters. */
const startsWith = (known: Uint32Array | null, words: Uint32Array): boolean =>
  known !== null && words.every((word, i) => word === known[i]);

/** Bytes to bind and to copy: whole words, one at least. */
const wordsFor = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

/** Bytes of a slot that a program's kernels store to; no two points of one store to one place. */
function storedBytes(kernels: Program["kernels"], slot: number): number {
  let most = 0;
  for (const kernel of kernels) {
    if (kernel.kind === "scatter" || kernel.kind === "argsort") continue;
    const inner = kernel.kind === "custom" ? [] : kernel.inner;
    for (const store of kernel.stores) {
      if (store.slot !== slot) continue;
      const box = store.inside ? [...kernel.outer, ...inner] : kernel.outer;
      most = Math.max(most, 4 * box.reduce((product, n) => product * n, 1));
    }
  }
  return most;
}
