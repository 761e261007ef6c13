import { ShapeError, type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  AdamW,
  cosineSchedule,
  Linear,
  ModuleError,
  type Optimizer,
  Parameter,
  SGD,
  type SGDOptions,
  stepSchedule,
  warmup,
} from "../src/index.ts";

const start = [0.5, -1.25, 2];
/** Another gradient at each step, of either sign and of different sizes. */
const gradients = [1, 2, 3, 4, 5].map((t) =>
  start.map((_, i) => Math.sin(3 * t + i) * 10 ** (i - 1)),
);
const leaf = (): Tensor => tensor(Float64Array.from(start), { requiresGrad: true });
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

/** An update as documented by PyTorch, in plain numbers; `state` starts empty. */
type Rule = (x: number, g: number, state: Record<string, number>, t: number) => number;

const momentumRule =
  (rate: number, mu: number, nesterov: boolean, decay: number): Rule =>
  (x, gradient, state) => {
    const g = gradient + decay * x;
    state.b = state.b === undefined ? g : mu * state.b + g;
    return x - rate * (nesterov ? g + mu * state.b : state.b);
  };

const adamRule =
  (
    rate: number,
    [b1, b2]: readonly [number, number],
    epsilon: number,
    decay: number,
    decoupled: boolean,
  ): Rule =>
  (from, gradient, state, t) => {
    const x = decoupled ? from - rate * decay * from : from;
    const g = decoupled ? gradient : gradient + decay * from;
    state.m = b1 * (state.m ?? 0) + (1 - b1) * g;
    state.v = b2 * (state.v ?? 0) + (1 - b2) * g * g;
    const mean = state.m / (1 - b1 ** t);
    const square = state.v / (1 - b2 ** t);
    return x - (rate * mean) / (Math.sqrt(square) + epsilon);
  };

const betas = [0.8, 0.95] as const;
const cases: readonly (readonly [string, (x: Tensor) => Optimizer, Rule])[] = [
  ["SGD", (x) => new SGD([x], { rate: 0.1 }), (x, g) => x - 0.1 * g],
  [
    "SGD with weight decay",
    (x) => new SGD([x], { rate: 0.1, weightDecay: 0.3 }),
    (x, g) => x - 0.1 * (g + 0.3 * x),
  ],
  [
    "SGD with momentum",
    (x) => new SGD([x], { rate: 0.1, momentum: 0.9 }),
    momentumRule(0.1, 0.9, false, 0),
  ],
  [
    "SGD with Nesterov's momentum",
    (x) => new SGD([x], { rate: 0.1, momentum: 0.9, nesterov: true }),
    momentumRule(0.1, 0.9, true, 0),
  ],
  [
    "SGD with everything",
    (x) => new SGD([x], { rate: 0.1, momentum: 0.5, nesterov: true, weightDecay: 0.2 }),
    momentumRule(0.1, 0.5, true, 0.2),
  ],
  ["Adam", (x) => new Adam([x], { rate: 0.1 }), adamRule(0.1, [0.9, 0.999], 1e-8, 0, false)],
  [
    "Adam with everything",
    (x) => new Adam([x], { rate: 0.2, betas, epsilon: 0.1, weightDecay: 0.3 }),
    adamRule(0.2, betas, 0.1, 0.3, false),
  ],
  ["AdamW", (x) => new AdamW([x], { rate: 0.1 }), adamRule(0.1, [0.9, 0.999], 1e-8, 0.01, true)],
  [
    "AdamW with everything",
    (x) => new AdamW([x], { rate: 0.2, betas, epsilon: 0.1, weightDecay: 0.3 }),
    adamRule(0.2, betas, 0.1, 0.3, true),
  ],
];

/** Steps with these gradients, as `backward` would leave them. */
function follow(x: Tensor, optimizer: Optimizer, list: readonly (readonly number[])[]): void {
  for (const g of list) {
    optimizer.zeroGrad();
    x.mul(tensor(Float64Array.from(g)))
      .sum()
      .backward();
    optimizer.step();
  }
}

describe.each(cases)("%s", (_, make, rule) => {
  test("takes five steps as its formula does", async () => {
    const x = leaf();
    follow(x, make(x), gradients);
    const expected = start.map((from, i) => {
      const state = {};
      return gradients.reduce((v, g, k) => rule(v, g[i] as number, state, k + 1), from);
    });
    for (const [i, got] of (await values(x)).entries())
      expect(got).toBeCloseTo(expected[i] as number, 11);
  });

  test("goes on from a loaded state as if it had never stopped", async () => {
    const [x, whole] = [leaf(), leaf()];
    const optimizer = make(x);
    follow(x, optimizer, gradients.slice(0, 3));
    const copy = tensor((await x.data()) as Float64Array, { requiresGrad: true });
    const resumed = make(copy);
    resumed.load(optimizer.state());
    follow(x, optimizer, [[9, 9, 9]]); // what was loaded is a copy: this must not reach it
    expect(resumed.steps).toBe(3);
    follow(copy, resumed, gradients.slice(3));
    follow(whole, make(whole), gradients);
    expect(await values(copy)).toEqual(await values(whole));
  });
});

describe("an optimizer", () => {
  test("leaves parameters without a gradient alone", async () => {
    const [moved, idle] = [leaf(), leaf()];
    const optimizer = new AdamW([moved, idle], { rate: 0.1 });
    moved.sum().backward();
    optimizer.step();
    expect(await values(idle)).toEqual(start);
    expect(await values(moved)).not.toEqual(start);
  });
  test("forgets gradients when told, and only then", async () => {
    const x = leaf();
    const optimizer = new SGD([x], { rate: 0.1 });
    x.sum().backward();
    x.sum().backward();
    expect(await values(x.grad as Tensor)).toEqual([2, 2, 2]);
    optimizer.step();
    expect(x.grad).not.toBeNull();
    optimizer.zeroGrad();
    expect(x.grad).toBeNull();
  });
  test("uses the rate it has when it steps", async () => {
    const x = leaf();
    const optimizer = new SGD([x], { rate: 0.1 });
    optimizer.rate = 1;
    follow(x, optimizer, [[1, 2, 3]]);
    expect(await values(x)).toEqual([-0.5, -3.25, -1]);
  });
  test("lists a parameter that is given twice once", async () => {
    const x = leaf();
    const optimizer = new SGD([x, x], { rate: 1 });
    expect(optimizer.parameters).toEqual([x]);
    follow(x, optimizer, [[1, 1, 1]]);
    expect(await values(x)).toEqual([-0.5, -2.25, 1]);
  });
  test("counts its steps, those that failed aside", () => {
    const x = new Parameter([1]);
    const optimizer = new Adam([x]);
    expect(optimizer.steps).toBe(0);
    optimizer.step();
    expect(optimizer.steps).toBe(1);
    optimizer.rate = Number.NaN;
    expect(() => optimizer.step()).toThrow("Adam: rate is NaN; it must be a finite number ≥ 0.");
    expect(optimizer.steps).toBe(1);
  });

  const x = new Parameter([1]);
  test.each([
    [() => new SGD([], { rate: 1 }), "SGD: there is nothing to optimize"],
    [() => new SGD([x], { rate: -1 }), "SGD: rate is -1; it must be a finite number ≥ 0."],
    [() => new SGD([x], { rate: Infinity }), "SGD: rate is Infinity"],
    [() => new SGD([x], { rate: 1, momentum: -1 }), "SGD: momentum is -1"],
    [
      () => new SGD([x], { rate: 1, nesterov: true }),
      "SGD: momentum is 0; it must be greater than 0 for nesterov.",
    ],
    [() => new SGD([x], { rate: 1, weightDecay: Number.NaN }), "SGD: weightDecay is NaN"],
    [
      () => new Adam([x], { betas: [1, 0.9] }),
      "Adam: beta is 1; it must be at least 0 and less than 1.",
    ],
    [() => new AdamW([x], { epsilon: -1 }), "AdamW: epsilon is -1"],
    [() => new Adam([x, tensor([1])]), "Adam: entry 1 of the parameters requires no gradient."],
    [() => new Adam([x.mul(2)]), "Adam: entry 0 of the parameters is the result of an operation."],
    [() => new Adam([tensor([1], { dtype: "i32" })]), "Adam: entry 0 of the parameters is i32"],
    [
      () => new Adam(["weight" as unknown as Tensor]),
      "Adam: entry 0 of the parameters is no tensor.",
    ],
  ])("says what is wrong with its settings (%#)", (make, message) => {
    expect(make).toThrow(message);
  });

  const loose = (value: unknown): Tensor[] => value as Tensor[];
  test.each([
    [new Linear(1, 1), "an object (Linear). Pass model.parameters()."],
    [new Parameter([1]), "an object (Parameter). Pass [x]."],
    [undefined, "undefined. Pass model.parameters(), or a list of tensors."],
    [() => [], "the function (no name). Pass model.parameters()"],
  ])("takes a list of parameters (%#)", (given, message) => {
    expect(() => new Adam(loose(given))).toThrow(
      `Adam: takes a list of parameters and was given ${message}`,
    );
  });

  test.each([
    [
      () => new SGD([x], { lr: 0.1 } as unknown as SGDOptions),
      'SGD: there is no option "lr". It is called "rate" here; there are "rate", "momentum", ' +
        '"nesterov", "weightDecay".',
    ],
    [
      () => new Adam([x], { eps: 1 } as object),
      'Adam: there is no option "eps". It is called "epsilon" here; there are "rate", "betas"',
    ],
    [
      () => new AdamW([x], { amsgrad: true } as object),
      'AdamW: there is no option "amsgrad". There are "rate", "betas", "epsilon", "weightDecay".',
    ],
    [() => new SGD([x], 0.1 as unknown as SGDOptions), "SGD: the options are 0.1; give an object"],
    [() => new Adam([x], null as unknown as object), "Adam: the options are null; give an object"],
  ])("names the options there are (%#)", (make, message) => {
    expect(make).toThrow(ModuleError);
    expect(make).toThrow(message);
  });

  test("does not move by a gradient of another shape, and says whose it is", async () => {
    const [first, second] = [new Parameter([1]), new Parameter([1, 2], { name: "weight" })];
    const optimizer = new SGD([first, second], { rate: 1 });
    first.grad = tensor([1]);
    second.grad = tensor([0, 0, 0]);
    expect(() => optimizer.step()).toThrow(ShapeError);
    expect(() => optimizer.step()).toThrow(
      'SGD.step: parameter 1 ("weight") is [2] and its gradient is [3]; they must have the same',
    );
    second.grad = 5 as unknown as Tensor;
    expect(() => optimizer.step()).toThrow(
      'SGD.step: the gradient of parameter 1 ("weight") is 5. Set grad to a tensor',
    );
    expect([optimizer.steps, await first.toArray()]).toEqual([0, [1]]);
  });

  test("does not load what is not its own, and stays as it was", () => {
    const adam = new Adam([new Parameter([1, 2])]);
    const other = (shape: number[][]): Adam => new Adam(shape.map((v) => new Parameter(v)));
    expect(() => adam.load(other([[1], [2]]).state())).toThrow("it is for 2 parameters, not 1");
    expect(() => adam.load(other([[1]]).state())).toThrow('"mean" of parameter 0 is [1], not [2]');
    const sgd = new SGD([new Parameter([1, 2])], { rate: 1 });
    sgd.step();
    expect(() => adam.load(sgd.state())).toThrow('"mean" of parameter 0 is missing');
    expect([adam.steps, adam.rate]).toEqual([0, 0.001]);
  });
});

describe("schedules", () => {
  test("cosineSchedule falls from the rate to the end, along half a cosine, and stays", () => {
    const schedule = cosineSchedule(1, 4, 0.2);
    const half = Math.SQRT1_2 * 0.4;
    const expected = [1, 0.6 + half, 0.6, 0.6 - half, 0.2, 0.2];
    for (const [step, rate] of expected.entries()) expect(schedule(step)).toBeCloseTo(rate, 12);
  });
  test("stepSchedule multiplies after every so many steps", () => {
    const schedule = stepSchedule(1, 3, 0.1);
    const rates = [0, 2, 3, 5, 6].map((step) => Number(schedule(step).toFixed(9)));
    expect(rates).toEqual([1, 1, 0.1, 0.1, 0.01]);
  });
  test("warmup grows evenly to where the next one begins", () => {
    const schedule = warmup(4, stepSchedule(8, 2, 0.5));
    expect([0, 1, 2, 3, 4, 5, 6].map(schedule)).toEqual([2, 4, 6, 8, 8, 8, 4]);
  });
  test.each([
    () => cosineSchedule(1, 0),
    () => stepSchedule(1, Number.NaN, 0.1),
    () => warmup(-1, () => 1),
  ])("need a length (%#)", (make) => {
    expect(make).toThrow("it must be a finite number ≥ 1");
  });
});
