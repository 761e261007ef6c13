export type { Backend, Buffer, Executable, Limits, Pass } from "./backend.ts";
export { CheckingBackend, check } from "./check.ts";
export { Decorator } from "./decorate.ts";
export * from "./errors.ts";
export type * from "./kernel.ts";
export { asLoops, contractAsLoop, prefixAsLoops } from "./loops.ts";
export { BufferPool, type LiveBuffer, poolOf, sizeClass } from "./pool.ts";
export type { Program, Slot } from "./program.ts";
export { RecordingBackend, record } from "./record.ts";
export type { ReferenceOptions } from "./reference/device.ts";
export { referenceBackend } from "./reference/generated.ts";
export { interpretedBackend } from "./reference/interpreted.ts";
export {
  getBackend,
  registerBackend,
  setDefaultBackend,
  unregisterBackend,
} from "./registry.ts";
export {
  adopt,
  type Binding,
  dtypesOf,
  kernelKey,
  localize,
  type Rewriting,
  rewrite,
  slotsOf,
} from "./structure.ts";
export { companion, notesOf } from "./table.ts";
export { kernelText, programText } from "./text.ts";
export { validateProgram } from "./validate.ts";
