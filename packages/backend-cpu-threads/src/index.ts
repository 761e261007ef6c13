export { cpuThreads } from "./device.ts";
export type { CpuThreadsOptions } from "./options.ts";
