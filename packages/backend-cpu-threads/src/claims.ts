/**
 * Module 3.21 — Which kernels and element types the device takes.
 *
 * f64 it does not know: gradients are checked on the reference device.
 */
import { type Kernel, notClaimed, unknownDtype } from "@mt/backend";
import { type DType, dtypes, postorder } from "@mt/operators";
import { generates } from "./generate/generate.ts";

const known: readonly DType[] = ["f32", "i32", "u32", "u8", "bool"];
/** The element types, with the bytes one takes. */
export const knownDtypes: ReadonlyMap<DType, number> = new Map(
  known.map((dtype) => [dtype, dtypes[dtype].bytes]),
);

export const claims = (kernel: Kernel): boolean => generates(kernel.kind);

/** Every dtype that a kernel's inputs, stores and formulas mention. */
function dtypesOf(part: unknown, found: Set<DType>): Set<DType> {
  if (typeof part !== "object" || part === null) return found;
  const { kind, dtype } = part as { readonly kind?: string; readonly dtype?: DType };
  if (dtype) found.add(dtype);
  if (kind === "call") for (const x of postorder(part as never)) found.add(x.dtype);
  else for (const value of Object.values(part)) dtypesOf(value, found);
  return found;
}

/** @throws BackendError for a kernel or a dtype that is not known here. */
export function require(backend: string, kernel: Kernel): void {
  if (!generates(kernel.kind)) throw notClaimed(backend, kernel.kind);
  for (const dtype of dtypesOf(kernel, new Set()))
    if (!knownDtypes.has(dtype)) throw unknownDtype(backend, dtype, known);
}
