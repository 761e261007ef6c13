/**
 * Module 3.116 — Which kernels and element types the device takes.
 */
import { dtypesOf, type Kernel, notClaimed, unknownDtype } from "@mt/backend";
import { type DType, dtypeNames } from "@mt/operators";
import { generates } from "./generate/generate.ts";
import type { Facts } from "./generate/kernel.ts";
import { storageOf, storedDtypes } from "./wgsl/storage.ts";

/** The element types, with the bytes one takes: WGSL has no bytes, so they take whole words. */
export const dtypesFor = ({ features }: Facts): ReadonlyMap<DType, number> =>
  new Map(
    storedDtypes
      .filter((dtype) => dtypeNames.includes(dtype))
      .filter((dtype) => dtype !== "f16" || features.has("shader-f16"))
      .map((dtype) => [dtype, storageOf(dtype).bytes]),
  );

export const claims = (kernel: Kernel): boolean => generates(kernel);

/** @throws BackendError for a kernel or a dtype that is not known here. */
export function require(name: string, kernel: Kernel, known: ReadonlyMap<DType, number>): void {
  if (!generates(kernel)) throw notClaimed(name, kernel.kind);
  for (const dtype of dtypesOf(kernel))
    if (!known.has(dtype)) throw unknownDtype(name, dtype, known.keys());
}
