/**
 * Module 3.25 — Trials: one program, its data, and what comes out.
 *
 * A trial is written in elements, because devices differ in the bytes an element takes. Results
 * start out filled with a mark, so that a store outside its places is seen as well.
 */
import { type DType, dtypes, type TypedArray } from "@mt/operators";
import type { Backend, Buffer } from "../backend.ts";
import type { Kernel } from "../kernel.ts";
import type { Program } from "../program.ts";
import { programText } from "../text.ts";

/** A slot in elements; values are those of an argument. */
export type TrialSlot =
  | { readonly role: "argument"; readonly dtype: DType; readonly values: readonly number[] }
  | { readonly role: "result"; readonly dtype: DType; readonly length: number };

export interface Trial {
  readonly kernels: readonly Kernel[];
  readonly slots: readonly TrialSlot[];
  readonly scalars: readonly { readonly dtype: DType; readonly value: number }[];
}

/** The unwritten elements of a result. */
export const mark = 77;

/** What lies in a slot before the run. */
export const contents = (slot: TrialSlot): readonly number[] =>
  slot.role === "argument" ? slot.values : new Array<number>(slot.length).fill(mark);
export const widthOf = (backend: Backend, dtype: DType): number =>
  backend.dtypes.get(dtype) ?? dtypes[dtype].bytes;

/** The typed array a device's elements are seen through: it may keep one byte in a word. */
export const arrayOf = (dtype: DType, width: number): (typeof dtypes)[DType]["array"] =>
  width === dtypes[dtype].bytes ? dtypes[dtype].array : Uint32Array;

/** Elements as a device stores them. */
export function encode(values: readonly number[], dtype: DType, width: number): Uint8Array {
  const stored: TypedArray = new (arrayOf(dtype, width))(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
export function decode(bytes: Uint8Array, dtype: DType, width: number): number[] {
  const { buffer } = bytes.slice();
  return Array.from(new (arrayOf(dtype, width))(buffer, 0, Math.floor(bytes.length / width)));
}

export function programOf(trial: Trial, backend: Backend): Program {
  return {
    kernels: trial.kernels,
    slots: trial.slots.map((slot) => ({
      role: slot.role,
      bytes: contents(slot).length * widthOf(backend, slot.dtype),
    })),
    arenas: [],
    scalars: trial.scalars.map(({ dtype }) => dtype),
  };
}

/** The elements of every result slot after one run. */
export async function runTrial(backend: Backend, trial: Trial): Promise<number[][]> {
  const executable = backend.compile(programOf(trial, backend));
  const buffers = trial.slots.map((slot): Buffer => {
    const bytes = encode(contents(slot), slot.dtype, widthOf(backend, slot.dtype));
    const buffer = backend.allocate(bytes.length);
    backend.write(buffer, bytes);
    return buffer;
  });
  try {
    executable.run(
      buffers,
      Float64Array.from(trial.scalars, ({ value }) => value),
    );
    const results: number[][] = [];
    for (const [i, slot] of trial.slots.entries())
      if (slot.role === "result") {
        const bytes = await backend.read(buffers[i] as Buffer);
        results.push(decode(bytes, slot.dtype, widthOf(backend, slot.dtype)));
      }
    return results;
  } finally {
    for (const buffer of buffers) backend.free(buffer);
    executable[Symbol.dispose]();
  }
}

/** A trial as one would tell it: the program, then the data. */
export function trialText(trial: Trial): string {
  const bytes = new Map<DType, number>();
  const program = programText(programOf(trial, { dtypes: bytes } as unknown as Backend));
  const data = trial.slots.flatMap((slot, i) =>
    slot.role === "argument"
      ? [
          `s${i} = ${slot.values.slice(0, 40).join(" ")}${slot.values.length > 40 ? " …" : ""}`.trim(),
        ]
      : [],
  );
  const numbers = trial.scalars.map(({ value }, i) => `scalar ${i} = ${value}`);
  return [program, ...data, ...numbers].join("\n");
}
