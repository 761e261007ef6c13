/**
 * Module 3.19 — A device around a device.
 *
 * The interface is narrow enough to be wrapped: a decorator forwards everything and changes what it
 * is for. Buffers name the device they belong to, so they are renamed on their way in and out.
 */
import type { Backend, Buffer, Executable, Limits, Pass } from "./backend.ts";
import type { Kernel } from "./kernel.ts";
import type { Program } from "./program.ts";

/** Forwards to `inner`; override what should be different. */
export class Decorator implements Backend {
  readonly inner: Backend;
  readonly name: string;
  readonly protocol = 1;
  readonly dtypes: Backend["dtypes"];
  readonly limits: Limits;
  /** Only where the inner device has them. */
  readonly readSync?: (buffer: Buffer) => Uint8Array;
  readonly describe?: (program: Program) => readonly (readonly Pass[])[];
  readonly queued?: boolean;

  constructor(inner: Backend) {
    this.inner = inner;
    this.name = inner.name;
    this.dtypes = inner.dtypes;
    this.limits = inner.limits;
    if (inner.readSync) this.readSync = (buffer) => this.readNow(buffer);
    if (inner.queued) this.queued = true;
    if (inner.describe) this.describe = (program) => inner.describe?.(program) ?? [];
  }

  get gone(): boolean {
    return this.inner.gone ?? false;
  }

  /** A buffer of this device as the inner one knows it; one of another device as it is. */
  protected unwrap(buffer: Buffer): Buffer {
    return buffer.backend === this ? { ...buffer, backend: this.inner } : buffer;
  }
  protected readNow(buffer: Buffer): Uint8Array {
    return (this.inner as Required<Backend>).readSync(this.unwrap(buffer));
  }

  claims(kernel: Kernel): boolean {
    return this.inner.claims(kernel);
  }
  allocate(bytes: number): Buffer {
    return { ...this.inner.allocate(bytes), backend: this };
  }
  free(buffer: Buffer): void {
    this.inner.free(this.unwrap(buffer));
  }
  write(buffer: Buffer, bytes: Uint8Array, offset?: number): void {
    this.inner.write(this.unwrap(buffer), bytes, offset);
  }
  read(buffer: Buffer): Promise<Uint8Array> {
    return this.inner.read(this.unwrap(buffer));
  }
  compile(program: Program): Executable {
    const executable = this.inner.compile(program);
    const { time } = executable;
    const inner = (buffers: readonly Buffer[]): Buffer[] => buffers.map((x) => this.unwrap(x));
    return {
      run: (buffers, scalars) => executable.run(inner(buffers), scalars),
      ...(time && {
        time: (buffers: readonly Buffer[], scalars: Float64Array) =>
          time.call(executable, inner(buffers), scalars),
      }),
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }
  finish(): Promise<void> {
    return this.inner.finish();
  }
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}
