/**
 * What can compute in this page: names that `useBackend` knows, with what people should know of them.
 */
export interface Device {
  readonly title: string;
  /** Why it is not what it could be; empty if it is. */
  readonly notice: string;
}

const oneThread =
  "One thread: browsers let threads share memory only in a page that is served with " +
  "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";

/** The GPU by what it calls itself; null where a page gets none. */
async function gpu(): Promise<Device | null> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const { vendor, architecture } = adapter.info;
  return { title: `GPU: ${vendor} ${architecture}`, notice: "" };
}

function cpu(hasGpu: boolean): Device {
  const threads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const noGpu = hasGpu ? "" : "No GPU: this browser gives the page none. ";
  return {
    title: `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    notice: noGpu + (crossOriginIsolated ? "" : oneThread),
  };
}

/** By name, best first. */
export async function devicesHere(): Promise<ReadonlyMap<string, Device>> {
  const webgpu = await gpu();
  return new Map([
    ...(webgpu ? [["webgpu", webgpu] as const] : []),
    ["cpu-threads", cpu(webgpu !== null)],
    ["reference", { title: "Plain JavaScript", notice: "" }],
  ]);
}
