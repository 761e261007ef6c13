/**
 * Module 3.115a — The end of a process that leaves while a GPU works.
 *
 * `process.exit` takes memory from under the threads of a driver; one that computes crashes then, and
 * the process ends by a signal instead of its code. A device that is destroyed first lets go of them.
 */
const made = new Set<WeakRef<GPUDevice>>();
let listening: boolean = false;

interface Process {
  once?(event: "exit", listener: () => void): unknown;
}

/** Destroys the device when the process ends, if it is still there. */
export function endAtExit(device: GPUDevice): void {
  const { process } = globalThis as { readonly process?: Process };
  if (!process?.once) return;
  if (!listening)
    process.once("exit", () => {
      for (const reference of made) reference.deref()?.destroy();
    });
  listening = true;
  const reference = new WeakRef(device);
  made.add(reference);
  void device.lost.then(() => made.delete(reference));
}
