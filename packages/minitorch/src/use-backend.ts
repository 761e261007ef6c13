/**
 * Which device new tensors live on, by its name.
 *
 * The GPU's package is loaded when it is asked for: most programs need none of it.
 */
import { type Backend, getBackend, referenceBackend, registerBackend } from "@mt/backend";
import { cpuThreads } from "@mt/backend-cpu-threads";

const makers: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  reference: referenceBackend,
  "cpu-threads": cpuThreads,
  webgpu: async () => (await import("@mt/backend-webgpu")).webgpu(),
};

/**
 * Makes the device of this name the one that new tensors live on, and gives it. Those registered
 * before are known by their names; "reference", "cpu-threads" and "webgpu" are made when they are not.
 * One that is gone, as a GPU that was lost, is made anew with the options it had. Tensors stay on the
 * device that they were made on.
 * @throws BackendError if there is none of this name, or no GPU; it says how to get one.
 * @example
 * (await useBackend("reference")).name; // "reference"
 */
export async function useBackend(name: string): Promise<Backend> {
  const backend = await (underway.get(name) ?? begin(name));
  registerBackend(backend);
  return backend;
}

/** Two that ask at once get the same device. */
const underway = new Map<string, Promise<Backend>>();
function begin(name: string): Promise<Backend> {
  const made = deviceOf(name).finally(() => underway.delete(name));
  underway.set(name, made);
  return made;
}
async function deviceOf(name: string): Promise<Backend> {
  const known = registered(name);
  if (known && !known.gone) return known;
  return (await (known?.remake?.() ?? makers[name]?.())) ?? getBackend(name);
}
function registered(name: string): Backend | undefined {
  try {
    return getBackend(name);
  } catch {
    return undefined;
  }
}
