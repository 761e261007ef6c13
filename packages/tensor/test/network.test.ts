import { describe, expect, test } from "vitest";
import {
  avgPool2d,
  conv1d,
  conv2d,
  grad,
  linear,
  maxPool2d,
  type PoolingOptions,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { type Case, convolve, distance, pool, product, sequence } from "./images.ts";

const f64 = (data: Float64Array, shape: readonly number[]) => tensor(data, { shape });

/**
 * Sizes that all differ where they can, so that mixing up two axes shows. Three groups are depthwise:
 * one channel each, made into two.
 */
function imagesFor({ axes, groups, kernel }: Case): { x: number[]; w: number[] } {
  const size = [5, 4].slice(0, axes);
  const each = groups === 3 ? 1 : 2;
  return { x: [3, each * groups, ...size], w: [2 * groups, each, ...kernel] };
}

/** For one axis, and for two: equal and different steps. */
const steps: readonly Pick<Case, "axes" | "stride">[] = [
  ...[[1], [2], [3]].map((stride) => ({ axes: 1, stride })),
  ...[
    [1, 1],
    [2, 2],
    [3, 3],
    [3, 2],
    [1, 3],
  ].map((stride) => ({ axes: 2, stride })),
];
const along = (axes: number, pairs: readonly (readonly [number, number])[]): number[][] =>
  pairs.map((pair) => pair.slice(0, axes));
const cases: Case[] = steps.flatMap(({ axes, stride }) =>
  along(axes, [
    [0, 0],
    [1, 1],
    [2, 0],
  ]).flatMap((padding) =>
    along(axes, [[1, 1], [2, 2], ...(axes === 2 ? ([[2, 1]] as const) : [])]).flatMap((dilation) =>
      [1, 2, 3].map((groups) => ({
        axes,
        stride,
        padding,
        dilation,
        groups,
        kernel: [3, 2].slice(0, axes),
      })),
    ),
  ),
);

const name = (c: Case): string =>
  `conv${c.axes}d stride ${c.stride} padding ${c.padding} dilation ${c.dilation} groups ${c.groups}`;

describe.each(cases.map((c) => [name(c), c] as const))("%s", (_, c) => {
  const { axes, groups, stride, padding, dilation } = c;
  const shapes = imagesFor(c);
  const [x, w] = [sequence(product(shapes.x), 1), sequence(product(shapes.w), 2)];
  const options = { stride, padding, dilation, groups };
  const conv = axes === 1 ? conv1d : conv2d;

  test("is the sum over windows that its definition says", async () => {
    const y = conv(f64(x, shapes.x), f64(w, shapes.w), options);
    const expected = convolve(x, shapes.x, w, shapes.w, c);
    expect(y.shape).toEqual(expected.shape);
    expect(distance(await y.data(), expected.data)).toBeLessThan(1e-12);
  });

  test("its gradients are the differences it makes, at every index", async () => {
    const expected = convolve(x, shapes.x, w, shapes.w, c);
    const dy = sequence(expected.data.length, 3);
    const dot = (data: Float64Array): number =>
      data.reduce((sum, value, i) => sum + value * (dy[i] as number), 0);
    const [dx, dw] = grad(([a, b]: [Tensor, Tensor]) =>
      conv(a, b, options).mul(f64(dy, expected.shape)).sum(),
    )([f64(x, shapes.x), f64(w, shapes.w)]);
    // the map is linear in each operand, so a difference of one is exact up to rounding
    const bumped = (list: Float64Array, i: number) => list.map((v, k) => (k === i ? v + 1 : v));
    const base = dot(expected.data);
    const difference = (a: Float64Array, b: Float64Array): number =>
      dot(convolve(a, shapes.x, b, shapes.w, c).data) - base;
    const [byX, byW] = [
      x.map((_, i) => difference(bumped(x, i), w)),
      w.map((_, i) => difference(x, bumped(w, i))),
    ];
    expect(distance(await dx.data(), byX)).toBeLessThan(1e-10);
    expect(distance(await dw.data(), byW)).toBeLessThan(1e-10);
  });
});

describe.each([[[4]], [[3, 4]], [[2, 3, 4]], [[0, 4]]])("linear of %j", (shape) => {
  const [x, w] = [sequence(product(shape), 6), sequence(5 * 4, 7)];
  const [a, b] = [f64(x, shape), f64(w, [5, 4])];
  const dy = f64(sequence((product(shape) / 4) * 5, 8), [...shape.slice(0, -1), 5]);
  const byMatmul = (u: Tensor, v: Tensor): Tensor => u.matmul(v.transpose());

  test("is the product with the transposed weights", async () => {
    const [y, expected] = [linear(a, b), byMatmul(a, b)];
    expect(y.shape).toEqual(expected.shape);
    expect(distance(await y.data(), await expected.data())).toBeLessThan(1e-12);
  });
  test("has the gradients of that product", async () => {
    const gradients = (f: typeof linear) =>
      grad(([u, v]: [Tensor, Tensor]) => f(u, v).mul(dy).sum())([a, b]);
    const [got, expected] = [gradients(linear), gradients(byMatmul)];
    for (const k of [0, 1] as const)
      expect(distance(await got[k].data(), await expected[k].data())).toBeLessThan(1e-12);
  });
});

const pools: readonly (readonly [string, number[], PoolingOptions])[] = [
  ["windows side by side", [2, 3], {}],
  ["windows that leave a rest", [4, 4], {}],
  ["overlapping windows", [3, 2], { stride: [2, 1] }],
  ["padded windows side by side", [3, 2], { padding: 1 }],
  ["padded, overlapping windows", [3, 3], { stride: 2, padding: [1, 0] }],
  ["windows with gaps between them", [2, 2], { stride: 3 }],
];

describe.each([
  ["maxPool2d", maxPool2d, "max"],
  ["avgPool2d", avgPool2d, "mean"],
] as const)("%s", (_, poolOf, kind) => {
  const shape = [2, 2, 6, 7];
  const x = sequence(product(shape), 4);

  test.each(pools)("%s: each output folds its window", async (_name, size, options) => {
    const expected = pool(kind, x, shape, size, options);
    const y = poolOf(f64(x, shape), size, options);
    expect(y.shape).toEqual(expected.shape);
    expect(distance(await y.data(), expected.data)).toBeLessThan(1e-12);
  });

  test.each(pools)("%s: the gradient is the difference it makes", async (_name, size, options) => {
    const expected = pool(kind, x, shape, size, options);
    const dy = sequence(expected.data.length, 5);
    const got = await grad((a: Tensor) =>
      poolOf(a, size, options).mul(f64(dy, expected.shape)).sum(),
    )(f64(x, shape)).data();
    const at = (i: number, change: number): number =>
      pool(
        kind,
        x.map((v, k) => (k === i ? v + change : v)),
        shape,
        size,
        options,
      ).data.reduce((sum, value, k) => sum + value * (dy[k] as number), 0);
    const differences = x.map((_, i) => (at(i, 1e-6) - at(i, -1e-6)) / 2e-6);
    expect(distance(got, differences)).toBeLessThan(1e-7);
  });
});

test("ties in a window share the gradient", async () => {
  const x = tensor([
    [1, 1],
    [0, 1],
  ]);
  const dx = grad((a: Tensor) => maxPool2d(a, 2).sum())(x);
  const third = Math.fround(1 / 3);
  expect(await dx.toArray()).toEqual([
    [third, third],
    [0, third],
  ]);
});

test.each([
  [
    () => linear(tensor([1, 2]), tensor([[1]])),
    "linear: [2] and [1, 1]: both must end in the same number of inputs.",
  ],
  [
    () => linear(tensor([1]), tensor([1])),
    "linear: [1] has 1 axes; weights are [outputs, inputs].",
  ],
  [
    () => conv2d(tensor([[1]]), tensor([[1]])),
    "[1, 1] has 2 axes; it takes [batch, channels, height, width].",
  ],
  [
    () => convOf([1, 3, 5, 5], [2, 2, 3, 3]),
    "conv2d: [1, 3, 5, 5] and [2, 2, 3, 3]: the image has 3 channels, and the weights take 2.",
  ],
  [
    () => convOf([1, 4, 5, 5], [3, 2, 3, 3], { groups: 2 }),
    "conv2d: [3, 2, 3, 3]: 3 features do not divide into 2 groups.",
  ],
  [
    () => convOf([1, 1, 2, 5], [1, 1, 3, 3]),
    "on spatial axis 0 the kernel reaches over 3 elements (dilation 1), and there are 2 with padding 0",
  ],
  [
    () => convOf([1, 1, 5, 5], [1, 1, 3, 3], { stride: 0 }),
    "conv2d: stride 0 must be a whole number ≥ 1.",
  ],
  [
    () => convOf([1, 1, 5, 5], [1, 1, 3, 3], { padding: 0.5 }),
    "conv2d: padding 0.5 must be a whole number ≥ 0.",
  ],
  [
    () => convOf([1, 1, 5, 5], [1, 1, 3, 3], { dilation: [1, 2, 3] }),
    "conv2d: dilation [1, 2, 3] must be one number, or 2.",
  ],
  [
    () => convOf([1, 1, 5, 5], [1, 1, 3, 3], { groups: Number.NaN }),
    "conv2d: groups NaN must be a whole number ≥ 1.",
  ],
  [
    () => maxPool2d(tensor([[1, 2]]), 2),
    "maxPool2d: [1, 2]: a window of 2 does not fit on axis 0, which has 1 with its padding.",
  ],
  [
    () => maxPool2d(tensor([[1, 2]]), 1, { padding: 1 }),
    "maxPool2d: padding 1 is more than half of the window's 1.",
  ],
  [() => avgPool2d(tensor([1, 2]), 1), "avgPool2d: [2] has 1 axes; it takes 2 or more."],
])("a mistake says what does not fit (%#)", (mistake, message) => {
  expect(mistake).toThrow(message);
});

function convOf(x: number[], w: number[], options = {}): Tensor {
  return conv2d(f64(sequence(product(x), 1), x), f64(sequence(product(w), 2), w), options);
}
