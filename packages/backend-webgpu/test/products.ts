/** Products to try tilings on: kernels, and data of small halves, which f32 sums without rounding. */
import type { ContractKernel, Guard, Read } from "@mt/backend";
import type { Trial } from "@mt/backend/testing";
import { argument, call, type DType } from "@mt/operators";
import { read } from "./reads.ts";

export interface Matrices {
  readonly dtype?: DType;
  readonly batch?: number;
  readonly sides: readonly [rows: number, points: number, columns: number];
  /** Whether operands lie transposed. */
  readonly turned?: readonly [boolean, boolean];
}

const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => (((i + seed) * 7919) % 17) / 2 - 4);
const whole = (dtype: DType, list: readonly number[]): number[] =>
  list.map((x) => (dtype === "f32" || dtype === "f16" ? x : Math.abs(Math.trunc(x))));

/** A batch of products of matrices with a bias for each column. */
export function product({ dtype = "f32", batch = 1, sides, turned }: Matrices): Trial {
  const [m, k, n] = sides;
  const [a, b] = turned ?? [false, false];
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [batch, m, n],
    inner: [k],
    inputs: [
      read(0, a ? [m * k, 1, 0, m] : [m * k, k, 0, 1], dtype),
      read(1, b ? [k * n, 0, k, 1] : [k * n, 0, 1, n], dtype),
      read(2, [0, 0, 1, 0], dtype),
    ],
    a: 0,
    b: 1,
    roles: ["batch", "row", "column", "summed"],
    dtype,
    stores: [
      {
        slot: 3,
        dtype,
        inside: false,
        offset: 0,
        strides: [m * n, n, 1],
        body: call("add", argument(3, dtype), argument(2, dtype)),
      },
    ],
  };
  const data = (count: number, seed: number): readonly number[] =>
    whole(dtype, values(count, seed));
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: data(batch * m * k, 1) },
      { role: "argument", dtype, values: data(batch * k * n, 5) },
      { role: "argument", dtype, values: data(n, 3) },
      { role: "result", dtype, length: batch * m * n },
    ],
    scalars: [],
  };
}

/** Images under filters of 3 × 3, padded by one. The first tap is infinite if asked for. */
export function convolution(
  [images, channels, filters, high, wide]: readonly [number, number, number, number, number],
  infinite = false,
): Trial {
  const plane = high * wide;
  const guards: Guard[] = [
    { offset: -1, strides: [0, 0, 1, 0, 0, 1, 0], extent: high },
    { offset: -1, strides: [0, 0, 0, 1, 0, 0, 1], extent: wide },
  ];
  const image: Read = {
    ...read(0, [channels * plane, 0, wide, 1, plane, wide, 1], "f32", -wide - 1),
    guards,
  };
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [images, filters, high, wide],
    inner: [channels, 3, 3],
    inputs: [image, read(1, [0, channels * 9, 0, 0, 9, 3, 1])],
    a: 0,
    b: 1,
    roles: ["row", "column", "row", "row", "summed", "summed", "summed"],
    dtype: "f32",
    stores: [
      {
        slot: 2,
        dtype: "f32",
        inside: false,
        offset: 0,
        strides: [filters * plane, plane, wide, 1],
        body: argument(2, "f32"),
      },
    ],
  };
  const taps = values(filters * channels * 9, 2);
  if (infinite) taps[0] = Number.POSITIVE_INFINITY;
  const pixels = values(images * channels * plane, 1);
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values: infinite ? pixels.map((x) => x + 9) : pixels },
      { role: "argument", dtype: "f32", values: taps },
      { role: "result", dtype: "f32", length: images * filters * plane },
    ],
    scalars: [],
  };
}
