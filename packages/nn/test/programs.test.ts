import { record, referenceBackend, registerBackend, unregisterBackend } from "@mt/backend";
import { relu } from "@mt/operators";
import { memory, noGrad, randn, realize, type Tensor, tensor } from "@mt/tensor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Adam,
  AdamW,
  Conv2d,
  cosineSchedule,
  crossEntropy,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  type Optimizer,
  Parameter,
  Sequential,
  SGD,
} from "../src/index.ts";

const device = record(referenceBackend());
beforeAll(() => registerBackend(device));
afterAll(() => void unregisterBackend(device.name));
beforeEach(() => device.clear());

/** The kernels it takes to compute what `f` records; everything before is computed already. */
function kernelsOf(f: () => Tensor | undefined): number {
  realize();
  device.clear();
  const x = f();
  realize(...(x ? [x] : []));
  return device.kernels.length;
}
const drawn = (...shape: number[]): Tensor => randn(shape).clone();
const labels = (count: number): Tensor =>
  tensor(Uint8Array.from({ length: count }, (_, i) => i % 10));

/** One step of training on fresh images, like every other. */
function stepOf(model: Module & { forward(x: Tensor): Tensor }, optimizer: Optimizer) {
  return (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}
const mlp = (): Sequential =>
  new Sequential(new Linear(20, 64), relu, new Linear(64, 64), relu, new Linear(64, 10));
const lenet = (): Sequential =>
  new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    relu,
    new Conv2d(4, 8, 3, { padding: 1 }),
    relu,
    new MaxPool2d(4),
    new Flatten(),
    new Linear(392, 64),
    relu,
    new Dropout(0.25),
    new Linear(64, 10),
  );

describe("kernels", () => {
  test("Linear with relu is one", () => {
    const [layer, x] = [new Linear(20, 10), drawn(16, 20)];
    expect(kernelsOf(() => noGrad(() => layer.forward(x).relu()))).toBe(1);
  });
  test("crossEntropy of each row is one, of indices and of probabilities; its mean one more", () => {
    const [x, y, soft] = [drawn(16, 10), labels(16), drawn(16, 10).softmax().clone()];
    expect(kernelsOf(() => crossEntropy(x, y, { reduction: "none" }))).toBe(1);
    expect(kernelsOf(() => crossEntropy(x, soft, { reduction: "none" }))).toBe(1);
    expect(kernelsOf(() => crossEntropy(x, y))).toBe(2);
  });
  test.each([
    ["Adam", (x: Tensor) => new Adam([x])],
    ["Adam with weight decay", (x: Tensor) => new Adam([x], { weightDecay: 0.1 })],
    ["AdamW", (x: Tensor) => new AdamW([x])],
    ["SGD", (x: Tensor) => new SGD([x], { rate: 0.1 })],
    [
      "SGD with everything",
      (x: Tensor) => new SGD([x], { rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    ],
  ])("an update by %s is one for each parameter", (_, make) => {
    const x = new Parameter(drawn(20, 10));
    const optimizer = make(x);
    for (let step = 0; step < 3; step++) {
      x.grad = drawn(20, 10);
      expect(kernelsOf(() => void optimizer.step())).toBe(1);
    }
  });
  test("a step of an MLP of three layers with SGD takes at most 15", () => {
    const model = mlp();
    const step = stepOf(model, new SGD(model.parameters(), { rate: 0.1 }));
    const [x, y] = [drawn(16, 20), labels(16)];
    expect(kernelsOf(() => step(x, y))).toBeLessThanOrEqual(15);
  });
  test("a step of a LeNet with Adam takes at most 27", () => {
    const model = lenet();
    const step = stepOf(model, new Adam(model.parameters()));
    const [x, y] = [drawn(4, 1, 28, 28), labels(4)];
    expect(kernelsOf(() => step(x, y))).toBeLessThanOrEqual(27);
  });
});

describe("programs", () => {
  test("every step is the same one, at whatever rate, step count and dropout mask", async () => {
    const model = lenet();
    const optimizer = new Adam(model.parameters());
    const step = stepOf(model, optimizer);
    const schedule = cosineSchedule(0.01, 30);
    const next = async (): Promise<void> => {
      optimizer.rate = schedule(optimizer.steps);
      const x = tensor(new Float32Array(4 * 784).fill(optimizer.steps), { shape: [4, 1, 28, 28] });
      await step(x, labels(4)).item();
    };
    await next();
    expect(device.runs.length).toBeGreaterThan(0);
    device.clear();
    for (let i = 0; i < 29; i++) await next();
    expect(device.programs).toHaveLength(0);
    expect(device.runs).toHaveLength(29); // one a step; reading the loss runs nothing
    expect(new Set(device.runs).size).toBe(1);
  });
});

test.each([true, false])(
  "training takes no more memory after 2000 steps than after 100 (read: %s)",
  async (read) => {
    const model = new Sequential(new Linear(4, 8), relu, new Linear(8, 10));
    const step = stepOf(model, new Adam(model.parameters()));
    const bytes = (): number[] => {
      const { live, pooled, programs } = memory();
      return [live, pooled, programs];
    };
    let early: number[] = [];
    for (let i = 1; i <= 2000; i++) {
      const x = tensor(
        Float32Array.from({ length: 64 }, (_, k) => Math.sin(i * k)),
        { shape: [16, 4] },
      );
      const loss = step(x, labels(16));
      if (read) await loss.item();
      if (i === 100) early = bytes();
    }
    expect(bytes()).toEqual(early);
  },
);
