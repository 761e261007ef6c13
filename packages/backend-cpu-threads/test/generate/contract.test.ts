/** Contractions in tiles keep all laws, however small they are and however their operands lie. */
import type { Backend } from "@mt/backend";
import { poolOf, referenceBackend } from "@mt/backend";
import { testBackend } from "@mt/backend/testing";
import { conv2d, grad, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, it, test } from "vitest";
import { cpuThreads, makeDevice } from "../../src/device.ts";
import { accuracy } from "../../src/vectors/accuracy.ts";

const stated = Object.fromEntries(
  Object.entries(accuracy).map(([name, ulp]) => [name, { ulp: Math.floor(ulp + 0.5) }]),
);
let calls: string[] = [];
/** In tiles whatever it costs, in small units done from the last to the first. */
const inTiles = (tiles: "direct" | "copied" | "folded", wide = false): Backend =>
  makeDevice(
    {},
    {
      tuning: { grain: 8, tiles, wide },
      dispatch: ({ run, units, summary }, block) => {
        calls.push(summary);
        for (let unit = units; unit > 0; unit--) run(unit - 1, unit, block);
      },
    },
  );

describe.each([
  ["direct", false],
  ["copied", false],
  ["copied", true],
  ["folded", false],
] as const)("in tiles %s, in units of any order; wide: %s", (tiles, wide) => {
  testBackend(
    () => inTiles(tiles, wide),
    { describe: (group, laws) => void (group === "contract" && describe(group, laws)), it },
    { accuracy: stated, sums: 2, report: () => undefined },
  );
});

const reference = referenceBackend();
const whole = makeDevice(
  {},
  {
    dispatch: ({ run, units, summary }, block) => {
      calls.push(summary);
      run(0, units, block);
    },
  },
);
const data = (size: number, seed: number): Float32Array =>
  new Float32Array(size).map((_, i) => Math.sin((i + seed) * 12.9898) * 2);
const sizeOf = (shape: readonly number[]): number => shape.reduce((n, x) => n * x, 1);
type Pair = readonly [number[], number[]];
const of = ([x, y]: Pair, backend: Backend, f: (x: Tensor, y: Tensor) => Tensor): Float32Array => {
  const [a, b] = [data(sizeOf(x), 1), data(sizeOf(y), 7)];
  return f(
    tensor(a, { shape: x, backend }),
    tensor(b, { shape: y, backend }),
  ).dataSync() as Float32Array;
};

describe("the same bits in units of any size", () => {
  test.each<[name: string, shapes: Pair, f: (x: Tensor, y: Tensor) => Tensor]>([
    [
      "a product",
      [
        [70, 90],
        [90, 75],
      ],
      (x, y) => x.matmul(y),
    ],
    [
      "transposed",
      [
        [90, 70],
        [75, 90],
      ],
      (x, y) => x.transpose().matmul(y.transpose()),
    ],
    [
      "in batches",
      [
        [3, 40, 24],
        [3, 24, 16],
      ],
      (x, y) => x.matmul(y),
    ],
    [
      "with an epilogue",
      [
        [48, 64],
        [64, 32],
      ],
      (x, y) => x.matmul(y).mul(0.1).tanh(),
    ],
    [
      "with an epilogue of many operations",
      [
        [48, 64],
        [64, 32],
      ],
      (x, y) => x.matmul(y).mul(0.1).gelu(),
    ],
    [
      "a convolution",
      [
        [2, 3, 20, 20],
        [8, 3, 3, 3],
      ],
      (x, y) => conv2d(x, y, { padding: 1 }),
    ],
    [
      "in groups",
      [
        [2, 12, 20, 20],
        [24, 4, 3, 3],
      ],
      (x, y) => conv2d(x, y, { padding: 1, groups: 3 }),
    ],
    [
      "in steps",
      [
        [2, 3, 40, 40],
        [16, 3, 3, 3],
      ],
      (x, y) => conv2d(x, y, { stride: 2, padding: 1 }),
    ],
  ])("%s", (_, shapes, f) => {
    calls = [];
    const one = of(shapes, whole, f);
    expect(calls.some((call) => call.startsWith("tile "))).toBe(true);
    expect(of(shapes, inTiles("copied"), f)).toEqual(one);
    expect(of(shapes, inTiles("direct", true), f)).toEqual(one);
    const wanted = of(shapes, reference, f);
    const k = one.findIndex((y, i) => !(Math.abs(y - (wanted[i] as number)) < 1e-4));
    expect(k < 0 ? "" : `${one[k]} at ${k}, not ${wanted[k]}`).toBe("");
  });
});

/** However large units are; and near what the reference device gives. */
function expectSameInUnits(
  one: Float32Array,
  shapes: Pair,
  f: (x: Tensor, y: Tensor) => Tensor,
): void {
  for (const tiles of ["direct", "copied", "folded"] as const) {
    const inUnitsOf = (grain: number): Float32Array =>
      of(shapes, makeDevice({}, { tuning: { tiles, grain } }), f);
    expect(inUnitsOf(8)).toEqual(inUnitsOf(1e9));
  }
  const wanted = of(shapes, reference, f);
  const near = 2e-7 * 4 * sizeOf(shapes[0]) * 0.5;
  const k = one.findIndex((y, i) => !(Math.abs(y - (wanted[i] as number)) < near));
  expect(k < 0 ? "" : `${one[k]} at ${k}, not ${wanted[k]}`).toBe("");
}

describe("convolutions in groups, with gradients, in units of any size", () => {
  const options = { padding: 1, groups: 3, stride: 2 };
  const [x, w, dy] = [
    [2, 12, 20, 20],
    [24, 4, 3, 3],
    [2, 24, 10, 10],
  ] as [number[], number[], number[]];
  const other = (shape: number[], { backend }: Tensor): Tensor =>
    tensor(data(sizeOf(shape), 3), { shape, backend });
  test.each<[name: string, shapes: Pair, f: (x: Tensor, y: Tensor) => Tensor]>([
    ["forward", [x, w], (image, taps) => conv2d(image, taps, options)],
    [
      "of the images",
      [w, dy],
      (taps, at) => grad((z: Tensor) => conv2d(z, taps, options).mul(at).sum())(other(x, taps)),
    ],
    [
      "of the weights",
      [x, dy],
      (image, at) => grad((z: Tensor) => conv2d(image, z, options).mul(at).sum())(other(w, image)),
    ],
    [
      "of the weights of single channels",
      [
        [2, 12, 20, 20],
        [2, 12, 20, 20],
      ],
      (image, at) =>
        grad((z: Tensor) => conv2d(image, z, { padding: 1, groups: 12 }).mul(at).sum())(
          other([12, 1, 3, 3], image),
        ),
    ],
  ])("%s", (_, shapes, f) => {
    expectSameInUnits(of(shapes, whole, f), shapes, f);
  });
});

describe("long sums are made in pieces", () => {
  test.each<[name: string, shapes: Pair, f: (x: Tensor, y: Tensor) => Tensor]>([
    [
      "few results",
      [
        [12, 20_000],
        [20_000, 16],
      ],
      (x, y) => x.matmul(y).mul(2),
    ],
    [
      "of odd length",
      [
        [3, 24, 5003],
        [3, 5003, 8],
      ],
      (x, y) => x.matmul(y),
    ],
    [
      "the gradient of few weights",
      [
        [16, 1, 28, 28],
        [16, 4, 28, 28],
      ],
      (x, dy) =>
        grad((w: Tensor) => conv2d(x, w, { padding: 1 }).mul(dy).sum())(
          tensor(data(4 * 9, 3), { shape: [4, 1, 3, 3], backend: x.backend }),
        ),
    ],
    [
      "the gradient of weights",
      [
        [8, 3, 33, 33],
        [8, 8, 33, 33],
      ],
      (x, dy) =>
        grad((w: Tensor) => conv2d(x, w, { padding: 1 }).mul(dy).sum())(
          tensor(data(8 * 3 * 9, 3), { shape: [8, 3, 3, 3], backend: x.backend }),
        ),
    ],
  ])("%s", (_, shapes, f) => {
    calls = [];
    const one = of(shapes, whole, f);
    expect(calls.filter((call) => call.startsWith("tile "))).not.toHaveLength(0);
    expectSameInUnits(one, shapes, f);
  });
});

describe("large copies are made slice by slice, to the same bits", () => {
  const forward = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, { padding: 1 });
  test.each<[name: string, f: (x: Tensor, w: Tensor) => Tensor]>([
    ["forward", forward],
    ["of the input", (x, w) => grad((z: Tensor) => forward(z, w).square().sum())(x)],
    ["of the weights", (x, w) => grad((z: Tensor) => forward(x, z).square().sum())(w)],
  ])("%s", (_, f) => {
    const shapes: Pair = [
      [32, 16, 32, 32],
      [8, 16, 3, 3],
    ];
    calls = [];
    const slices = of(shapes, whole, f);
    expect(calls.filter((call) => call.startsWith("tile ")).length).toBeGreaterThan(2);
    expect(slices).toEqual(of(shapes, makeDevice({}, { tuning: { grain: 1e9 } }), f));
    const threads = cpuThreads({ threads: 1 });
    of(shapes, threads, f);
    const arrays = 4 * (2 * sizeOf(shapes[0]) + 2 * 8 * 32 ** 3);
    expect(poolOf(threads).peak).toBeLessThan(arrays + 2 ** 21);
  });
});

test("padding times infinity is zero", () => {
  const taps = data(8 * 3 * 3 * 3, 7);
  taps[0] = Infinity; // the first corner of the first filter
  const [one = [], wanted = []] = [whole, reference].map((backend) => {
    const image = tensor(data(2 * 3 * 20 * 20, 1), { shape: [2, 3, 20, 20], backend });
    return [
      ...conv2d(image, tensor(taps, { shape: [8, 3, 3, 3], backend }), { padding: 1 }).dataSync(),
    ];
  });
  expect(one.map(Number.isFinite)).toEqual(wanted.map(Number.isFinite));
  expect(one.filter(Number.isFinite)).toHaveLength(2 * (8 * 400 - 19 * 19));
  expect(one.some(Number.isNaN)).toBe(false);
});

test("padding times infinity is zero in sums that are made in pieces, too", () => {
  const dy = data(16 * 4 * 28 * 28, 7);
  dy[0] = Infinity; // taps above and left of the corner read padding there
  const [one = [], wanted = []] = [whole, reference].map((backend) => {
    const image = tensor(data(16 * 28 * 28, 1), { shape: [16, 1, 28, 28], backend });
    const weights = tensor(data(4 * 9, 3), { shape: [4, 1, 3, 3], backend });
    const at = tensor(dy, { shape: [16, 4, 28, 28], backend });
    calls = [];
    const slope = grad((w: Tensor) => conv2d(image, w, { padding: 1 }).mul(at).sum());
    return [...slope(weights).dataSync()];
  });
  expect(one.map(Number.isFinite)).toEqual(wanted.map(Number.isFinite));
  expect(one.filter(Number.isFinite)).toHaveLength(4 * 9 - 4);
});

test("the loop that a contraction equals is run only if a sum is NaN", () => {
  const image = (first: number): Tensor => {
    const x = data(2 * 3 * 20 * 20, 1);
    x[0] = first;
    return tensor(x, { shape: [2, 3, 20, 20], backend: whole });
  };
  const taps = tensor(data(8 * 3 * 3 * 3, 7), { shape: [8, 3, 3, 3], backend: whole });
  const passes = (x: Tensor): number => {
    calls = [];
    conv2d(x, taps, { padding: 1 }).dataSync();
    return calls.length;
  };
  const usual = passes(image(1));
  expect(passes(image(1))).toBe(usual);
  expect(passes(image(NaN))).toBe(usual + 1);
});
