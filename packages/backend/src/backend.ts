/**
 * Module 3.3 — The plug: everything a device must be able to do.
 */
import type { DType } from "@mt/operators";
import type { Kernel } from "./kernel.ts";
import type { Program } from "./program.ts";

/** A range of device memory. Several buffers may share one block. */
export interface Buffer {
  readonly backend: Backend;
  /** Names an allocation of the device. */
  readonly block: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface Limits {
  /** Distinct slots one kernel may bind, read and stored together. */
  readonly buffersPerKernel: number;
  readonly bytesPerBuffer: number;
  readonly outputsPerKernel: number;
  /** Byte alignment of slots within an arena: 64 on a CPU, 256 on WebGPU. */
  readonly alignment: number;
}

/** A compiled program. */
export interface Executable {
  /** Starts a run; `buffers` are those of the argument and result slots, in slot order. */
  run(buffers: readonly Buffer[], scalars: Float64Array): void;
  /**
   * The same, and tells how many milliseconds each kernel took, where the device has a clock: it need
   * not be able to wait, then.
   */
  time?(buffers: readonly Buffer[], scalars: Float64Array): Promise<readonly number[]>;
  /** Gives back what the program holds; it cannot run any more. */
  [Symbol.dispose](): void;
}

/** One pass of a kernel over a device, told to people: most kernels take one. */
export interface Pass {
  /** How it is done: names and values, in the order in which to show them. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Microseconds it is expected to take, and those it took lately; 0: not known. */
  readonly estimated?: number;
  readonly measured?: number;
}

export interface Backend extends AsyncDisposable {
  readonly name: string;
  readonly protocol: 1;
  /** The element types it knows, with the bytes one takes on this device. */
  readonly dtypes: ReadonlyMap<DType, number>;
  readonly limits: Limits;
  /**
   * Whether it runs this kernel as it stands. `loop` and `scatter` must be claimed; any other that
   * is not is given as the loops it equals.
   */
  claims(kernel: Kernel): boolean;
  /** New memory; its contents are undefined. @throws BackendError when there is no more. */
  allocate(bytes: number): Buffer;
  free(buffer: Buffer): void;
  /** Copies host bytes into a buffer, from `offset` on, before any later run. */
  write(buffer: Buffer, bytes: Uint8Array, offset?: number): void;
  /** A copy of a buffer after all runs started so far. */
  read(buffer: Buffer): Promise<Uint8Array>;
  /** The same at once, on devices that can wait. */
  readSync?(buffer: Buffer): Uint8Array;
  /**
   * Runs are queued: reading at once waits for all of them. Results of such a device stay there until
   * they are asked for, however small.
   */
  readonly queued?: boolean;
  /** Whether it is lost or disposed of: another of its name has to be made. Absent: it cannot be lost. */
  readonly gone?: boolean;
  /** Makes another one, with the options that this one was made with. */
  remake?(): Promise<Backend>;
  /** Returns at once; what goes wrong later rejects the next `read` or `finish`. */
  compile(program: Program): Executable;
  /**
   * How it would run each kernel of a program now: the passes of the first kernel, of the second, …
   * Nobody computes with what it says.
   */
  describe?(program: Program): readonly (readonly Pass[])[];
  /** Resolves when all runs started so far are done. */
  finish(): Promise<void>;
}
