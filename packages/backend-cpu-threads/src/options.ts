/**
 * Module 3.20 — What may be chosen when the device is made.
 */
export interface CpuThreadsOptions {
  /** What it is registered as; "cpu-threads" by default. */
  readonly name?: string;
  /** How many work, the one that asks included: by default one per core. Results are the same. */
  readonly threads?: number;
  /**
   * `"auto"`: 256-bit vectors, if this process can be asked for them and they prove right and
   * faster (Node 24 and later; an experimental flag of its engine). `"off"` by default.
   */
  readonly simd256?: "off" | "auto";
  readonly memory?: {
    /** Most bytes its memory may grow to: 4 GiB by default, which is also the most there can be. */
    readonly maximumBytes?: number;
  };
}
