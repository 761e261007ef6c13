/**
 * Module 3.24 — The device: vector code made at run time, over one memory.
 *
 * It can be made at once, anywhere WebAssembly has vectors. What it is asked to do is done when the
 * call returns, so that a value can be read without waiting.
 */
import {
  type Backend,
  type Buffer,
  badSize,
  type Executable,
  foreignBuffer,
  freedBuffer,
  type Kernel,
  type Limits,
  outOfMemory,
  outsideBuffer,
  type Pass,
  type Program,
  poolOf,
} from "@mt/backend";
import type { DType } from "@mt/operators";
import { claims, knownDtypes, require } from "./claims.ts";
import { CpuExecutable, type Host } from "./executable.ts";
import type { Tuning } from "./generate/plan.ts";
import { type CompiledKernel, Library, type Prepared } from "./library.ts";
import { alignment, Heap } from "./memory/heap.ts";
import type { CpuThreadsOptions } from "./options.ts";
import { useWide } from "./simd256.ts";
import { type Abandoned, Crew, type CrewOptions } from "./threads/crew.ts";
import { platformHere } from "./threads/host.ts";
import type { Platform } from "./threads/platform.ts";

const bindingsPerKernel = 64;
/** Addresses and scalars of one kernel. */
const blockBytes = 4096;

/** What tests and tuning may change. */
export interface Inner {
  readonly tuning?: Tuning;
  readonly dispatch?: (kernel: CompiledKernel, block: number) => void;
  readonly crew?: CrewOptions;
  readonly platform?: Platform;
}

class CpuThreads implements Backend {
  readonly name: string;
  readonly protocol = 1;
  readonly dtypes: ReadonlyMap<DType, number> = knownDtypes;
  readonly limits: Limits = {
    buffersPerKernel: bindingsPerKernel,
    bytesPerBuffer: 2 ** 32 - 2 ** 20,
    outputsPerKernel: 32,
    alignment,
  };
  readonly #heap: Heap;
  readonly #crew: Crew;
  readonly #library: Library;
  readonly #host: Host;
  /** Of a vector. */
  readonly #width: string;
  /** Addresses of blocks in use. */
  readonly #blocks = new Map<number, number>();
  #nextBlock = 1;
  /** Abandoned regions some thread of which may still write. */
  #late = 0;
  /** Addresses to free when there are none. */
  readonly #quarantine: number[] = [];

  constructor(options: CpuThreadsOptions, inner: Inner) {
    const { name = "cpu-threads", memory = {}, threads, simd256 } = options;
    const { maximumBytes = 2 ** 32 } = memory;
    this.name = name;
    const wide = simd256 === "auto" && useWide();
    this.#heap = new Heap(maximumBytes);
    const platform = inner.platform ?? platformHere();
    const crew = new Crew(this.#heap, platform, { threads, ...inner.crew });
    this.#crew = crew;
    this.#width = wide ? "256 bits" : "128 bits";
    this.#library = new Library(this.#heap.memory, crew, { wide, ...inner.tuning });
    const dispatch = (kernel: CompiledKernel, block: number) => {
      if (!inner.dispatch) return crew.run(kernel.job, kernel.units, block);
      inner.dispatch(kernel, block);
      return null;
    };
    const pool = poolOf(this);
    pool.budget = maximumBytes;
    this.#host = {
      name,
      heap: this.#heap,
      pool,
      block: this.#heap.allocate(blockBytes) as number,
      find: (buffer) => this.#find(buffer, "run"),
      dispatch,
      retreat: (addresses, abandoned) => this.#retreat(addresses, abandoned),
    };
  }

  claims(kernel: Kernel): boolean {
    return claims(kernel);
  }

  allocate(bytes: number): Buffer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badSize(this.name, bytes);
    const address = this.#allocate(bytes);
    const block = this.#nextBlock++;
    this.#blocks.set(block, address);
    return { backend: this, block, offset: 0, bytes };
  }
  free(buffer: Buffer): void {
    const address = this.#find({ ...buffer, offset: 0 }, "free");
    this.#blocks.delete(buffer.block);
    this.#release(address);
  }

  write(buffer: Buffer, bytes: Uint8Array, offset = 0): void {
    if (offset < 0 || offset + bytes.length > buffer.bytes)
      throw outsideBuffer(this.name, "write", offset, bytes.length, buffer.bytes);
    this.#heap.bytes.set(bytes, this.#find(buffer, "write") + offset);
  }
  readSync(buffer: Buffer): Uint8Array {
    const start = this.#find(buffer, "read");
    const copy = new Uint8Array(buffer.bytes); // of memory that is not shared
    copy.set(this.#heap.bytes.subarray(start, start + buffer.bytes));
    return copy;
  }
  async read(buffer: Buffer): Promise<Uint8Array> {
    return this.readSync(buffer);
  }

  compile(program: Program): Executable {
    return new CpuExecutable(this.#host, program, this.#prepare(program));
  }
  describe(program: Program): readonly (readonly Pass[])[] {
    return this.#prepare(program).map(({ kernels }) =>
      kernels.map(({ layout, units, job, slices }): Pass => {
        const { facts, estimated = 0, measured = 0 } = this.#crew.describe(job, units);
        const count = slices?.count ?? 1;
        return {
          facts: { ...layout, ...(slices && { slices: count }), width: this.#width, ...facts },
          estimated: count * estimated,
          measured: count * measured,
        };
      }),
    );
  }
  #prepare({ kernels }: Program): Prepared[] {
    return kernels.map((kernel) => {
      require(this.name, kernel);
      return this.#library.prepare(kernel);
    });
  }
  async finish(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    for (const address of this.#blocks.values()) this.#release(address);
    this.#blocks.clear();
    this.#library.clear();
    await this.#crew[Symbol.asyncDispose]();
  }

  #release(address: number): void {
    if (this.#late > 0) this.#quarantine.push(address);
    else this.#heap.free(address);
  }
  #allocate(bytes: number): number {
    const address = this.#heap.allocate(bytes);
    if (address === null) throw outOfMemory(this.name, bytes);
    return address;
  }
  /** Buffers keep their names: what they hold lies elsewhere afterwards. */
  #retreat(addresses: readonly number[], { exited }: Abandoned): void {
    this.#late++;
    void exited.then(() => {
      if (--this.#late === 0)
        for (const address of this.#quarantine.splice(0)) this.#heap.free(address);
    });
    for (const [block, from] of this.#blocks) {
      const bytes = this.#heap.sizeOf(from);
      if (!addresses.some((address) => address >= from && address < from + bytes)) continue;
      const to = this.#allocate(bytes);
      this.#heap.bytes.copyWithin(to, from, from + bytes);
      this.#blocks.set(block, to);
      this.#release(from);
    }
    this.#release(this.#host.block);
    this.#host.block = this.#allocate(blockBytes);
  }

  #find(buffer: Buffer, operation: string): number {
    if (buffer.backend !== this) throw foreignBuffer(this.name, operation, buffer.backend.name);
    const address = this.#blocks.get(buffer.block);
    if (address === undefined) throw freedBuffer(this.name, operation, buffer.block);
    return address + buffer.offset;
  }
}

export const makeDevice = (options: CpuThreadsOptions, inner: Inner): Backend =>
  new CpuThreads(options, inner);

/**
 * A new fast CPU device.
 * @example
 * cpuThreads().name; // "cpu-threads"
 */
export const cpuThreads = (options: CpuThreadsOptions = {}): Backend => makeDevice(options, {});
