/**
 * What can compute in this page. To add a device, write its entry.
 */
import { type Backend, cpuThreads, referenceBackend } from "minitorch";

export interface Device {
  readonly title: string;
  /** Why it is not what it could be; nothing if it is. */
  readonly notice: () => string | undefined;
  readonly make: () => Promise<Backend>;
}

const threads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;

const oneThread =
  "One thread: browsers let threads share memory only in a page that is served with " +
  "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";

/** By name, best first. */
export const devices: Readonly<Record<string, Device>> = {
  "cpu-threads": {
    title: `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    notice: () => (crossOriginIsolated ? undefined : oneThread),
    make: async () => cpuThreads(),
  },
  reference: {
    title: "Plain JavaScript",
    notice: () => undefined,
    make: async () => referenceBackend(),
  },
};

const made = new Map<string, Promise<Backend>>();

/** The device of this name, made when it is first asked for. */
export function deviceOf(name: string): Promise<Backend> {
  const device = devices[name];
  if (!device) throw new Error(`there is no device "${name}"`);
  const promise = made.get(name) ?? device.make();
  made.set(name, promise);
  return promise;
}
