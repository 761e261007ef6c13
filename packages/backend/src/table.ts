/**
 * Module 3.5 — The table that all copies of this package share.
 *
 * It hangs on `globalThis` under a registered symbol, so that several copies in one process see the
 * same devices and the same pools. Nothing is made before it is asked for.
 */
import type { Backend } from "./backend.ts";

export interface Table {
  /** In the order of registration. */
  readonly backends: Map<string, Backend>;
  /** Makes and registers the device to use when there is none. */
  makeDefault?: (() => void) | undefined;
  reference?: Backend;
  /** What is kept once per device, its buffer pool for one. */
  readonly companions: WeakMap<Backend, Map<string, unknown>>;
}

const key: unique symbol = Symbol.for("@mt/backend") as never;

export function table(): Table {
  const scope = globalThis as { [key]?: Table };
  scope[key] ??= { backends: new Map(), companions: new WeakMap() };
  return scope[key];
}

/** What belongs to a device once per process, whichever copy of this package asks. */
export function companion<T>(backend: Backend, role: string, make: () => T): T {
  const { companions } = table();
  const own = companions.get(backend) ?? new Map<string, unknown>();
  companions.set(backend, own);
  if (!own.has(role)) own.set(role, make());
  return own.get(role) as T;
}

/** What has been found out about a device, for `explain` to tell: text by subject. */
export const notesOf = (backend: Backend): Map<string, string> =>
  companion(backend, "notes", () => new Map<string, string>());
