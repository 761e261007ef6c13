/**
 * Module 3.20 — What a device was asked to do.
 *
 * `record(backend)` runs everything on the device and keeps the programs as data: tests of what was
 * fused count its kernels and print them, and nothing else can tell them otherwise.
 */
import type { Backend, Buffer, Executable } from "./backend.ts";
import { Decorator } from "./decorate.ts";
import type { Kernel } from "./kernel.ts";
import type { Program } from "./program.ts";
import { programText } from "./text.ts";

/**
 * A device that keeps a record; register it in place of the one it wraps.
 * @example
 * const device = record(referenceBackend());
 * device.allocate(100);
 * [device.programs.length, device.kernels.length, device.allocated]; // [0, 0, 100]
 */
export class RecordingBackend extends Decorator {
  /** Programs compiled since the last `clear`. */
  readonly programs: Program[] = [];
  /** Programs run, one entry a run. */
  readonly runs: Program[] = [];
  /** Bytes asked of the device, and how often. */
  allocated = 0;
  allocations = 0;

  /** The kernels of all runs, in order. */
  get kernels(): readonly Kernel[] {
    return this.runs.flatMap((program) => program.kernels);
  }
  /** The runs as text. */
  get text(): string {
    return this.runs.map(programText).join("\n\n");
  }
  /** Forgets what was recorded. */
  clear(): void {
    this.programs.length = 0;
    this.runs.length = 0;
    this.allocated = 0;
    this.allocations = 0;
  }

  override allocate(bytes: number): Buffer {
    const buffer = super.allocate(bytes);
    this.allocated += bytes;
    this.allocations += 1;
    return buffer;
  }
  override compile(program: Program): Executable {
    const executable = super.compile(program);
    this.programs.push(program);
    return {
      run: (buffers, scalars) => {
        executable.run(buffers, scalars);
        this.runs.push(program);
      },
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }
}

export const record = (backend: Backend): RecordingBackend => new RecordingBackend(backend);
