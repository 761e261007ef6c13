/**
 * Module 3.17 — The reference device: plain JavaScript, in this thread.
 *
 * It is what a kernel means, it knows f64, and it is always there. Buffers are `ArrayBuffer`s;
 * kernels run as generated JavaScript or interpreted (`generated.ts`, `interpreted.ts`), with the
 * same bits either way. Everything it is asked to do is done when the call returns.
 */
import { dtypeNames, dtypes } from "@mt/operators";
import type { Backend, Buffer } from "../backend.ts";
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
import { poolOf } from "../pool.ts";
import { dtypesOf, kernelKey } from "../structure.ts";
import { argsort } from "./argsort.ts";
import { Block, executable, type Host } from "./executable.ts";
import { type KernelFunction, type Loop, loopsOf } from "./loop.ts";

export interface ReferenceOptions {
  /** What it is registered as; "reference" by default. */
  readonly name?: string;
}

/** Compiled kernels kept by structure; the oldest go first. */
const cacheSize = 4096;

/** A device that runs every kernel as loops, and those as `compileLoop` makes them. */
export function deviceOfLoops(name: string, compileLoop: (loop: Loop) => KernelFunction): Backend {
  const blocks = new Map<number, Block>();
  const functions = new Map<string, KernelFunction>();
  let lastBlock = 0;

  const find = (buffer: Buffer, operation: string): Block => {
    if (buffer.backend !== backend) throw foreignBuffer(name, operation, buffer.backend.name);
    const block = blocks.get(buffer.block);
    if (!block) throw freedBuffer(name, operation, buffer.block);
    return block;
  };
  const make = (kernel: Kernel): KernelFunction => {
    if (kernel.kind === "argsort") return argsort(kernel, compileLoop);
    const [first, ...more] = loopsOf(kernel)?.map(compileLoop) ?? [];
    if (!first) throw notClaimed(name, kernel.kind);
    return (views, offsets, scalars) => {
      first(views, offsets, scalars);
      for (const run of more) run(views, offsets, scalars);
    };
  };
  /** The kernel's code, from the cache if one of the same structure was compiled before. */
  const compile = (kernel: Kernel): KernelFunction => {
    const key = kernelKey(kernel);
    let run = functions.get(key);
    if (!run) {
      for (const dtype of dtypesOf(kernel))
        if (!backend.dtypes.has(dtype)) throw unknownDtype(name, dtype, dtypeNames);
      run = make(kernel);
      if (functions.size >= cacheSize) functions.delete(functions.keys().next().value as string);
      functions.set(key, run);
    }
    return run;
  };

  const backend: Backend & Required<Pick<Backend, "readSync">> = {
    name,
    protocol: 1,
    dtypes: new Map(dtypeNames.map((dtype) => [dtype, dtypes[dtype].bytes])),
    limits: { buffersPerKernel: 64, bytesPerBuffer: 2 ** 32, outputsPerKernel: 32, alignment: 64 },
    claims: (kernel) => kernel.kind !== "custom",
    allocate(bytes) {
      if (!Number.isSafeInteger(bytes) || bytes < 0) throw badSize(name, bytes);
      try {
        blocks.set(++lastBlock, new Block(bytes));
      } catch {
        throw outOfMemory(name, bytes);
      }
      return { backend, block: lastBlock, offset: 0, bytes };
    },
    free(buffer) {
      find(buffer, "free");
      blocks.delete(buffer.block);
    },
    write(buffer, bytes, offset = 0) {
      if (offset < 0 || offset + bytes.length > buffer.bytes)
        throw outsideBuffer(name, "write", offset, bytes.length, buffer.bytes);
      (find(buffer, "write").view("u8") as Uint8Array).set(bytes, buffer.offset + offset);
    },
    readSync(buffer) {
      const view = find(buffer, "read").view("u8") as Uint8Array;
      return view.slice(buffer.offset, buffer.offset + buffer.bytes);
    },
    read: async (buffer) => backend.readSync(buffer),
    compile: (program) => executable(host, program),
    finish: async () => {},
    async [Symbol.asyncDispose]() {
      blocks.clear();
      functions.clear();
    },
  };
  const host: Host = {
    name,
    pool: poolOf(backend),
    compile,
    find: (buffer) => find(buffer, "run"),
    views: [],
    offsets: [],
  };
  return backend;
}
