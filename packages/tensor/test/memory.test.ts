/** Module 2 — Flat memory: no program has to free anything. */
import { record, referenceBackend } from "@mt/backend";
import { beforeEach, expect, test } from "vitest";
import {
  conv2d,
  memory,
  noGrad,
  realize,
  registerBackend,
  type Tensor,
  tensor,
} from "../src/index.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => realize());

/** A tiny network that is trained on a fresh batch in each step. */
function training(): (k: number) => Tensor {
  const weight = tensor(
    [
      [0.1, -0.2],
      [0.3, 0.4],
      [0.5, 0.6],
    ],
    { requiresGrad: true },
  );
  const bias = tensor([0, 0], { requiresGrad: true });
  return (k) => {
    const data = Float32Array.of(Math.sin(k), Math.cos(k), 1, k % 2, 0.5, -1);
    const x = tensor(data, { shape: [2, 3] });
    const loss = x.matmul(weight).add(bias).tanh().square().mean();
    loss.backward();
    noGrad(() => {
      for (const p of [weight, bias]) {
        p.assign(p.sub((p.grad as Tensor).mul(0.01)));
        p.grad = null;
      }
    });
    realize();
    return loss;
  };
}
const bytes = (): number[] => {
  const { live, pooled, programs } = memory();
  return [live, pooled, programs];
};

test("20 000 steps in one synchronous loop, every loss kept or read, end as step 100 did", () => {
  const step = training();
  const losses: Tensor[] = [];
  let early: number[] = [];
  for (let k = 1; k <= 20_000; k++) {
    const loss = step(k);
    if (k % 2) losses.push(loss);
    else loss.itemSync();
    if (k === 100) early = bytes();
    if (k % 1000 === 0) device.clear(); // the record itself would grow
  }
  expect(bytes()).toEqual(early);
  expect(losses.every((loss) => Number.isFinite(loss.itemSync()))).toBe(true);
});

test("20 000 steps, each awaited, end as step 100 did", async () => {
  const step = training();
  let early: number[] = [];
  for (let k = 1; k <= 20_000; k++) {
    await step(k).item();
    if (k === 100) early = bytes();
    if (k % 1000 === 0) device.clear();
  }
  expect(bytes()).toEqual(early);
});

test("a loop over large tensors that are read needs no more than a few of them", () => {
  const x = tensor(new Float32Array(50_000).fill(1));
  const once = (k: number): void => void x.mul(k).add(1).dataSync();
  for (let k = 0; k < 10; k++) once(k);
  const early = bytes();
  for (let k = 0; k < 500; k++) once(k);
  expect(bytes()).toEqual(early);
});

test("large results that nobody keeps are freed when the host collects them", async () => {
  const x = tensor(new Float32Array(50_000).fill(1));
  realize(x.mul(2));
  const { gc } = globalThis as unknown as { gc(): void }; // vitest.shared.ts exposes it
  const rounds = async (n: number): Promise<void> => {
    for (let k = 0; k < n; k++) {
      realize(x.mul(k));
      gc();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  await rounds(20);
  expect(memory().live + memory().pooled).toBeLessThan(20 * 200_000);
});

test("forward and backward of a convolution: inputs, outputs, gradients and at most 15 % more", () => {
  const numbers = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((n, s) => n * s, 1) }, (_, i) => Math.sin(i));
  const shapes = [
    [4, 8, 16, 16],
    [16, 8, 3, 3],
  ] as const;
  const [image, weight] = shapes.map((shape) =>
    tensor(numbers(shape), { shape, requiresGrad: true }),
  ) as [Tensor, Tensor];
  const dy = tensor(numbers([4, 16, 16, 16]), { shape: [4, 16, 16, 16] });
  device.clear();
  const y = conv2d(image, weight, { padding: 1 });
  y.backward(dy);
  realize(y, image.grad as Tensor, weight.grad as Tensor);
  const program = device.runs.at(-1);
  const elements = [image, weight, y, dy, image, weight].reduce((n, t) => n + t.size, 0);
  const slots = program?.slots.filter(({ role }) => role !== "temporary") ?? [];
  const arenas = program?.arenas.reduce((a, b) => a + b, 0) ?? Infinity;
  expect(slots.reduce((n, slot) => n + slot.bytes, 0)).toBe(4 * elements);
  expect(device.allocated).toBeLessThanOrEqual(4 * elements * 1.15);
  expect(arenas).toBeLessThanOrEqual(4 * elements * 0.15);
});
