/** What can be read, and what it is, around a step: the same as if all had been computed at once. */
import { eager, manualSeed, randn, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  Buffer,
  crossEntropy,
  dropout,
  Linear,
  Module,
  mseLoss,
  type Optimizer,
  Parameter,
  SGD,
} from "../src/index.ts";

const values = async (x: Tensor | null): Promise<number[]> => Array.from((await x?.data()) ?? []);

interface Setting {
  readonly model: Linear;
  readonly optimizer: Optimizer;
  readonly x: Tensor;
  readonly y: Tensor;
}
function setting(): Setting {
  manualSeed(4);
  const model = new Linear(3, 2);
  const optimizer = new Adam(model.parameters(), { rate: 0.1 });
  return { model, optimizer, x: randn([5, 3]).clone(), y: tensor([0, 1, 1, 0, 1]) };
}

/** The law: `f` reads the same numbers when nothing is deferred. */
async function sameAsEager(f: () => Promise<unknown>): Promise<void> {
  const deferred = await f();
  // what awaits leaves `eager`, but every operation of a step is recorded before the first read
  const immediate = await eager(f);
  expect(deferred).toEqual(immediate);
  expect(JSON.stringify(deferred)).not.toContain("null"); // NaN, or nothing at all
}

describe("after a step", () => {
  test("the loss, the logits and the gradients are those from before it", () =>
    sameAsEager(async () => {
      const { model, optimizer, x, y } = setting();
      const logits = model.forward(x);
      const loss = crossEntropy(logits, y);
      loss.backward();
      const gradient = model.weight.grad;
      optimizer.step();
      return [
        await loss.item(),
        await values(logits),
        await values(gradient),
        await values(model.bias?.grad ?? null),
        await values(model.weight),
      ];
    }));

  test("a graph recorded before it gives the value of before, one recorded after of after", async () => {
    const { model, optimizer, x, y } = setting();
    const before = await values(model.forward(x));
    crossEntropy(model.forward(x), y).backward();
    const early = model.forward(x);
    optimizer.step();
    const late = model.forward(x);
    expect(await values(early)).toEqual(before);
    expect(await values(late)).not.toEqual(before);
    const again = model.forward(x);
    expect(await values(again)).toEqual(await values(late));
  });

  test("the gradients are still there for another optimizer of the same parameters", async () => {
    const w = new Parameter([1, 2]);
    const [first, second] = [new SGD([w], { rate: 0.5 }), new SGD([w], { rate: 0.25 })];
    w.mul(w).sum().backward(); // gradient [2, 4]
    first.step();
    expect(await values(w)).toEqual([0, 0]);
    second.step();
    expect(await values(w)).toEqual([-0.5, -1]);
  });

  test("a value of two steps ago is an error that says what to do", async () => {
    const w = new Parameter([1, 2]);
    const optimizer = new SGD([w], { rate: 0.5 });
    const y = w.mul(3);
    y.sum().backward();
    optimizer.step();
    expect(await values(y)).toEqual([3, 6]);
    const z = w.mul(5); // an interior value: only its sum is wanted for itself
    z.sum().backward();
    optimizer.step();
    optimizer.step();
    await expect(values(z)).rejects.toThrow(/stepped twice.*clone\(\).*detach\(\)/s);
    expect((await values(w)).every(Number.isFinite)).toBe(true);
  });

  test("two optimizers that step in one go take both steps", async () => {
    const w = new Parameter([1, 2]);
    const optimizers = [new SGD([w], { rate: 0.5 }), new Adam([w], { rate: 0.25 })];
    w.mul(w).sum().backward();
    for (const optimizer of optimizers) optimizer.step();
    const got = await values(w);
    for (const x of got) expect(x).toBeCloseTo(-0.25, 6); // Adam's first step has the size of its rate
  });
});

test("40 micro-batches add up to the gradient of the whole batch", async () => {
  const { model, optimizer } = setting();
  const data = await randn([80, 3]).data();
  const [x, y] = [
    tensor(data, { shape: [80, 3] }),
    tensor(new Float32Array(160), { shape: [80, 2] }),
  ];
  mseLoss(model.forward(x), y).backward();
  const whole = await values(model.weight.grad);
  optimizer.zeroGrad();
  for (let k = 0; k < 40; k++) {
    const part = tensor(data.slice(6 * k, 6 * k + 6), { shape: [2, 3] });
    mseLoss(model.forward(part), y.slice({ end: 2 }))
      .div(40)
      .backward();
  }
  const parts = await values(model.weight.grad);
  for (const [i, g] of whole.entries()) expect(parts[i]).toBeCloseTo(g, 5);
  optimizer.step();
  expect((await values(model.weight)).every(Number.isFinite)).toBe(true);
});

test("an exception between backward and step leaves everything as it was", async () => {
  const { model, optimizer, x, y } = setting();
  const before = await values(model.weight);
  const attempt = (): void => {
    crossEntropy(model.forward(x), y).backward();
    model.forward(tensor([[1, 2]])); // the wrong number of inputs
    optimizer.step();
  };
  expect(attempt).toThrow("Linear: [1, 2] must end in an axis of 3");
  expect(await values(model.weight)).toEqual(before);
  expect(optimizer.steps).toBe(0);
  const gradient = await values(model.weight.grad);
  optimizer.zeroGrad();
  crossEntropy(model.forward(x), y).backward();
  expect(await values(model.weight.grad)).toEqual(gradient);
  optimizer.step();
  expect(await values(model.weight)).not.toEqual(before);
});

describe("running statistics", () => {
  class Centered extends Module {
    readonly weight: Parameter = new Parameter([2]);
    readonly mean: Buffer = new Buffer([0]);
    forward(x: Tensor): Tensor {
      const mean = x.mean(0, { keepDims: true });
      if (this.training) this.mean.assign(this.mean.mul(0.5).add(mean.detach().mul(0.5)));
      return x.sub(this.training ? mean : this.mean).mul(this.weight);
    }
  }
  test("follow the batches, one update a forward pass, in the program of the step", async () => {
    const model = new Centered();
    const optimizer = new SGD(model.parameters(), { rate: 0.1 });
    for (const value of [8, 4, 2]) {
      optimizer.zeroGrad();
      mseLoss(model.forward(tensor([value, value + 2])), tensor([0, 0])).backward();
      optimizer.step();
    }
    // means 9, 5, 3: ((0 + 9)/2 + 5)/2 = 4.75, (4.75 + 3)/2 = 3.875
    expect(await values(model.mean)).toEqual([3.875]);
    expect(model.mean.requiresGrad).toBe(false);
    model.eval();
    const [y] = await values(model.forward(tensor([3.875])));
    expect(y).toBe(0);
    expect(await values(model.mean)).toEqual([3.875]);
  });
});

test("a dropout mask is one mask in the output, in the gradient and when read after the step", async () => {
  manualSeed(9);
  const w = new Parameter(new Array(64).fill(1));
  const optimizer = new SGD([w], { rate: 1 });
  const y = dropout(w, 0.5);
  y.sum().backward();
  const gradient = w.grad;
  optimizer.step();
  const [out, dw, after] = [await values(y), await values(gradient), await values(w)];
  expect(new Set(out)).toEqual(new Set([0, 2]));
  expect(dw).toEqual(out);
  expect(after).toEqual(out.map((v) => 1 - v));
});
