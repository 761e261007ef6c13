export type { Backend, Buffer, Executable, Limits } from "./backend.ts";
export type * from "./kernel.ts";
export type { Program, Slot } from "./program.ts";
