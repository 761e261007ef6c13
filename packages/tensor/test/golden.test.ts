/**
 * Module 2 — Golden programs: which kernels well-known formulas become. A change of the scheduler
 * shows here as a change of text.
 */
import { record, referenceBackend } from "@mt/backend";
import { beforeEach, expect, test } from "vitest";
import {
  conv2d,
  linear,
  noGrad,
  realize,
  registerBackend,
  type Tensor,
  tensor,
} from "../src/index.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => realize());

const filled = (shape: readonly number[], requiresGrad = false): Tensor => {
  const size = shape.reduce((n, s) => n * s, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i + size));
  return tensor(data, { shape, requiresGrad });
};
/** The program that computes what `f` records, and its number of kernels. */
function programOf(f: () => readonly Tensor[]): { kernels: number; text: string } {
  const results = f();
  device.clear();
  realize(...results);
  expect(device.runs).toHaveLength(1);
  return { kernels: device.kernels.length, text: device.text };
}

/** Less the mean, divided by the deviation. */
function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const centered = x.sub(x.mean(1, { keepDims: true }));
  const variance = centered.square().mean(1, { keepDims: true });
  return centered.mul(variance.add(1e-5).rsqrt()).mul(scale).add(shift);
}
/** Per sample: what picks the logit of its label. */
const crossEntropy = (logits: Tensor, oneHot: Tensor): Tensor =>
  logits.logSoftmax(1).mul(oneHot).sum(1).neg();

const [x, y] = [filled([4, 6]), filled([4, 6])];
const row = filled([6]);
const programs: readonly (readonly [string, number, () => readonly Tensor[]])[] = [
  ["silu of a sum times y", 1, () => [x.add(y).silu().mul(y)]],
  [
    "three views, one result",
    1,
    () => [x.transpose().flip(0).add(y.transpose()).slice({ step: 2 })],
  ],
  ["softmax", 1, () => [x.softmax(1)]],
  ["logsumexp", 1, () => [x.logsumexp(1)]],
  ["layer norm", 1, () => [layerNorm(x, row, row.add(1))]],
  ["cross-entropy of each sample", 1, () => [crossEntropy(x, y)]],
  [
    "linear with relu",
    1,
    () => [
      linear(x, filled([5, 6]))
        .add(filled([5]))
        .relu(),
    ],
  ],
  [
    "product of two linear layers",
    2,
    () => [
      x
        .matmul(y.transpose())
        .tanh()
        .matmul(filled([4, 3])),
    ],
  ],
  ["argmax", 1, () => [x.argmax(1)]],
];
test.each(programs)("%s: %d kernels", (_, kernels, f) => {
  const program = programOf(f);
  expect(program.text).toMatchSnapshot();
  expect(program.kernels).toBe(kernels);
});

test("an update with momentum is one kernel for each parameter", () => {
  const [p, velocity] = [filled([6, 5], true), filled([6, 5])];
  p.grad = filled([6, 5]);
  const program = programOf(() => {
    noGrad(() => {
      velocity.assign(velocity.mul(0.9).add(p.grad as Tensor));
      p.assign(p.sub(velocity.mul(0.01)));
    });
    return [];
  });
  expect(program.text).toMatchSnapshot();
  expect(program.kernels).toBe(1);
});

test("a step of 2 → 100 → 100 → 1 with SGD: at most 15 kernels, none of them a copy", () => {
  const sizes = [2, 100, 100, 1];
  const layers = sizes.slice(1).map((n, i) => ({
    weight: filled([n, sizes[i] as number], true),
    bias: filled([n], true),
  }));
  const inputs = filled([50, 2]);
  const labels = filled([50, 1]).gt(0);
  const program = programOf(() => {
    const logits = layers.reduce((z, { weight, bias }, i) => {
      const out = linear(z, weight).add(bias);
      return i < 2 ? out.relu() : out;
    }, inputs);
    // binary cross-entropy of logits: softplus(z) − z·label
    const loss = logits.softplus().sub(logits.mul(labels)).mean();
    loss.backward();
    noGrad(() => {
      for (const p of layers.flatMap(({ weight, bias }) => [weight, bias]))
        p.assign(p.sub((p.grad as Tensor).mul(0.1)));
    });
    return [loss];
  });
  expect(program.text).toMatchSnapshot();
  expect(program.kernels).toBeLessThanOrEqual(15);
});

test("a convolution with relu is one kernel; its gradients are one for each operand, and one sum", () => {
  const image = filled([2, 3, 8, 8], true);
  const weight = filled([4, 3, 3, 3], true);
  expect(
    programOf(() => [noGrad(() => conv2d(image, weight, { padding: 1 }).relu())]).kernels,
  ).toBe(1);
  const program = programOf(() => {
    const loss = conv2d(image, weight, { padding: 1 }).square().sum();
    loss.backward();
    return [loss, image.grad as Tensor, weight.grad as Tensor];
  });
  expect(program.text).toMatchSnapshot();
  expect(program.kernels).toBeLessThanOrEqual(4);
});

test("temporaries whose lives do not overlap share memory", () => {
  let z = filled([64, 64]);
  const w = filled([64, 64]);
  const program = programOf(() => {
    for (let k = 0; k < 8; k++) z = z.matmul(w).tanh();
    return [z];
  });
  expect(program.kernels).toBe(8);
  expect(device.programs.at(-1)?.arenas).toEqual([2 * 64 * 64 * 4]);
});
