/** Inputs of kernels to test with. */
import type { Read } from "@mt/backend";
import type { DType } from "@mt/operators";

/** A read without guards. */
export const read = (
  slot: number,
  strides: readonly number[],
  dtype: DType = "f32",
  offset = 0,
): Read => ({ kind: "read", slot, dtype, offset, strides, guards: [], fill: 0 });
