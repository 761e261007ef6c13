/**
 * Module 3.121b — A program that is made anew when a better choice of kernels has become known.
 */
import type { Buffer, Executable } from "@mt/backend";

export class RenewingExecutable implements Executable {
  readonly time?: NonNullable<Executable["time"]>;
  readonly #make: () => Executable;
  readonly #generation: () => number;
  #made: Executable;
  #madeAt: number;
  #disposed: boolean = false;

  /** `generation` changes when `make` may give something better than before. */
  constructor(make: () => Executable, generation: () => number) {
    this.#make = make;
    this.#generation = generation;
    this.#madeAt = generation();
    this.#made = make();
    if (this.#made.time)
      this.time = (buffers, scalars) =>
        (this.#renewed() as Required<Executable>).time(buffers, scalars);
  }

  run(buffers: readonly Buffer[], scalars: Float64Array): void {
    this.#renewed().run(buffers, scalars);
  }
  #renewed(): Executable {
    const now = this.#generation();
    if (now !== this.#madeAt && !this.#disposed) {
      const better = this.#make(); // if that fails, the one there is goes on
      this.#made[Symbol.dispose]();
      this.#made = better;
      this.#madeAt = now;
    }
    return this.#made;
  }
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#made[Symbol.dispose]();
  }
}
