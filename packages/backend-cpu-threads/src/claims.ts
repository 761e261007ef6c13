/**
 * Module 3.21 — Which kernels and element types the device takes.
 *
 * f64 it does not know: gradients are checked on the reference device.
 */
import { dtypesOf, type Kernel, notClaimed, unknownDtype } from "@mt/backend";
import { type DType, dtypeNames, dtypes } from "@mt/operators";
import { generates } from "./generate/generate.ts";

const known = dtypeNames.filter((dtype) => dtype !== "f64");
/** The element types, with the bytes one takes. */
export const knownDtypes: ReadonlyMap<DType, number> = new Map(
  known.map((dtype) => [dtype, dtypes[dtype].bytes]),
);

export const claims = (kernel: Kernel): boolean => generates(kernel.kind);

/** @throws BackendError for a kernel or a dtype that is not known here. */
export function require(backend: string, kernel: Kernel): void {
  if (!generates(kernel.kind)) throw notClaimed(backend, kernel.kind);
  for (const dtype of dtypesOf(kernel))
    if (!knownDtypes.has(dtype)) throw unknownDtype(backend, dtype, known);
}
