/**
 * Module 3.17 — The reference device: plain JavaScript, in this thread.
 *
 * It is what a kernel means, it knows f64, and it is always there. Buffers are `ArrayBuffer`s;
 * kernels run as generated JavaScript or, where a host forbids that, interpreted, with the same
 * bits either way. Everything it is asked to do is done when the call returns.
 */
import { canGenerateCode, type DType, dtypes, postorder } from "@mt/operators";
import type { Backend, Buffer, Executable, Limits } from "../backend.ts";
import {
  badSize,
  foreignBuffer,
  freedBuffer,
  notClaimed,
  outOfMemory,
  outsideBuffer,
  unknownDtype,
} from "../errors.ts";
import type { Kernel } from "../kernel.ts";
import { contractAsLoop } from "../loops.ts";
import { poolOf } from "../pool.ts";
import type { Program } from "../program.ts";
import { kernelKey } from "../structure.ts";
import { Block, type Host, ReferenceExecutable } from "./executable.ts";
import { generateLoop, generateScatter } from "./generate.ts";
import {
  interpretArgsort,
  interpretLoop,
  interpretScatter,
  type KernelFunction,
} from "./interpret.ts";

export interface ReferenceOptions {
  /** Walk formulas instead of generating JavaScript: slow, with the same results. */
  readonly interpret?: boolean;
  readonly name?: string;
}

type Compilers = {
  readonly [K in Kernel["kind"]]?: (kernel: Extract<Kernel, { kind: K }>) => KernelFunction;
};
const interpreted: Compilers = {
  loop: interpretLoop,
  contract: (kernel) => interpretLoop(contractAsLoop(kernel)),
  prefix: interpretLoop,
  scatter: interpretScatter,
  argsort: interpretArgsort,
};
const generated: Compilers = {
  loop: generateLoop,
  contract: (kernel) => generateLoop(contractAsLoop(kernel)),
  prefix: generateLoop,
  scatter: generateScatter,
  argsort: interpretArgsort, // the time goes into comparing, not into addresses
};

const known: readonly DType[] = ["f64", "f32", "i32", "u32", "u8", "bool"];
/** Compiled kernels kept by structure; the oldest go first. */
const cacheSize = 4096;

class ReferenceBackend implements Backend {
  readonly name: string;
  readonly protocol = 1;
  readonly dtypes: ReadonlyMap<DType, number> = new Map(
    known.map((dtype) => [dtype, dtypes[dtype].bytes]),
  );
  readonly limits: Limits = {
    buffersPerKernel: 64,
    bytesPerBuffer: 2 ** 32,
    outputsPerKernel: 32,
    alignment: 64,
  };
  readonly #compilers: Compilers;
  readonly #blocks = new Map<number, Block>();
  readonly #functions = new Map<string, KernelFunction>();
  readonly #host: Host;
  #nextBlock = 1;

  constructor({ interpret = false, name = "reference" }: ReferenceOptions) {
    this.name = name;
    this.#host = {
      name,
      pool: poolOf(this),
      compile: (kernel) => this.#compile(kernel),
      find: (buffer) => this.#find(buffer, "run"),
      memory: { views: [], offsets: [] },
    };
    this.#compilers = interpret || !canGenerateCode() ? interpreted : generated;
  }

  claims(kernel: Kernel): boolean {
    return this.#compilers[kernel.kind] !== undefined;
  }

  allocate(bytes: number): Buffer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badSize(this.name, bytes);
    const block = this.#nextBlock++;
    try {
      this.#blocks.set(block, new Block(bytes));
    } catch {
      throw outOfMemory(this.name, bytes);
    }
    return { backend: this, block, offset: 0, bytes };
  }

  free(buffer: Buffer): void {
    this.#find(buffer, "free");
    this.#blocks.delete(buffer.block);
  }

  write(buffer: Buffer, bytes: Uint8Array, offset = 0): void {
    if (offset < 0 || offset + bytes.length > buffer.bytes)
      throw outsideBuffer(this.name, "write", offset, bytes.length, buffer.bytes);
    const block = this.#find(buffer, "write");
    (block.view("u8") as Uint8Array).set(bytes, buffer.offset + offset);
  }

  readSync(buffer: Buffer): Uint8Array {
    const view = this.#find(buffer, "read").view("u8") as Uint8Array;
    return view.slice(buffer.offset, buffer.offset + buffer.bytes);
  }

  async read(buffer: Buffer): Promise<Uint8Array> {
    return this.readSync(buffer);
  }

  compile(program: Program): Executable {
    return new ReferenceExecutable(this.#host, program);
  }

  async finish(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#blocks.clear();
    this.#functions.clear();
  }

  #find(buffer: Buffer, operation: string): Block {
    if (buffer.backend !== this) throw foreignBuffer(this.name, operation, buffer.backend.name);
    const block = this.#blocks.get(buffer.block);
    if (!block) throw freedBuffer(this.name, operation, buffer.block);
    return block;
  }

  /** The kernel's code, from the cache if one of the same structure was compiled before. */
  #compile(kernel: Kernel): KernelFunction {
    const key = kernelKey(kernel);
    const cached = this.#functions.get(key);
    if (cached) return cached;
    const compiler = this.#compilers[kernel.kind] as
      | ((kernel: Kernel) => KernelFunction)
      | undefined;
    if (!compiler) throw notClaimed(this.name, kernel.kind);
    this.#checkDtypes(kernel);
    const made = compiler(kernel);
    if (this.#functions.size >= cacheSize)
      this.#functions.delete(this.#functions.keys().next().value as string);
    this.#functions.set(key, made);
    return made;
  }

  #checkDtypes(kernel: Kernel): void {
    for (const dtype of dtypesOf(kernel))
      if (!this.dtypes.has(dtype)) throw unknownDtype(this.name, dtype, known);
  }
}

/** Every dtype a kernel's inputs, stores and formulas mention. */
function dtypesOf(part: unknown, found: Set<DType> = new Set()): Set<DType> {
  if (typeof part !== "object" || part === null) return found;
  const { kind, dtype } = part as { readonly kind?: string; readonly dtype?: DType };
  if (dtype) found.add(dtype);
  if (kind === "call") for (const x of postorder(part as never)) found.add(x.dtype);
  else for (const value of Object.values(part)) dtypesOf(value, found);
  return found;
}

/**
 * A new reference device.
 * @example
 * referenceBackend().name; // "reference"
 */
export const referenceBackend = (options: ReferenceOptions = {}): Backend =>
  new ReferenceBackend(options);
