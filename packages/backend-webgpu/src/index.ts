export { wgslOf } from "./inspect.ts";
export type { AdapterLike, ChoiceStore, DeviceLike, GpuLike, WebgpuOptions } from "./options.ts";
export { webgpu } from "./webgpu.ts";
