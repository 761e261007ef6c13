/**
 * Module 3.116 — Which kernels and element types the device takes.
 */
import { type Kernel, notClaimed, unknownDtype } from "@mt/backend";
import { type DType, postorder } from "@mt/operators";
import { generates } from "./generate/generate.ts";
import type { Facts } from "./generate/kernel.ts";
import { storageOf, storedDtypes } from "./wgsl/storage.ts";

/** The element types, with the bytes one takes: WGSL has no bytes, so they take whole words. */
export const dtypesFor = ({ features }: Facts): ReadonlyMap<DType, number> =>
  new Map(
    storedDtypes
      .filter((dtype) => dtype !== "f16" || features.has("shader-f16"))
      .map((dtype) => [dtype, storageOf(dtype).bytes]),
  );

export const claims = (kernel: Kernel): boolean => generates(kernel);

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
export function require(name: string, kernel: Kernel, known: ReadonlyMap<DType, number>): void {
  if (!generates(kernel)) throw notClaimed(name, kernel.kind);
  for (const dtype of dtypesOf(kernel, new Set()))
    if (!known.has(dtype)) throw unknownDtype(name, dtype, known.keys());
}
