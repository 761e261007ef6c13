/** Module 3.47 — Laws of contractions, for devices that claim them: they equal their loops. */
import { argument, call, type DType, dtypes, isFloat } from "@mt/operators";
import fc from "fast-check";
import type { ContractKernel, Guard, Read, Store } from "../../kernel.ts";
import { chance, type Draw, exactValues, integer, pick, rowMajor, size } from "../arbitrary.ts";
import { exact, unit } from "../distance.ts";
import { drawRoles } from "../draw-roles.ts";
import { agree, agreeOn, claims, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";

const read = (slot: number, dtype: DType, offset: number, strides: readonly number[]): Read => ({
  kind: "read",
  slot,
  dtype,
  offset,
  strides,
  guards: [],
  fill: 0,
});

/** A product of matrices, each possibly transposed, with a row of biases added in the epilogue. */
function productTrial(
  dtype: DType,
  [m, k, n]: readonly [number, number, number],
  [a, b]: readonly [transposed: boolean, transposed: boolean],
  values: (count: number) => readonly number[],
): Trial {
  const total = argument(3, dtype);
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [m, n],
    inner: [k],
    inputs: [
      read(0, dtype, 0, a ? [1, 0, m] : [k, 0, 1]),
      read(1, dtype, 0, b ? [0, k, 1] : [0, 1, n]),
      read(2, dtype, 0, [0, 1, 0]),
    ],
    a: 0,
    b: 1,
    roles: ["row", "column", "summed"],
    dtype,
    stores: [
      {
        slot: 3,
        dtype,
        inside: false,
        offset: 0,
        strides: [n, 1],
        body: call("add", total, argument(2, dtype)),
      },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: values(m * k) },
      { role: "argument", dtype, values: values(k * n) },
      { role: "argument", dtype, values: values(n) },
      { role: "result", dtype, length: m * n + 1 },
    ],
    scalars: [],
  };
}

function drawProduct(draw: Draw, known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const extents = [1, 2, 3, 4, 5, 8, 17, 33];
  const sides = [pick(draw, extents), pick(draw, [0, ...extents]), pick(draw, extents)] as const;
  const turned = [chance(draw, 50), chance(draw, 50)] as const;
  return productTrial(dtype, sides, turned, (count) => exactValues(draw, dtype, count));
}

/** A convolution of images: stride, padding, dilation, groups. */
function drawConvolution(draw: Draw, known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const [images, groups, channels, filters] = [2, 2, 3, 3].map((most) =>
    integer(draw, 1, most),
  ) as [number, number, number, number];
  const [high, wide] = [integer(draw, 3, 9), integer(draw, 3, 9)];
  const [tall, broad] = [integer(draw, 1, 3), integer(draw, 1, 3)];
  const [step, pad, spread] = [integer(draw, 1, 3), integer(draw, 0, 2), integer(draw, 1, 2)];
  const reach = (extent: number, taps: number): number =>
    Math.max(0, Math.floor((extent + 2 * pad - spread * (taps - 1) - 1) / step) + 1);
  const outer = [images, groups, filters, reach(high, tall), reach(wide, broad)];
  const inner = [channels, tall, broad];
  const plane = high * wide;
  const guards: Guard[] = [
    { offset: -pad, strides: [0, 0, 0, step, 0, 0, spread, 0], extent: high },
    { offset: -pad, strides: [0, 0, 0, 0, step, 0, 0, spread], extent: wide },
  ];
  const along = [step * wide, step, plane, spread * wide, spread];
  const strides = [groups * channels * plane, channels * plane, 0, ...along];
  const image: Read = {
    ...read(0, dtype, -pad * wide - pad, strides),
    guards: pad === 0 ? [] : guards,
  };
  const [group = 0, filter = 0, ...taps] = rowMajor([groups, filters, ...inner]);
  const store: Store = {
    slot: 2,
    dtype,
    inside: false,
    offset: 0,
    strides: rowMajor(outer),
    body: argument(2, dtype),
  };
  const kernel: ContractKernel = {
    kind: "contract",
    outer,
    inner,
    inputs: [image, read(1, dtype, 0, [0, group, filter, 0, 0, ...taps])],
    a: 0,
    b: 1,
    roles: ["row", "batch", "column", "row", "row", "summed", "summed", "summed"],
    dtype,
    stores: [store],
  };
  const count = images * groups * channels * plane;
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, count) },
      { role: "argument", dtype, values: exactValues(draw, dtype, groups * filters * size(inner)) },
      { role: "result", dtype, length: size(outer) },
    ],
    scalars: [],
  };
}

/** Three numbers, padded by one on each side, under taps of which the first is infinite. */
function paddedTrial(): Trial {
  const guards: Guard[] = [{ offset: -1, strides: [1, 1], extent: 3 }];
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [3],
    inner: [3],
    inputs: [{ ...read(0, "f32", -1, [1, 1]), guards }, read(1, "f32", 0, [0, 1])],
    a: 0,
    b: 1,
    roles: ["row", "summed"],
    dtype: "f32",
    stores: [
      { slot: 2, dtype: "f32", inside: false, offset: 0, strides: [1], body: argument(2, "f32") },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values: [1, 2, 3] },
      { role: "argument", dtype: "f32", values: [Infinity, 10, 1] },
      { role: "result", dtype: "f32", length: 3 },
    ],
    scalars: [],
  };
}

/** bool and u8 are summed as i32: nobody asks for a sum that wraps at 255. */
const isSummed = (dtype: DType): boolean => dtypes[dtype].kind !== "bool" && dtype !== "u8";
const drawn = (name: string, draw: (draw: Draw, known: readonly DType[]) => Trial): Law => ({
  name,
  check: (subject) =>
    agreeOn(
      subject,
      (known) => fc.gen().map((from) => draw(from, known)),
      subject.dtypes.filter(isSummed),
    ),
});

export const contractions: readonly Law[] = [
  drawn("multiplies matrices of any size and transposition, with an epilogue", drawProduct),
  drawn(
    "contracts every mix of batch, row, column and summed axes, strided and guarded",
    drawRoles,
  ),
  drawn("convolves with any stride, padding, dilation and groups", drawConvolution),
  {
    name: "counts points out of bounds as zero, against an infinity too",
    check: async (subject) => {
      if (!subject.stated.specials) return subject.account.skipped();
      const trial = paddedTrial();
      if (claims(subject.backend, trial)) await agree(subject, trial);
      else subject.account.declined(trial);
    },
  },
  {
    name: "sums products with no more rounding than it states",
    check: async (subject) => {
      const length = 1031;
      const value = (i: number): number => Math.sin(i * 12.9898) * 43.75;
      for (const dtype of subject.dtypes.filter(isFloat)) {
        const trial = productTrial(dtype, [3, length, 5], [false, false], (count) =>
          Array.from({ length: count }, (_, i) => value(i)),
        );
        const absolute = subject.stated.sums * unit(43.75 ** 2 * length, dtype);
        if (claims(subject.backend, trial))
          await agree(subject, trial, { ...exact, absolute, stated: "sums" });
        else subject.account.declined(trial);
      }
    },
  },
];
