/** However the work is laid out, results are those of the reference device. */
import { referenceBackend } from "@mt/backend";
import { cumsum, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { makeDevice } from "../src/device.ts";
import { cpuThreads } from "../src/index.ts";

const reference = referenceBackend();
const whole = cpuThreads();
let calls: string[] = [];
/** Notes what ran; units are small, and done from the last to the first. */
const pieces = makeDevice(
  {},
  {
    tuning: { grain: 8 },
    dispatch: ({ run, units, summary }, block) => {
      calls.push(summary);
      for (let unit = units; unit > 0; unit--) run(unit - 1, unit, block);
    },
  },
);

const data = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898) * 2);
const sizeOf = (shape: readonly number[]): number => shape.reduce((n, x) => n * x, 1);

/** Compares with the reference, and the two layouts with each other, bit for bit. */
function expectSame(shape: readonly number[], f: (x: Tensor) => Tensor, allowed = 0): void {
  const x = data(sizeOf(shape));
  const [wanted, one, many] = [reference, whole, pieces].map((backend) => {
    calls = [];
    return [...f(tensor(x, { shape, backend })).dataSync()];
  }) as [number[], number[], number[]];
  expect(many).toEqual(one);
  expect(one).toHaveLength(wanted.length);
  const k = one.findIndex((y, i) => !(Math.abs(y - (wanted[i] as number)) <= allowed));
  expect(k < 0 ? "" : `${one[k]} at ${k}, not ${wanted[k]}`).toBe("");
}

describe("rows become columns", () => {
  test.each([
    [3, 5],
    [4, 4],
    [9, 130],
    [256, 40],
    [131, 7],
  ])("of %d × %d", (rows, columns) => {
    expectSame([rows, columns], (x) => x.transpose().clone());
    expectSame([rows, columns], (x) => x.transpose().mul(2).add(x.reshape(columns, rows)));
    expectSame([rows, columns], (x) => x.flip(0).transpose().clone());
  });
  test("in every order of three axes", () => {
    for (const order of [
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ])
      for (const shape of [
        [5, 6, 7],
        [2, 128, 33],
        [160, 3, 9],
      ])
        expectSame(shape, (x) => x.permute(order).clone());
  });
});

describe("folds of two axes", () => {
  const shapes = [
    [3, 5],
    [1, 1000],
    [1000, 3],
    [65, 66],
    [7, 1027],
    [3, 2051], // more than a page of memory
  ];
  test.each(shapes)("%d × %d, along each and both", (rows, columns) => {
    const shape = [rows, columns] as const;
    const near = 1e-6 * Math.max(rows, columns);
    for (const axis of [0, 1, undefined]) {
      expectSame(shape, (x) => x.sum(axis), axis === undefined ? 1e-6 * rows * columns : near);
      expectSame(shape, (x) => x.max(axis));
    }
  });
  test.each(shapes)("%d × %d: several in one kernel", (rows, columns) => {
    for (const axis of [0, 1]) {
      expectSame([rows, columns], (x) => x.softmax(axis), 1e-6);
      expectSame([rows, columns], (x) => x.logsumexp(axis), 2e-6);
      expectSame([rows, columns], (x) => x.variance(axis, { correction: 0 }), 1e-5);
    }
  });
  test.each(shapes)("%d × %d: running", (rows, columns) => {
    for (const axis of [0, 1]) expectSame([rows, columns], (x) => cumsum(x.round(), axis));
  });
});

describe("long folds of few results", () => {
  test.each<[shape: number[], axes: number[] | undefined]>([
    [[100_000], undefined],
    [[131_071], undefined],
    [[70_001, 3], [0]],
    [[3, 70_001], [1]],
    [
      [2, 300, 300],
      [1, 2],
    ],
  ])("%j along %j are made in pieces, and near the exact sum", (shape, axes) => {
    const x = data(sizeOf(shape));
    calls = [];
    const sum = tensor(x, { shape, backend: pieces }).sum(axes).dataSync();
    expect(calls.length).toBeGreaterThan(1);
    const exact = tensor(x, { shape, backend: reference }).sum(axes).dataSync();
    const total = x.reduce((s, y) => s + Math.abs(y), 0);
    sum.forEach((y, i) => {
      expect(Math.abs(y - (exact[i] as number))).toBeLessThan(2e-8 * total);
    });
    expectSame(shape, (y) => y.max(axes).mul(2));
  });
  test("with what is done to their results", () => {
    expectSame([100_000], (x) => x.max().mul(x.slice(3)).add(7));
    expectSame([100_000], (x) => x.lt(-1.9999).any());
    expectSame([100_000], (x) => x.round().abs().to("i32").sum());
  });
});
