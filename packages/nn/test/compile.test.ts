/** Module 4 — Training steps, compiled: the same numbers to the bit, whatever a step is made of. */
import { referenceBackend, unregisterBackend } from "@mt/backend";
import {
  type Compiled,
  compile,
  manualSeed,
  operators,
  realize,
  registerBackend,
  type Tensor,
  tensor,
} from "@mt/tensor";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  Adam,
  AdamW,
  cosineSchedule,
  crossEntropy,
  Dropout,
  Linear,
  type Module,
  type Optimizer,
  Sequential,
  SGD,
  warmup,
} from "../src/index.ts";

registerBackend(referenceBackend());
afterAll(() => void unregisterBackend("reference"));
beforeEach(() => realize()); // what earlier tests left

const batch = (k: number): Tensor =>
  tensor(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(k * 24 + i)),
    { shape: [8, 3] },
  );
const labels: Tensor = tensor(Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1));
const modelOf = (rate: number): Module & { forward(x: Tensor): Tensor } =>
  new Sequential(new Linear(3, 16), operators.tanh, new Dropout(rate), new Linear(16, 2));
const values = (list: Iterable<Tensor>): number[][] => [...list].map((x) => [...x.dataSync()]);

type Step = (x: Tensor, ...rest: number[]) => Tensor;
type Kind = (step: Step) => Step;

/** What training shows, plainly and compiled; gives the compiled step. */
function sameTraining(train: (kind: Kind) => unknown): Compiled {
  let compiled: (Step & Compiled) | undefined;
  manualSeed(3);
  const expected = train((step) => step);
  manualSeed(3);
  const seen = train((step) => {
    compiled = compile(step);
    return compiled;
  });
  expect(seen).toEqual(expected);
  return compiled as Step & Compiled;
}
const stepOf =
  (model: ReturnType<typeof modelOf>, optimizer: Optimizer): Step =>
  (x) => {
    const loss = crossEntropy(model.forward(x), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };

describe("a step of every optimizer, 150 times", () => {
  test.each<[string, (x: Iterable<Tensor>) => Optimizer]>([
    ["SGD", (x) => new SGD(x, { rate: 0.1 })],
    ["SGD with momentum", (x) => new SGD(x, { rate: 0.1, momentum: 0.9, nesterov: true })],
    ["Adam", (x) => new Adam(x, { rate: 0.01, weightDecay: 0.1 })],
    ["AdamW", (x) => new AdamW(x, { rate: 0.01 })],
  ])("%s", (_, make) => {
    const { recorded } = sameTraining((kind) => {
      const model = modelOf(0.25);
      const optimizer = make(model.parameters());
      const step = kind(stepOf(model, optimizer));
      const losses = Array.from({ length: 150 }, (_, k) => step(batch(k)));
      const { steps, counts, memories } = optimizer.state();
      const state = memories.flatMap((memory) => values(Object.values(memory)));
      return [values(losses), values(model.parameters()), state, steps, counts];
    });
    expect(recorded).toBe(4); // two of 64 to compare
  });
});

test("a rate that a schedule sets before each step is no new call", () => {
  const { recorded } = sameTraining((kind) => {
    const model = modelOf(0);
    const optimizer = new Adam(model.parameters());
    const schedule = warmup(5, cosineSchedule(0.01, 30));
    const step = kind(stepOf(model, optimizer));
    return Array.from({ length: 30 }, (_, k) => {
      optimizer.rate = schedule(optimizer.steps);
      return values([step(batch(k)), ...model.parameters()]);
    });
  });
  expect(recorded).toBe(2);
});
test("a schedule inside the step is recorded each time, and right", () => {
  const { replayed } = sameTraining((kind) => {
    const model = modelOf(0);
    const optimizer = new Adam(model.parameters());
    const schedule = cosineSchedule(0.01, 30);
    const plain = stepOf(model, optimizer);
    const step = kind((x) => {
      optimizer.rate = schedule(optimizer.steps);
      return plain(x);
    });
    return Array.from({ length: 8 }, (_, k) => values([step(batch(k)), ...model.parameters()]));
  });
  expect(replayed).toBe(0);
});
test("train() and eval() are noticed at once", () => {
  const { replayed } = sameTraining((kind) => {
    const model = modelOf(0.5);
    const predict = kind((x) => model.forward(x).detach());
    return Array.from({ length: 12 }, (_, k) => {
      model.train(k % 4 < 2);
      return values([predict(batch(k))]);
    });
  });
  expect(replayed).toBe(8);
});
test("a state that is loaded between steps is what the next one starts from", () => {
  sameTraining((kind) => {
    const model = modelOf(0);
    const optimizer = new Adam(model.parameters(), { rate: 0.05 });
    const step = kind(stepOf(model, optimizer));
    for (let k = 0; k < 5; k++) step(batch(k));
    const { memories, ...state } = optimizer.state();
    const copies = memories.map((memory) =>
      Object.fromEntries(Object.entries(memory).map(([name, x]) => [name, x.clone()])),
    );
    for (let k = 0; k < 3; k++) step(batch(k));
    optimizer.load({ ...state, memories: copies });
    for (let k = 0; k < 3; k++) step(batch(k));
    return [values(model.parameters()), optimizer.steps];
  });
});
test("steps of two optimizers in a call, and gradients accumulated over calls", () => {
  const { replayed } = sameTraining((kind) => {
    const [first, second] = [modelOf(0.1), modelOf(0)];
    const optimizers = [new SGD(first.parameters(), { rate: 0.1 }), new Adam(second.parameters())];
    const both = kind((x) => {
      const loss = crossEntropy(first.forward(x), labels).add(
        crossEntropy(second.forward(x), labels),
      );
      loss.backward();
      for (const optimizer of optimizers) optimizer.step();
      return loss;
    });
    return Array.from({ length: 9 }, (_, k) => {
      if (k % 3 === 0) for (const optimizer of optimizers) optimizer.zeroGrad();
      const loss = both(batch(k));
      const parameters = [...first.parameters(), ...second.parameters()];
      return values([loss, ...parameters, ...parameters.map((x) => x.grad as Tensor)]);
    });
  });
  expect(replayed).toBeGreaterThan(1);
});
test("a rate that is none is refused when a step is replayed, and changes nothing", () => {
  const model = modelOf(0);
  const optimizer = new SGD(model.parameters(), { rate: 0.1 });
  const step = compile(stepOf(model, optimizer));
  for (let k = 0; k < 4; k++) step(batch(k));
  const before = values(model.parameters());
  optimizer.rate = Number.NaN;
  expect(() => step(batch(5))).toThrow("SGD: rate is NaN; it must be a finite number ≥ 0.");
  expect([optimizer.steps, values(model.parameters())]).toEqual([4, before]);
  optimizer.rate = 0.1;
  step(batch(6));
  expect([optimizer.steps, step.recorded]).toEqual([5, 2]);
});
