/**
 * Module 3.23 — A device that trusts nobody.
 *
 * `check(backend)` validates every program, buffer and position before and after the device sees
 * them. It is slow and for development: where a program is wrong it names the kernel, where a
 * device would drop or fill it throws.
 */
import type { Backend, Buffer, Executable } from "./backend.ts";
import { Decorator } from "./decorate.ts";
import { freedBuffer, outOfRange, wrongRun } from "./errors.ts";
import type { Program } from "./program.ts";
import { validateProgram } from "./validate.ts";
import { type Watch, watched } from "./watch.ts";

/** Another buffer that shares bytes with number `i`, or −1. */
const shares = (buffers: readonly Buffer[], i: number): number => {
  const x = buffers[i] as Buffer;
  return buffers.findIndex(
    (y, j) =>
      j !== i &&
      y.block === x.block &&
      y.offset < x.offset + x.bytes &&
      x.offset < y.offset + y.bytes,
  );
};

export class CheckingBackend extends Decorator {
  readonly #live = new Set<number>();
  /** What is wrong with earlier runs, on devices that cannot wait. */
  #pending: Promise<void>[] = [];

  override allocate(bytes: number): Buffer {
    const buffer = super.allocate(bytes);
    this.#live.add(buffer.block);
    return buffer;
  }
  override free(buffer: Buffer): void {
    this.#requireLive(buffer, "free");
    super.free(buffer);
    this.#live.delete(buffer.block);
  }
  override write(buffer: Buffer, bytes: Uint8Array, offset?: number): void {
    this.#requireLive(buffer, "write");
    super.write(buffer, bytes, offset);
  }
  override async read(buffer: Buffer): Promise<Uint8Array> {
    this.#requireLive(buffer, "read");
    const bytes = await super.read(buffer);
    await this.#settle();
    return bytes;
  }
  override async finish(): Promise<void> {
    await super.finish();
    await this.#settle();
  }

  override compile(program: Program): Executable {
    validateProgram(program, this);
    const { program: whole, watches } = watched(program);
    const executable = super.compile(whole);
    const bound = program.slots.filter((slot) => slot.role !== "temporary");
    return {
      run: (buffers, scalars) => {
        if (buffers.length !== bound.length)
          throw wrongRun(this.name, `${buffers.length} buffers for ${bound.length} slots`);
        bound.forEach(({ role }, i) => {
          const other = role === "result" ? shares(buffers, i) : -1;
          if (other >= 0)
            throw wrongRun(this.name, `result ${i} shares memory with buffer ${other}`);
        });
        for (const buffer of buffers) this.#requireLive(buffer, "run");
        const counts = watches.map(() => super.allocate(4));
        executable.run([...buffers, ...counts], scalars);
        this.#judge(watches, counts);
      },
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }

  #requireLive(buffer: Buffer, operation: string): void {
    if (buffer.backend === this && !this.#live.has(buffer.block))
      throw freedBuffer(this.name, operation, buffer.block);
  }

  /** Throws for positions out of range: now, or at the next `read` or `finish`. */
  #judge(watches: readonly Watch[], counts: readonly Buffer[]): void {
    const judge = (bytes: Uint8Array, i: number): void => {
      const count = new Int32Array(bytes.slice().buffer)[0] as number;
      const { kernel, extent } = watches[i] as Watch;
      if (count > 0) throw outOfRange(this.name, kernel, count, extent);
    };
    const { readSync } = this;
    if (!readSync) {
      const later = counts.map(async (buffer, i) => {
        const bytes = await super.read(buffer);
        super.free(buffer);
        judge(bytes, i);
      });
      for (const promise of later) promise.catch(() => {}); // told at the next read
      this.#pending.push(...later);
      return;
    }
    const found = counts.map((buffer) => readSync(buffer));
    for (const buffer of counts) super.free(buffer);
    found.forEach(judge);
  }
  async #settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }
}

/**
 * The device behind a guard; register it in place of the one it wraps.
 * @example
 * check(referenceBackend()).name; // "reference"
 */
export const check = (backend: Backend): CheckingBackend => new CheckingBackend(backend);
