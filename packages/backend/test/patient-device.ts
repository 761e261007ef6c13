/**
 * A device as different from the reference as one may be: it keeps bool and u8 in words of four
 * bytes, binds eight buffers to a kernel, computes later than it is asked to, and cannot wait.
 */
import { type DType, dtypes } from "@mt/operators";
import {
  type Backend,
  type Buffer,
  badSize,
  disposed,
  type Executable,
  foreignBuffer,
  freedBuffer,
  type Kernel,
  localize,
  outsideBuffer,
  type Program,
  referenceBackend,
  wrongRun,
} from "../src/index.ts";

const word = 4;
const isWide = (dtype: DType): boolean => dtypes[dtype].bytes < word;

/** Words cut to bytes, and bytes to words. */
const narrow = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(new Uint32Array(bytes.slice().buffer));
const widen = (bytes: Uint8Array): Uint8Array => new Uint8Array(Uint32Array.from(bytes).buffer);

export class PatientDevice implements Backend {
  readonly name = "patient";
  readonly protocol = 1;
  readonly dtypes: ReadonlyMap<DType, number> = new Map(
    (["f32", "i32", "u32", "u8", "bool"] as const).map((dtype) => [dtype, word]),
  );
  readonly limits = {
    buffersPerKernel: 8,
    bytesPerBuffer: 2 ** 27,
    outputsPerKernel: 4,
    alignment: 256,
  };
  readonly #memory = new Map<number, Uint8Array>();
  readonly #inner = referenceBackend();
  #queue: Promise<unknown> = Promise.resolve();
  #blocks = 0;

  claims(kernel: Kernel): boolean {
    return kernel.kind === "loop" || kernel.kind === "scatter";
  }
  allocate(bytes: number): Buffer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badSize(this.name, bytes);
    this.#memory.set(++this.#blocks, new Uint8Array(bytes));
    return { backend: this, block: this.#blocks, offset: 0, bytes };
  }
  free(buffer: Buffer): void {
    this.#find(buffer, "free");
    this.#memory.delete(buffer.block);
  }
  write(buffer: Buffer, bytes: Uint8Array, offset = 0): void {
    if (offset < 0 || offset + bytes.length > buffer.bytes)
      throw outsideBuffer(this.name, "write", offset, bytes.length, buffer.bytes);
    const memory = this.#find(buffer, "write");
    const copy = bytes.slice();
    this.#later(() => memory.set(copy, offset));
  }
  async read(buffer: Buffer): Promise<Uint8Array> {
    const memory = this.#find(buffer, "read");
    return this.#later(() => memory.slice());
  }
  async finish(): Promise<void> {
    await this.#later(() => {});
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  compile(program: Program): Executable {
    const dtypeOf = new Map<number, DType>();
    for (const kernel of program.kernels)
      for (const { slot, dtype } of localize(kernel).bindings) dtypeOf.set(slot, dtype);
    const bound = program.slots.flatMap((slot, i) =>
      slot.role === "temporary" ? [] : [{ ...slot, wide: isWide(dtypeOf.get(i) ?? "i32") }],
    );
    const slots = program.slots.map((slot, i) => {
      if (slot.role === "temporary" || !isWide(dtypeOf.get(i) ?? "i32")) return slot;
      return { ...slot, bytes: slot.bytes / word };
    });
    const executable = this.#inner.compile({ ...program, slots });
    let live = true;
    return {
      run: (buffers, scalars) => {
        if (!live) throw disposed(this.name, "a program");
        if (buffers.length !== bound.length) throw wrongRun(this.name, "too few buffers");
        if (scalars.length < program.scalars.length) throw wrongRun(this.name, "too few numbers");
        const memory = buffers.map((buffer, i) => {
          const { bytes } = bound[i] as (typeof bound)[number];
          if (buffer.bytes < bytes) throw outsideBuffer(this.name, "run", 0, bytes, buffer.bytes);
          return this.#find(buffer, "run");
        });
        const numbers = scalars.slice();
        this.#later(() => this.#run(executable, bound, memory, numbers));
      },
      [Symbol.dispose]: () => {
        live = false;
      },
    };
  }

  #run(
    executable: Executable,
    bound: readonly { readonly role: string; readonly wide: boolean }[],
    memory: readonly Uint8Array[],
    numbers: Float64Array,
  ): void {
    const inner = this.#inner;
    const copies = memory.map((bytes, i) => {
      const own = bound[i]?.wide ? narrow(bytes) : bytes;
      const buffer = inner.allocate(own.length);
      inner.write(buffer, own);
      return buffer;
    });
    executable.run(copies, numbers);
    for (const [i, buffer] of copies.entries()) {
      const bytes = inner.readSync?.(buffer) as Uint8Array;
      if (bound[i]?.role === "result") memory[i]?.set(bound[i]?.wide ? widen(bytes) : bytes);
      inner.free(buffer);
    }
  }

  #later<T>(work: () => T): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
  #find(buffer: Buffer, operation: string): Uint8Array {
    if (buffer.backend !== this) throw foreignBuffer(this.name, operation, buffer.backend.name);
    const memory = this.#memory.get(buffer.block);
    if (!memory) throw freedBuffer(this.name, operation, buffer.block);
    return memory;
  }
}
