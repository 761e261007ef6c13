/**
 * Module 2 — Operations as definitions: for each index of the result, the index it reads.
 *
 * What an operation on positions means is stated once, as a function of indices, and held against
 * values, dtypes and derivatives on many shapes.
 */
import { expect } from "vitest";
import { type Tensor, tensor } from "../src/index.ts";
import { apart, checkVjp } from "./differences.ts";
import { indicesOf } from "./oracle.ts";

type Shape = readonly number[];
/** Ranks 0 to 5; sizes 0, 1, odd and even. */
export const shapes: readonly Shape[] = [
  [],
  [0],
  [1],
  [5],
  [3, 4],
  [4, 0],
  [2, 1, 3],
  [3, 2, 5],
  [1, 3, 2, 2],
  [2, 1, 3, 1, 2],
];
export const shapesOfRank = (least: number): Shape[] => shapes.filter((s) => s.length >= least);

/** The index that an index of the result reads; null: there stands 0. */
export type Reads = (index: Shape) => Shape | null;

const at = (index: Shape, shape: Shape): number =>
  index.reduce((place, i, axis) => place * (shape[axis] as number) + i, 0);

/** f(x) has this shape and reads x as stated, for several dtypes; and so do its derivatives. */
export function reading(
  name: string,
  f: (x: Tensor) => Tensor,
  from: Shape,
  to: Shape,
  reads: Reads,
): void {
  const { data } = apart(from, from.length + 1);
  for (const dtype of ["f64", "i32", "bool"] as const) {
    const x = tensor(dtype === "f64" ? new Float64Array(data) : data.map((v) => v * 9), {
      shape: from,
      dtype,
    });
    const elements = x.dataSync();
    const expected = Array.from(indicesOf(to), (index) => {
      const place = reads(index);
      return place ? elements[at(place, from)] : 0;
    });
    const y = f(x);
    expect(y.shape, name).toEqual(to);
    expect(y.dtype, name).toBe(dtype);
    expect([...y.dataSync()], `${name} of ${dtype} [${from}]`).toEqual(expected);
  }
  const count = to.reduce((n, size) => n * size, 1);
  if (data.length > 0 && count > 0 && count <= 120) checkVjp(name, f, [{ shape: from, data }]);
}
