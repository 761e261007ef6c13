/**
 * Module 3.24 — Trials: one program, its data, and what must come out.
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

const lengthOf = (slot: TrialSlot): number =>
  slot.role === "argument" ? slot.values.length : slot.length;
const widthOf = (backend: Backend, dtype: DType): number =>
  backend.dtypes.get(dtype) ?? dtypes[dtype].bytes;

/** Elements as a device stores them: a device may keep one byte in a word. */
export function encode(values: readonly number[], dtype: DType, width: number): Uint8Array {
  const { array, bytes } = dtypes[dtype];
  const stored: TypedArray = width === bytes ? new array(values) : new Uint32Array(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
export function decode(bytes: Uint8Array, dtype: DType, width: number): number[] {
  const { array, bytes: own } = dtypes[dtype];
  const { buffer } = bytes.slice();
  const length = Math.floor(bytes.length / width);
  return Array.from(
    width === own ? new array(buffer, 0, length) : new Uint32Array(buffer, 0, length),
  );
}

export function programOf(trial: Trial, backend: Backend): Program {
  return {
    kernels: trial.kernels,
    slots: trial.slots.map((slot) => ({
      role: slot.role,
      bytes: lengthOf(slot) * widthOf(backend, slot.dtype),
    })),
    arenas: [],
    scalars: trial.scalars.map(({ dtype }) => dtype),
  };
}

/** The elements of every result slot after one run. */
export async function runTrial(backend: Backend, trial: Trial): Promise<number[][]> {
  const executable = backend.compile(programOf(trial, backend));
  const buffers = trial.slots.map((slot): Buffer => {
    const width = widthOf(backend, slot.dtype);
    const values =
      slot.role === "argument" ? slot.values : new Array<number>(slot.length).fill(mark);
    const buffer = backend.allocate(values.length * width);
    backend.write(buffer, encode(values, slot.dtype, width));
    return buffer;
  });
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
  for (const buffer of buffers) backend.free(buffer);
  executable[Symbol.dispose]();
  return results;
}

/** How far a float may be from the reference: |x − y| ≤ absolute + relative · |y|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}
export const exact: Tolerance = { relative: 0, absolute: 0 };

const isNear = (x: number, y: number, { relative, absolute }: Tolerance): boolean =>
  x === y ||
  (Number.isNaN(x) && Number.isNaN(y)) ||
  Math.abs(x - y) <= absolute + relative * Math.abs(y);

/** An error that says where results differ, with the program. */
export class Difference extends Error {
  override readonly name = "Difference";
}

/** Runs a trial on a device and on the one it is held to. @throws Difference */
export async function compareTrial(
  backend: Backend,
  reference: Backend,
  trial: Trial,
  tolerance: Tolerance = exact,
): Promise<void> {
  const found = await runTrial(backend, trial);
  const expected = await runTrial(reference, trial);
  const results = trial.slots.flatMap((slot, i) => (slot.role === "result" ? [{ slot, i }] : []));
  results.forEach(({ slot, i }, k) => {
    const allowed = dtypes[slot.dtype].kind === "float" ? tolerance : exact;
    (expected[k] as number[]).forEach((y, element) => {
      const x = (found[k] as number[])[element] as number;
      if (isNear(x, y, allowed)) return;
      throw new Difference(
        `s${i}[${element}] is ${x} on "${backend.name}" and must be ${y}:\n${trialText(trial)}`,
      );
    });
  });
}

/** A trial as one would tell it: the program, then the data. */
export function trialText(trial: Trial): string {
  const bytes = new Map<DType, number>();
  const program = programText(programOf(trial, { dtypes: bytes } as unknown as Backend));
  const data = trial.slots.flatMap((slot, i) =>
    slot.role === "argument" ? [`s${i} = ${slot.values.slice(0, 40).join(" ")}`] : [],
  );
  return [program, ...data, `scalars ${trial.scalars.map(({ value }) => value).join(" ")}`].join(
    "\n",
  );
}
