/**
 * Module 3.110 — What may be chosen when the device is made.
 *
 * The types name only what is asked of the objects, so that this package's users need no types of
 * WebGPU: `navigator.gpu`, a GPUAdapter and a GPUDevice have what is asked for.
 */

/** `navigator.gpu`, or what `create()` of the npm package `webgpu` gives. */
export interface GpuLike {
  requestAdapter(options?: object): Promise<object | null>;
}
/** A GPUAdapter. */
export interface AdapterLike {
  requestDevice(descriptor?: object): Promise<object>;
}
/** A GPUDevice. */
export interface DeviceLike {
  readonly queue: object;
  readonly lost: Promise<unknown>;
  createBuffer(descriptor: never): object;
}

/** Keeps one text. */
export interface ChoiceStore {
  read(): string | null;
  write(text: string): void;
}

export interface WebgpuOptions {
  /** What it is registered as; "webgpu" by default. */
  readonly name?: string;
  /** Where to look for an adapter: `navigator.gpu`, else npm's `webgpu`, by default. */
  readonly gpu?: GpuLike;
  /** The adapter to make a device of. */
  readonly adapter?: AdapterLike;
  /**
   * A device of your own: it is shared, and left as it is when this one is disposed of. Until then an
   * error scope of ours is open on it, below those that you open and close in one turn.
   */
  readonly device?: DeviceLike;
  /** Use no more than this: names of WebGPU limits, such as `maxStorageBuffersPerShaderStage`. */
  readonly limits?: Readonly<Record<string, number>>;
  /**
   * The WebGPU features to use where there are any, of those that help: `shader-f16`, `subgroups`,
   * `subgroup-size-control`, `timestamp-query`, `chromium-experimental-subgroup-matrix`. By default all;
   * `[]`: none.
   */
  readonly features?: readonly string[];
  /**
   * Where choices among kernels are kept, which are made by measurement: in a file of the user's cache
   * folder, or in a page's `localStorage`, by default; `null`: nowhere, so each process measures anew.
   */
  readonly choices?: ChoiceStore | null;
  readonly memory?: {
    /**
     * Most bytes that tensors may take, 4 GiB if it is not said; running short is an error that says
     * what takes them. Reads and trials of kernels take some for a moment beside them.
     */
    readonly maximumBytes?: number;
  };
}
