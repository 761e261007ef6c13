/**
 * Module 2.12 — Where a realized node's elements are.
 *
 * Elements given by the host, and small results, stay typed arrays: ordinary garbage, copied into
 * a program's input when it runs. Everything else is a device buffer with one owner.
 */
import type { Buffer } from "@mt/backend";
import type { TypedArray } from "@mt/operators";

export interface Value {
  /** Elements in host memory, never changed after they were handed over. */
  host: TypedArray | null;
  /** Elements on the device. */
  buffer: Buffer | null;
  /** Runs that copied `host` to the device: past a few, the copy is kept. */
  uploads: number;
  /** What frees the buffer when nothing refers to it any more, if that is not the value itself. */
  keeper: object | null;
}

export const hostValue = (host: TypedArray): Value => ({
  host,
  buffer: null,
  uploads: 0,
  keeper: null,
});
export const deviceValue = (buffer: Buffer): Value => ({
  host: null,
  buffer,
  uploads: 0,
  keeper: null,
});
