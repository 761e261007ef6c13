/**
 * Module 3.90 — What a generator makes: WGSL for one kernel, and what running it takes.
 *
 * Generators are functions from a kernel to text: they touch no device, so everything they make can
 * be read, kept and validated where there is no GPU. What a device can do reaches them as `Facts`.
 */
import type { DType } from "@mt/operators";

/** What the code may count on, from the limits and features the device was made with. */
export interface Facts {
  /** Storage buffers one kernel may bind. */
  readonly buffers: number;
  /** Invocations of one workgroup. */
  readonly invocations: number;
  /** Bytes of memory that the invocations of one workgroup share. */
  readonly workgroupBytes: number;
  /** Workgroups along one of the three dimensions of a dispatch. */
  readonly groups: number;
  /** Bytes that a dispatch carries with it; 0: a uniform buffer has to. */
  readonly immediateBytes: number;
  /** Names of WebGPU features: "shader-f16", "subgroups", … */
  readonly features: ReadonlySet<string>;
  /** Fewest and most invocations of a subgroup; null: there are none, or they have no numbers. */
  readonly subgroups: readonly [number, number] | null;
  /** Sides of the squares of f16 whose products subgroups sum in f32. */
  readonly squares: readonly number[];
  /** Whether the adapter is a program: invocations run one after the other, and barriers are dear. */
  readonly software: boolean;
}
/** The least that every device of the specification has, and no features. */
export const leastFacts: Facts = {
  buffers: 8,
  invocations: 256,
  workgroupBytes: 16384,
  groups: 65535,
  immediateBytes: 0,
  features: new Set(),
  subgroups: null,
  squares: [],
  software: false,
};

/** `@binding(i)` of a module. */
export interface KernelBinding {
  /** Of the kernel: one of its own slots, renumbered, or, after those, of its scratch space. */
  readonly binding: number;
  readonly access: "read" | "read_write";
}
/** A number of the run that the code reads, as a word of bits. */
export interface KernelNumber {
  /** Which of the kernel's scalars. */
  readonly index: number;
  readonly dtype: DType;
}

export interface GeneratedKernel {
  /** A module whose entry point is `main`. */
  readonly code: string;
  /** In the order of `@binding`; numbers in a uniform buffer come after them. */
  readonly bindings: readonly KernelBinding[];
  /** All at most `Facts.groups`. */
  readonly workgroups: readonly [number, number, number];
  /** In the order of their words; none: nothing is bound for them. */
  readonly numbers: readonly KernelNumber[];
  /** Whether the numbers travel with the dispatch instead of in a uniform buffer. */
  readonly immediate: boolean;
  /** How the work is laid out, for people; and why so, where there was a choice. */
  readonly summary: string;
  readonly chosen?: string;
}
/** What one kernel of a program becomes: dispatches one after the other. */
export interface Generated {
  readonly kernels: readonly GeneratedKernel[];
  /** Bytes of bindings that exist for these dispatches alone, after those of the kernel. */
  readonly scratch: readonly number[];
}
