/**
 * Module 2.5 — Which device runs what: the registry.
 *
 * Devices are registered by value, never by importing a module. The table hangs on `globalThis`
 * under a registered symbol, and what is in it is judged by its structure, so that several copies
 * of this package in one process share one table.
 */
import type { Backend } from "./backend.ts";
import { notABackend, unknownBackend, wrongProtocol } from "./errors.ts";
import { referenceBackend } from "./reference/device.ts";

interface Registry {
  /** In the order of registration. */
  readonly backends: Map<string, Backend>;
  /** Makes the device to use when none is registered. */
  makeDefault?: (() => Backend) | undefined;
  reference?: Backend;
  /** What other modules of this package keep once per device (its buffer pool). */
  readonly companions: WeakMap<Backend, Map<string, unknown>>;
}

const key: unique symbol = Symbol.for("@mt/backend") as never;

function registry(): Registry {
  const scope = globalThis as { [key]?: Registry };
  scope[key] ??= { backends: new Map(), companions: new WeakMap() };
  return scope[key];
}

/** The plain reference device of this process, made at its first use. */
function reference(): Backend {
  const table = registry();
  table.reference ??= referenceBackend();
  return table.reference;
}

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
  const { backends } = registry();
  backends.delete(backend.name);
  backends.set(backend.name, backend);
}

/** Forgets a device; what lives on it lives on. Gives whether there was one of that name. */
export const unregisterBackend = (name: string): boolean => registry().backends.delete(name);

/** States how to make the device to use when none is registered; it is made at its first use. */
export function setDefaultBackend(make: () => Backend): void {
  registry().makeDefault = make;
}

/** Runs the default factory once; what it makes is registered like any other. */
function makeDefault(): void {
  const table = registry();
  const make = table.makeDefault;
  if (!make) return;
  const earlier = [...table.backends.values()];
  registerBackend(make()); // if it throws, the next use tries again
  table.makeDefault = undefined;
  for (const backend of earlier) registerBackend(backend);
}

/**
 * The device of this name; without one the latest registered, else the default factory's, else the
 * reference device, which is always there.
 * @throws BackendError if there is none of this name.
 * @example
 * getBackend("reference").name; // "reference"
 */
export function getBackend(name?: string): Backend {
  const { backends } = registry();
  const latest = (): Backend | undefined => [...backends.values()].at(-1);
  const find = (): Backend | undefined => (name === undefined ? latest() : backends.get(name));
  if (!find()) makeDefault();
  const found = find();
  if (found) return found;
  if (name === undefined || name === "reference") return reference();
  throw unknownBackend(name, new Set([...backends.keys(), "reference"]));
}

/** What belongs to a device once per process, whichever copy of this package asks. */
export function companion<T>(backend: Backend, role: string, make: () => T): T {
  const { companions } = registry();
  const own = companions.get(backend) ?? new Map<string, unknown>();
  companions.set(backend, own);
  if (!own.has(role)) own.set(role, make());
  return own.get(role) as T;
}
