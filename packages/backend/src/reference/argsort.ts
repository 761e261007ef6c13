/**
 * Module 3.15a — Sorting on the reference device.
 *
 * The values are brought into a row-major array by a loop like any other; what is left is a
 * stable sort of each row.
 */
import { argument, cast, type TypedArray } from "@mt/operators";
import type { ArgsortKernel } from "../kernel.ts";
import { type KernelFunction, type Loop, size } from "./loop.ts";

/** NaN counts as greater than everything. */
const compare = (x: number, y: number): number =>
  x < y ? -1 : x > y ? 1 : Number(Number.isNaN(x)) - Number(Number.isNaN(y));

export function argsort(
  { outer, length, input, slot, descending }: ArgsortKernel,
  compile: (loop: Loop) => KernelFunction,
): KernelFunction {
  const box = [...outer, length];
  const strides = box.map((_, axis) => size(box.slice(axis + 1)));
  const body = cast(argument(0, input.dtype), "f64");
  const gather = compile({
    outer: box,
    inner: [],
    inputs: [{ ...input, slot: 0 }],
    folds: [],
    stores: [{ slot: 1, dtype: "f64", inside: false, offset: 0, strides, body }],
  });
  return (views, offsets, scalars) => {
    const values = new Float64Array(size(box));
    const [view, offset] = [views[input.slot] as TypedArray, offsets[input.slot] as number];
    gather([view, values], [offset, 0], scalars);
    for (let start = 0; start < values.length; start += length) {
      const row = values.subarray(start, start + length);
      const order = Int32Array.from(row, (_, i) => i).sort((i, j) => {
        const sign = compare(row[i] as number, row[j] as number);
        return (descending ? -sign : sign) || i - j;
      });
      (views[slot] as TypedArray).set(order, (offsets[slot] as number) + start);
    }
  };
}
