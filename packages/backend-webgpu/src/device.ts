/**
 * Module 3.122 — The device: programs as dispatches, in the order of its queue.
 *
 * What it is asked to do is done later, in order; a read waits for it. What goes wrong meanwhile
 * rejects the next read or `finish`.
 */
import {
  type Backend,
  type Buffer,
  badSize,
  disposed,
  type Executable,
  foreignBuffer,
  freedBuffer,
  type Kernel,
  type Limits,
  outsideBuffer,
  type Pass,
  type Program,
  poolOf,
} from "@mt/backend";
import type { DType } from "@mt/operators";
import { type Choices, defaultStore, MeasuredChoices } from "./choices.ts";
import { claims, dtypesFor, require } from "./claims.ts";
import { GpuExecutable, type Host } from "./executable.ts";
import type { Facts, GeneratedKernel } from "./generate/kernel.ts";
import { gpuFailed, gpuShort, oddWrite, tooLarge } from "./gpu/errors.ts";
import { Faults } from "./gpu/faults.ts";
import type { Found } from "./gpu/find.ts";
import { factsOf, plugLimits } from "./gpu/limits.ts";
import { Library, type Prepared } from "./library.ts";
import { type Block, Blocks } from "./memory/blocks.ts";
import { Staging } from "./memory/staging.ts";
import type { WebgpuOptions } from "./options.ts";
import { RenewingExecutable } from "./renewing.ts";
import { timeTiling } from "./trial.ts";

/** Uploads are buffered until something is submitted: not more than this. */
const mostUnsent = 16 * 2 ** 20;

export class WebgpuDevice implements Backend {
  readonly name: string;
  readonly protocol = 1;
  readonly dtypes: ReadonlyMap<DType, number>;
  readonly limits: Limits;
  readonly queued = true;
  /** Where the host can wait: in Node. */
  readonly readSync?: (buffer: Buffer) => Uint8Array;
  readonly facts: Facts;
  readonly #found: Found;
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #blocks: Blocks;
  readonly #staging: Staging;
  readonly #library: Library;
  readonly #choices: Choices;
  readonly #host: Host;
  /** Bytes written since the last submit. */
  #unsent = 0;
  #disposed: boolean = false;

  constructor(found: Found, options: WebgpuOptions, choices?: Choices) {
    const { name = "webgpu", memory } = options;
    const { device } = found;
    this.name = name;
    this.#found = found;
    this.#device = device;
    this.facts = factsOf(device, options, found.language);
    this.dtypes = dtypesFor(this.facts);
    this.limits = plugLimits(device, options, this.facts);
    this.#faults = new Faults(name, device);
    this.#blocks = new Blocks(
      device,
      (failure) => {
        poolOf(this).trim(); // what lies idle there is room
        return gpuShort(name, failure);
      },
      this.#faults,
    );
    this.#staging = new Staging(device);
    const { choices: store = defaultStore() } = options;
    this.#choices = choices ?? new MeasuredChoices(nameOf(device), store);
    this.#library = new Library(name, device, this.facts, this.#faults, this.#choices);
    if (found.pump.works) this.readSync = (buffer) => this.#readNow(buffer);
    const pool = poolOf(this);
    if (memory?.maximumBytes !== undefined) pool.budget = memory.maximumBytes;
    this.#host = {
      name,
      device,
      pool,
      find: (buffer) => this.#find(buffer, "run"),
      submit: (commands) => {
        this.#unsent = 0;
        device.queue.submit([commands]);
      },
      requireDevice: () => this.#require(),
    };
  }

  get gone(): boolean {
    return this.#disposed || this.#faults.isLost;
  }

  claims(kernel: Kernel): boolean {
    return claims(kernel);
  }

  allocate(bytes: number): Buffer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw badSize(this.name, bytes);
    const most = this.limits.bytesPerBuffer;
    if (bytes > most) throw tooLarge(this.name, bytes, most);
    this.#require();
    return { backend: this, block: this.#blocks.allocate(bytes), offset: 0, bytes };
  }
  free(buffer: Buffer): void {
    this.#find(buffer, "free");
    this.#blocks.free(buffer.block);
  }

  write(buffer: Buffer, bytes: Uint8Array, offset = 0): void {
    if (offset < 0 || offset + bytes.length > buffer.bytes)
      throw outsideBuffer(this.name, "write", offset, bytes.length, buffer.bytes);
    const { gpu, offset: start } = this.#find(buffer, "write");
    this.#require();
    if (bytes.length === 0) return;
    const whole = bytes.length % 4 === 0;
    if (offset % 4 !== 0 || (!whole && offset + bytes.length < buffer.bytes))
      throw oddWrite(this.name, offset, bytes.length);
    const words = whole ? bytes : padded(bytes);
    this.#device.queue.writeBuffer(gpu, start + offset, words as Uint8Array<ArrayBuffer>);
    this.#unsent += bytes.length;
    if (this.#unsent > mostUnsent) {
      this.#device.queue.submit([]); // or what was uploaded stays with the host
      this.#unsent = 0;
    }
  }

  async read(buffer: Buffer): Promise<Uint8Array> {
    const { gpu, offset } = this.#find(buffer, "read");
    this.#require();
    const reading =
      buffer.bytes > 0 ? this.#staging.start(gpu, offset + buffer.offset, buffer.bytes) : null;
    this.#unsent = 0;
    try {
      await this.#faults.settle();
      if (!reading) return new Uint8Array();
      await this.#faults.unlessLost(reading.mapped);
    } catch (error) {
      if (reading) this.#staging.abandon(reading);
      throw error;
    }
    return this.#staging.finish(reading, buffer.bytes);
  }

  #readNow(buffer: Buffer): Uint8Array {
    const { gpu, offset } = this.#find(buffer, "read");
    this.#require();
    if (buffer.bytes === 0) return new Uint8Array();
    const reading = this.#staging.start(gpu, offset + buffer.offset, buffer.bytes);
    this.#unsent = 0;
    const { staging } = reading;
    const { known, require } = this.#faults.ask();
    this.#found.pump.until(() => staging.mapState !== "pending" && known());
    try {
      require();
    } catch (error) {
      this.#staging.abandon(reading);
      throw error;
    }
    if (staging.mapState !== "mapped") {
      this.#staging.abandon(reading);
      throw gpuFailed(this.name, "a read did not come to an end.");
    }
    return this.#staging.finish(reading, buffer.bytes);
  }

  compile(program: Program): Executable {
    this.#require();
    const make = (): Executable => new GpuExecutable(this.#host, program, this.#prepare(program));
    const executable = new RenewingExecutable(make, () => this.#choices.generation);
    void this.#choose();
    return executable;
  }
  describe(program: Program): readonly (readonly Pass[])[] {
    return this.#prepare(program).map(({ kernels }) => kernels.map(passOf));
  }
  #prepare({ kernels }: Program): readonly Prepared[] {
    return kernels.map((kernel) => {
      require(this.name, kernel, this.dtypes);
      return this.#library.prepare(kernel);
    });
  }

  /** Times kernels that programs wait for a choice of; resolves when they have it. */
  #choose(): Promise<void> {
    return this.#choices.measure((product, tiling) =>
      timeTiling(this.#device, this.facts, this.#library, product, tiling).catch(() => Infinity),
    );
  }

  async finish(): Promise<void> {
    this.#require();
    await this.#choose();
    await this.#faults.unlessLost(this.#device.queue.onSubmittedWorkDone());
    await this.#faults.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#blocks.clear();
    this.#staging.clear();
    this.#library.clear();
    await this.#faults.close();
    if (this.#found.owned) this.#device.destroy();
  }

  #require(): void {
    if (this.#disposed) throw disposed(this.name, "the device");
    this.#faults.requireDevice();
  }
  #find(buffer: Buffer, operation: string): Block {
    if (buffer.backend !== this) throw foreignBuffer(this.name, operation, buffer.backend.name);
    const block = this.#blocks.find(buffer.block);
    if (!block) throw freedBuffer(this.name, operation, buffer.block);
    return block;
  }
}

const passOf = ({ summary, chosen, workgroups, numbers, immediate }: GeneratedKernel): Pass => ({
  facts: {
    layout: summary,
    ...(chosen === undefined ? {} : { chosen }),
    workgroups: workgroups.filter((n, axis) => axis === 0 || n > 1).join(" × "),
    ...(numbers.length ? { numbers: immediate ? "immediate" : "uniform" } : {}),
  },
});

/** What an adapter is called where choices are kept. */
function nameOf({ adapterInfo }: GPUDevice): string {
  const { vendor, architecture, description } = (adapterInfo ?? {}) as Partial<GPUAdapterInfo>;
  return [vendor, architecture, description].filter(Boolean).join(" ") || "unknown";
}

/** Bytes up to the end of a buffer, which takes whole words. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}
