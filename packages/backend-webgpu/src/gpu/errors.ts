/** Module 3.111 — What can go wrong with a GPU. */
import { BackendError, type Kernel, kernelText } from "@mt/backend";

export const packageMissing = (name: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    "webgpu: this host has no navigator.gpu, and the npm package webgpu is not installed.",
    "Run npm i webgpu@0.6.2, or pass a GPU: webgpu({ gpu }).",
  );

export const packageBroken = (name: string, said: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `webgpu: the npm package webgpu could not be loaded: ${said}`,
    "It has binaries for Linux with glibc (not musl), macOS and Windows; cpuThreads() runs everywhere.",
  );

export const noGpu = (name: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    "webgpu: this page has no navigator.gpu.",
    "Use a browser with WebGPU, over https or from localhost; cpuThreads() runs everywhere.",
  );

export const noAdapter = (name: string, tried: readonly string[]): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `webgpu: no adapter was found; tried ${tried.join(", ")}.`,
    "Install a GPU driver with Vulkan, Metal or D3D12, or a software one such as SwiftShader " +
      "(Debian: apt install chromium libvulkan1, then set " +
      "VK_DRIVER_FILES=/usr/lib/chromium/vk_swiftshader_icd.json); cpuThreads() needs none.",
  );

export const noDevice = (name: string, said: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `webgpu: the adapter gave no device: ${said}.`,
    "Ask for fewer limits and features, or use another adapter.",
  );

export const badOption = (name: string, option: string, said: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `webgpu: the option ${option} ${said}.`,
    "See WebgpuOptions for what it may be.",
  );

export const tooLarge = (name: string, bytes: number, most: number): BackendError =>
  new BackendError(
    "out-of-memory",
    name,
    `allocate: "${name}" cannot give ${bytes} bytes in one piece: a kernel of this device reaches at most ` +
      `${most} bytes of a buffer.`,
    "Split the tensor, work in smaller batches, or use cpuThreads().",
  );

export const deviceLost = (name: string, reason: string, said: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `"${name}" is lost (${reason}): ${said}.`,
    "What lay on it is gone: make another with registerBackend(await webgpu()), make the model anew " +
      "and load its parameters from host copies or a checkpoint.",
  );

export const gpuFailed = (name: string, said: string): BackendError =>
  new BackendError(
    "device-failed",
    name,
    `"${name}" refused what it was asked for: ${said}`,
    "This is a fault of the device; another one, such as cpuThreads(), runs the same program.",
  );

export const gpuShort = (name: string, said: string): BackendError =>
  new BackendError(
    "out-of-memory",
    name,
    `"${name}" ran out of memory: ${said}`,
    "Results since the last read are lost; dispose of tensors, or work in smaller batches.",
  );

export const tooManyKernels = (name: string, most: number): BackendError =>
  new BackendError(
    "out-of-memory",
    name,
    `"${name}" has compiled ${most} kernels without a pause, and kernels that are not used any more ` +
      "are let go in pauses only.",
    "Await a read now and then, or use fewer different shapes.",
  );

/** What a compiler said of a line of a module. */
export interface Complaint {
  readonly line: number;
  readonly message: string;
}
/** The line, and the formula it was written for: the last one told in a comment before it. */
export function badModule(
  name: string,
  kernel: Kernel,
  code: string,
  complaints: readonly Complaint[],
  said: string,
): BackendError {
  const lines = code.split("\n");
  const told = complaints.slice(0, 3).map(({ line, message }) => {
    const comment = lines.slice(0, line).findLast((x) => x.trimStart().startsWith("//"));
    const from = comment ? `, of ${comment.trim().slice(3)}` : "";
    return `line ${line}${from}:\n  ${lines[line - 1]?.trim()}\n  ${message}`;
  });
  return new BackendError(
    "device-failed",
    name,
    `"${name}" could not compile a kernel: ${told.join("\n") || said}\nThe kernel was:\n${kernelText(kernel)}\n`,
    "This is a fault of the device; another one, such as cpuThreads(), runs the same program.",
  );
}

export const oddWrite = (name: string, from: number, bytes: number): BackendError =>
  new BackendError(
    "outside-buffer",
    name,
    `write: ${bytes} bytes from byte ${from} on do not begin and end between elements.`,
    "Write whole elements of four bytes, or up to the end of the buffer.",
  );
