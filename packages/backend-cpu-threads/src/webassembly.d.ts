/** What this package uses of WebAssembly's JavaScript interface, without the rest of a browser's. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: BufferSource);
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Readonly<Record<string, (...parameters: never[]) => unknown>>;
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;
  function validate(bytes: BufferSource): boolean;
  function compile(bytes: BufferSource): Promise<Module>;
}
