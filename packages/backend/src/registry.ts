/**
 * Module 3.6 — Which device runs what.
 *
 * Devices are registered by value, never by importing a module, and judged by their structure, so
 * that a device made by another copy of this package is as good as one of ours.
 */
import type { Backend } from "./backend.ts";
import { notABackend, unknownBackend, wrongProtocol } from "./errors.ts";
import { referenceBackend } from "./reference/generated.ts";
import { table } from "./table.ts";

const methods = ["claims", "allocate", "free", "write", "read", "compile", "finish"] as const;
const limits = ["buffersPerKernel", "bytesPerBuffer", "outputsPerKernel", "alignment"] as const;

function validate(candidate: Backend): void {
  const backend: Partial<Backend> = candidate ?? {};
  const name = typeof backend.name === "string" ? backend.name : "";
  if (backend.protocol !== undefined && backend.protocol !== 1)
    throw wrongProtocol(name, backend.protocol);
  const missing = [
    ...(name === "" ? ["name"] : []),
    ...(backend.protocol === 1 ? [] : ["protocol: 1"]),
    ...(typeof backend.dtypes?.get === "function" ? [] : ["dtypes"]),
    ...limits
      .filter((limit) => typeof backend.limits?.[limit] !== "number")
      .map((limit) => `limits.${limit}`),
    ...methods.filter((method) => typeof backend[method] !== "function").map((m) => `${m}()`),
  ];
  if (missing.length) throw notABackend(name, missing);
}

/**
 * Makes a device known and the one that new tensors live on. A second registration under the same
 * name replaces the first, for new tensors only.
 * @throws BackendError if it is not a backend, or of another protocol.
 * @example
 * registerBackend(referenceBackend()); // undefined
 */
export function registerBackend(backend: Backend): void {
  validate(backend);
  const { backends } = table();
  backends.delete(backend.name);
  backends.set(backend.name, backend);
}

/** Forgets a device; what lives on it lives on. Gives whether there was one of that name. */
export const unregisterBackend = (name: string): boolean => table().backends.delete(name);

/**
 * States how to make the device to use when none is registered; it is made at its first use, and
 * what was registered by then stays the latest.
 */
export function setDefaultBackend(make: () => Backend): void {
  const shared = table();
  shared.makeDefault = () => {
    const earlier = [...shared.backends.values()];
    registerBackend(make()); // if it throws, the next use tries again
    shared.makeDefault = undefined;
    for (const backend of earlier) registerBackend(backend);
  };
}

/**
 * The device of this name; without one the latest registered, else the default factory's, else the
 * reference device, which is always there.
 * @throws BackendError if there is none of this name.
 * @example
 * getBackend("reference").name; // "reference"
 */
export function getBackend(name?: string): Backend {
  const shared = table();
  const { backends } = shared;
  const find = (): Backend | undefined =>
    name === undefined ? [...backends.values()].at(-1) : backends.get(name);
  if (!find()) shared.makeDefault?.();
  const found = find();
  if (found) return found;
  if (name !== undefined && name !== "reference")
    throw unknownBackend(name, new Set([...backends.keys(), "reference"]));
  shared.reference ??= referenceBackend();
  return shared.reference;
}
