import { defineOperator, leakyRelu, mul, relu, sigmoid, tanh } from "@mt/operators";
import {
  conv1d,
  conv2d,
  Generator,
  manualSeed,
  ones,
  randn,
  type Tensor,
  tensor,
} from "@mt/tensor";
import { describe, expect, test } from "vitest";
import {
  Activation,
  AvgPool2d,
  Conv1d,
  Conv2d,
  Dropout,
  dropout,
  Flatten,
  Linear,
  LogSoftmax,
  MaxPool2d,
  Module,
  ModuleError,
  Sequential,
  Softmax,
} from "../src/index.ts";

const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

describe("Linear", () => {
  test("gives x·Wᵀ + b", async () => {
    const layer = new Linear(2, 3);
    layer.weight.assign(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    layer.bias?.assign(tensor([10, 20, 30]));
    expect(
      await layer
        .forward(
          tensor([
            [1, 1],
            [0, 2],
          ]),
        )
        .toArray(),
    ).toEqual([
      [13, 27, 41],
      [14, 28, 42],
    ]);
    expect(await layer.forward(tensor([1, 0])).toArray()).toEqual([11, 23, 35]);
  });
  test("has gradients for weight and bias", async () => {
    const layer = new Linear(2, 2);
    layer
      .forward(
        tensor([
          [1, 2],
          [10, 20],
        ]),
      )
      .sum(0)
      .backward(tensor([1, -1]));
    expect(await layer.weight.grad?.toArray()).toEqual([
      [11, 22],
      [-11, -22],
    ]);
    expect(await layer.bias?.grad?.toArray()).toEqual([2, -2]);
  });
  test("can do without bias", () => {
    const layer = new Linear(2, 3, { bias: false });
    expect([...layer.parameters()]).toEqual([layer.weight]);
    expect(String(layer)).toBe("Linear(2 → 3, no bias)");
  });
  test("says what it takes when something else comes in", () => {
    expect(() => new Linear(3, 2).forward(ones([5, 4]))).toThrow(
      "Linear: [5, 4] must end in an axis of 3",
    );
  });
  test.each([0, -1, 2.5, Number.NaN])("cannot have %d inputs", (inputs) => {
    expect(() => new Linear(inputs, 2)).toThrow("Linear: the number of inputs is");
  });
});

describe("convolutions", () => {
  test("Conv2d is conv2d with its weights, and a bias for each feature", async () => {
    const options = { stride: [2, 1], padding: 1, dilation: 2, groups: 2 };
    const layer = new Conv2d(4, 6, [3, 2], { ...options, generator: new Generator(1) });
    const x = randn([2, 4, 7, 6], { generator: new Generator(2) });
    expect(layer.weight.shape).toEqual([6, 2, 3, 2]);
    const bias = layer.bias as Tensor;
    const expected = conv2d(x, layer.weight, options).add(bias.reshape(6, 1, 1));
    expect(await values(layer.forward(x))).toEqual(await values(expected));
    expect(String(layer)).toBe("Conv2d(4 → 6, 3×2, stride 2,1, padding 1, dilation 2, groups 2)");
  });
  test("Conv1d is conv1d with its weights, and a bias for each feature", async () => {
    const layer = new Conv1d(2, 3, 4, { padding: 2 });
    const x = randn([2, 2, 9]);
    const expected = conv1d(x, layer.weight, { padding: 2 }).add(
      (layer.bias as Tensor).reshape(3, 1),
    );
    expect(await values(layer.forward(x))).toEqual(await values(expected));
  });
  test.each([
    [
      () => new Conv2d(3, 4, 3, { groups: 2 }),
      "the number of channels is 3; it must be a multiple of the 2 groups",
    ],
    [
      () => new Conv2d(2, 3, 3, { groups: 2 }),
      "the number of features is 3; it must be a multiple of the 2 groups",
    ],
    [() => new Conv2d(2, 2, 0), "the kernel's size is 0; it must be a whole number ≥ 1"],
    [
      () => new Conv2d(2, 2, [1, 2, 3]),
      "the kernel's size is [1,2,3]; it must be one number, or 2",
    ],
    [() => new Conv1d(1.5, 2, 1), "Conv1d: the number of input channels is 1.5"],
  ])("a mistake is said when the layer is made (%#)", (make, message) => {
    expect(make).toThrow(message);
  });
});

test("pooling layers fold windows", async () => {
  const x = tensor([
    [1, 2, 5, 0],
    [3, 4, 1, 2],
  ]);
  expect(await new MaxPool2d(2).forward(x).toArray()).toEqual([[4, 5]]);
  expect(await new AvgPool2d(2).forward(x).toArray()).toEqual([[2.5, 2]]);
  expect(await new MaxPool2d([2, 2], { stride: 1 }).forward(x).toArray()).toEqual([[4, 5, 5]]);
  expect(String(new MaxPool2d(3, { stride: 2, padding: 1 }))).toBe(
    "MaxPool2d(3, stride 2, padding 1)",
  );
});

describe("dropout", () => {
  const x = ones([100, 100]);
  test("leaves out its share, and scales up what stays", async () => {
    manualSeed(1);
    const y = await values(dropout(x, 0.2));
    expect(new Set(y)).toEqual(new Set([0, 1.25]));
    const share = y.filter((v) => v === 0).length / y.length;
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 10_000));
  });
  test("sends gradients only through what stays, with the same scale", async () => {
    const parameter = tensor([1, 2, 3, 4, 5, 6, 7, 8], { requiresGrad: true });
    const y = dropout(parameter, 0.5, { generator: new Generator(3) });
    y.sum().backward();
    const [out, dx] = [await values(y), await values(parameter.grad as Tensor)];
    expect(dx).toEqual(out.map((v) => (v === 0 ? 0 : 2)));
    expect(new Set(dx).size).toBe(2);
  });
  test("draws a new mask each time, and the same from an equal seed", async () => {
    const masks = async (): Promise<number[][]> => {
      const layer = new Dropout(0.5, { generator: new Generator(7) });
      return [await values(layer.forward(x)), await values(layer.forward(x))];
    };
    const [first, second] = await masks();
    expect(first).not.toEqual(second);
    expect(await masks()).toEqual([first, second]);
  });
  test("is off in evaluation and at rate 0; at rate 1 nothing stays", async () => {
    const layer = new Dropout(0.5);
    expect(layer.eval().forward(x)).toBe(x);
    expect(layer.train().forward(x)).not.toBe(x);
    expect(dropout(x, 0)).toBe(x);
    expect(new Set(await values(dropout(x, 1)))).toEqual(new Set([0]));
  });
  test.each([-0.1, 1.1, Number.NaN])("cannot have the rate %d", (rate) => {
    expect(() => new Dropout(rate)).toThrow(`Dropout: the rate is ${rate}; it must be from 0 to 1`);
  });
});

describe("activations", () => {
  test("are operators, in a Sequential by themselves", async () => {
    const x = tensor([-1, 0, 2]);
    const model = new Sequential(tanh, sigmoid, relu);
    expect(await values(model.forward(x))).toEqual(await values(x.tanh().sigmoid().relu()));
    expect(await values(new Activation(leakyRelu, 0.25).forward(x))).toEqual([-0.25, 0, 2]);
  });
  test("may be your own", async () => {
    const doubled = defineOperator("doubled", (x) => mul(2, x));
    expect(await values(new Sequential(doubled).forward(tensor([1, 2])))).toEqual([2, 4]);
    expect(String(new Activation(doubled))).toBe("Activation(doubled)");
  });
  test("need the values their operator takes", () => {
    expect(() => new Activation(leakyRelu)).toThrow(
      "Activation: the number of values beside leakyRelu is 0; it must be 1.",
    );
  });
  class Empty extends Module {}
  test.each([
    [3, "argument 1 is 3, neither a layer nor an operator. Give modules with a method forward"],
    [undefined, "argument 1 is undefined, neither"],
    [new Empty(), "argument 1 is an object (Empty), neither a layer"],
    [{ forward: () => 0 }, "argument 1 is an object (Object), neither a layer"],
    [
      [new Flatten()],
      "argument 1 is an array of 1, neither a layer nor an operator. Give its layers one by one: new Sequential(...layers).",
    ],
    [
      Math.tanh,
      "argument 1 is the function tanh, neither a layer nor an operator. It has no derivative: use the operator of that name from @mt/operators",
    ],
    [
      Linear,
      "argument 1 is the class Linear, neither a layer nor an operator. Make one: new Linear(…).",
    ],
  ])("are not made of what is no layer (%#)", (layer, message) => {
    const make = (): unknown => new Sequential(relu, layer as unknown as Flatten);
    expect(make).toThrow(ModuleError);
    expect(make).toThrow(`Sequential: ${message}`);
  });
  test("are not made of functions", () => {
    expect(() => new Activation(Math.tanh as typeof tanh)).toThrow(
      "Activation: the operator is the function tanh, neither a layer nor an operator.",
    );
  });
  test("Softmax and LogSoftmax act along their axis", async () => {
    const x = tensor([
      [0, 1],
      [2, 4],
    ]);
    expect(await values(new Softmax(0).forward(x))).toEqual(await values(x.softmax(0)));
    expect(await values(new LogSoftmax().forward(x))).toEqual(await values(x.logSoftmax(1)));
  });
});

test("Flatten makes rows of what comes after an axis", () => {
  const x = ones([2, 3, 4, 5]);
  expect(new Flatten().forward(x).shape).toEqual([2, 60]);
  expect(new Flatten(2).forward(x).shape).toEqual([2, 3, 20]);
  expect(new Flatten().forward(ones([0, 3, 4])).shape).toEqual([0, 12]);
});
