/** Module 2 — The reference device, and one that claims only what is compulsory. */
import { type Backend, type Kernel, referenceBackend } from "@mt/backend";

function plain(): Backend {
  const backend = referenceBackend();
  const claims = (kernel: Kernel): boolean => kernel.kind === "loop" || kernel.kind === "scatter";
  return Object.defineProperty(backend, "claims", { value: claims });
}
/** What an operation has to run on: with the kernels of a device's own, and without. */
export const devices: Readonly<Record<string, Backend>> = {
  reference: referenceBackend(),
  plain: plain(),
};
