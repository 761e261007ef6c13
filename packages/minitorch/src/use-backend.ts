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
 * before are known by their names; "reference", "cpu-threads" and "webgpu" are made when they are not,
 * and made anew when they are gone, as a GPU that was lost.
 * @throws BackendError if there is none of this name, or no GPU; it says how to get one.
 * @example
 * (await useBackend("reference")).name; // "reference"
 */
export async function useBackend(name: string): Promise<Backend> {
  const backend = known(name) ?? (await makers[name]?.()) ?? getBackend(name);
  registerBackend(backend);
  return backend;
}

function known(name: string): Backend | undefined {
  try {
    const backend = getBackend(name);
    return backend.gone ? undefined : backend;
  } catch {
    return undefined;
  }
}
