/** The inside of a Web Worker in a thread of Node's: loads a module, hands it messages. */
import { parentPort, workerData } from "node:worker_threads";

const scope = globalThis as {
  onmessage?: (event: { readonly data: unknown }) => void;
  postMessage?: (message: unknown) => void;
};
scope.postMessage = (message) => parentPort?.postMessage(message);
// locks of Node's threads are not always free again when their thread has ended
Object.defineProperty(globalThis.navigator, "locks", { value: undefined });
await import(workerData as string);
parentPort?.on("message", (data) => scope.onmessage?.({ data }));
