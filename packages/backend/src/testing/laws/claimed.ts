/** Module 3.33 — Laws of the kernels a device may claim: they equal their loops. */
import { argument, call, type DType } from "@mt/operators";
import fc from "fast-check";
import type { ArgsortKernel, ContractKernel, Guard, PrefixKernel, Read } from "../../kernel.ts";
import { chance, type Draw, exactValues, integer, pick, rowMajor, size } from "../arbitrary.ts";
import { agree, agreeOn, type Law, type Subject } from "../law.ts";
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
function drawProduct(draw: Draw, dtype: DType): Trial {
  const extents = [1, 2, 3, 4, 5, 8, 17, 33];
  const [m, n, k] = [pick(draw, extents), pick(draw, extents), pick(draw, [0, ...extents])];
  const a = chance(draw, 50) ? [k, 0, 1] : [1, 0, m];
  const b = chance(draw, 50) ? [0, 1, n] : [0, k, 1];
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [m, n],
    inner: [k],
    inputs: [read(0, dtype, 0, a), read(1, dtype, 0, b), read(2, dtype, 0, [0, 1, 0])],
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
        body: call("add", argument(3, dtype), argument(2, dtype)),
      },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, m * k) },
      { role: "argument", dtype, values: exactValues(draw, dtype, k * n) },
      { role: "argument", dtype, values: exactValues(draw, dtype, n) },
      { role: "result", dtype, length: m * n + 1 },
    ],
    scalars: [],
  };
}

/** A convolution of images: stride, padding, dilation. */
function drawConvolution(draw: Draw, dtype: DType): Trial {
  const [images, channels, filters] = [
    integer(draw, 1, 3),
    integer(draw, 1, 3),
    integer(draw, 1, 6),
  ];
  const [high, wide] = [integer(draw, 3, 9), integer(draw, 3, 9)];
  const [tall, broad] = [integer(draw, 1, 3), integer(draw, 1, 3)];
  const [step, pad, spread] = [integer(draw, 1, 3), integer(draw, 0, 2), integer(draw, 1, 2)];
  const reach = (extent: number, taps: number): number =>
    Math.max(0, Math.floor((extent + 2 * pad - spread * (taps - 1) - 1) / step) + 1);
  const [rows, columns] = [reach(high, tall), reach(wide, broad)];
  const outer = [images, filters, rows, columns];
  const inner = [channels, tall, broad];
  const guards: Guard[] =
    pad === 0
      ? []
      : [
          { offset: -pad, strides: [0, 0, step, 0, 0, spread, 0], extent: high },
          { offset: -pad, strides: [0, 0, 0, step, 0, 0, spread], extent: wide },
        ];
  const plane = high * wide;
  const image: Read = {
    ...read(0, dtype, -pad * wide - pad, [
      channels * plane,
      0,
      step * wide,
      step,
      plane,
      spread * wide,
      spread,
    ]),
    guards,
  };
  const taps = rowMajor([filters, ...inner]);
  const [filter = 0, ...tap] = taps;
  const kernel: ContractKernel = {
    kind: "contract",
    outer,
    inner,
    inputs: [image, read(1, dtype, 0, [0, filter, 0, 0, ...tap])],
    a: 0,
    b: 1,
    roles: ["row", "column", "row", "row", "summed", "summed", "summed"],
    dtype,
    stores: [
      {
        slot: 2,
        dtype,
        inside: false,
        offset: 0,
        strides: rowMajor(outer),
        body: argument(2, dtype),
      },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, images * channels * plane) },
      { role: "argument", dtype, values: exactValues(draw, dtype, filters * size(inner)) },
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

function drawPrefix(draw: Draw, dtype: DType): Trial {
  const [rows, length] = [integer(draw, 0, 4), pick(draw, [0, 1, 2, 17, 65])];
  const name = pick(draw, ["add", "max"]);
  const identity = name === "add" ? 0 : -100;
  const kernel: PrefixKernel = {
    kind: "prefix",
    outer: [rows],
    inner: [length],
    inputs: [read(0, dtype, 0, [length, 1])],
    fold: {
      monoid: { name, combine: call(name, argument(0, dtype), argument(1, dtype)), identity },
      body: argument(0, dtype),
    },
    stores: [
      { slot: 1, dtype, inside: true, offset: 0, strides: [length, 1], body: argument(1, dtype) },
      { slot: 2, dtype, inside: false, offset: 0, strides: [1], body: argument(1, dtype) },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, rows * length) },
      { role: "result", dtype, length: rows * length + 1 },
      { role: "result", dtype, length: rows },
    ],
    scalars: [],
  };
}

function drawArgsort(draw: Draw, dtype: DType): Trial {
  const [rows, length] = [integer(draw, 0, 4), pick(draw, [0, 1, 2, 3, 17, 65])];
  const kernel: ArgsortKernel = {
    kind: "argsort",
    outer: [rows],
    length,
    input: read(0, dtype, 0, [length, 1]),
    slot: 1,
    descending: chance(draw, 50),
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, rows * length) },
      { role: "result", dtype: "i32", length: rows * length + 1 },
    ],
    scalars: [],
  };
}

/** Compares claimed kernels only: the others never reach the device. */
function claimed(
  name: string,
  trial: (draw: Draw, dtype: DType) => Trial,
  of: (dtype: DType) => boolean,
): Law {
  const trials = (subject: Subject): fc.Arbitrary<Trial> =>
    fc.gen().map((draw) => trial(draw, pick(draw, subject.dtypes.filter(of))));
  return {
    name,
    check: async (subject) => {
      const claims = (x: Trial): boolean => x.kernels.every((k) => subject.backend.claims(k));
      const sample = fc.sample(trials(subject), { numRuns: 20, seed: subject.seed });
      if (!sample.some(claims)) return;
      await agreeOn(subject, trials(subject).filter(claims));
    },
  };
}
const isNumber = (dtype: DType): boolean => dtype !== "bool" && dtype !== "u8";

export const claimedKernels: readonly Law[] = [
  claimed("multiplies matrices, with an epilogue", drawProduct, isNumber),
  claimed("convolves with any stride, padding and dilation", drawConvolution, isNumber),
  {
    name: "counts points out of bounds as zero, against an infinity too",
    check: async (subject) => {
      const trial = paddedTrial();
      if (!subject.specials || !trial.kernels.every((k) => subject.backend.claims(k))) return;
      await agree(subject, trial);
    },
  },
  claimed("keeps running folds", drawPrefix, (dtype) => dtype === "f32" || dtype === "i32"),
  claimed("sorts positions stably", drawArgsort, isNumber),
];
