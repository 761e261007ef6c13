/**
 * Module 3.2 — Programs: kernels in order, over slots of memory.
 *
 * Slots are byte ranges. Arguments and results are bound to buffers at each run, in the order they
 * stand in `slots`; temporaries are ranges of arenas, which the device provides for the length of a
 * run, laid out by the planner so that ranges whose lives do not overlap share bytes.
 */
import type { DType } from "@mt/operators";
import type { Kernel } from "./kernel.ts";

export type Slot =
  | { readonly role: "argument" | "result"; readonly bytes: number }
  | {
      readonly role: "temporary";
      readonly bytes: number;
      /** Index into `arenas`, and the byte offset there. */
      readonly arena: number;
      readonly offset: number;
    };

export interface Program {
  readonly kernels: readonly Kernel[];
  readonly slots: readonly Slot[];
  /** Bytes of each arena. */
  readonly arenas: readonly number[];
  /** Dtypes of the run-time numbers. */
  readonly scalars: readonly DType[];
}
