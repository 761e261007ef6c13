/**
 * Module 3.20 — What may be chosen when the device is made.
 */
export interface CpuThreadsOptions {
  /** What it is registered as; "cpu-threads" by default. */
  readonly name?: string;
  /** How many work, the one that asks included: by default one per core. Results are the same. */
  readonly threads?: number;
  readonly memory?: {
    /** Most bytes its memory may grow to: 4 GiB by default, which is also the most there can be. */
    readonly maximumBytes?: number;
  };
}
