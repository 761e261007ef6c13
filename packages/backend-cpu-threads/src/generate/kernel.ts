/**
 * Module 3.70 — What the generator makes: code for one kernel, and what running it takes.
 *
 * The code depends on the kernel's structure alone. Where its data lie and what its numbers are it
 * reads from a block in memory: the byte address of each binding (32 bits), then, from a multiple of
 * eight on, each scalar (64 bits).
 */
/** What is done again and again, each time with the bindings further on. */
export interface Slices {
  readonly count: number;
  /** Bytes from one to the next, by binding; those of scratch space stay. */
  readonly steps: readonly number[];
}
export interface GeneratedKernel {
  /** A module that exports `run(first, last, block)`: it does units first … last − 1. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pieces of the work, whose results do not depend on who does which; 0: nothing to do. */
  readonly units: number;
  /** An estimate. */
  readonly nanosecondsPerUnit: number;
  /** How the work is laid out, for people: names and values. */
  readonly layout: Readonly<Record<string, string>>;
  /** Kernels in a row with the same slices do one after the other. */
  readonly slices?: Slices | undefined;
}
/** What one kernel of a program becomes: pieces that run one after the other on one block. */
export interface Generated {
  readonly kernels: readonly GeneratedKernel[];
  /** Bytes of bindings that exist for these kernels alone, after those of the kernel. */
  readonly scratch: readonly number[];
}

/**
 * Where in a block is a word that is 0 before. If it is not afterwards, all was in vain, and the
 * loop that the contraction equals has to be run.
 */
export const flagOffset = 4092;

/** Where scalar `index` lies in the block of a kernel with so many bindings. */
export const scalarOffset = (bindings: number, index: number): number =>
  8 * (Math.ceil(bindings / 2) + index);
