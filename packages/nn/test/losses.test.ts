import { type Tensor, tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  l1Loss,
  ModuleError,
  mseLoss,
  nllLoss,
} from "../src/index.ts";

const f64 = (data: number[], shape: number[] = [data.length]): Tensor =>
  tensor(Float64Array.from(data), { shape });
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
const none = { reduction: "none" } as const;

const logits = [1.5, -0.3, 0.2, /**/ -2, 0, 3.5, /**/ 0.1, 0.2, 0.3, /**/ 40, -40, 0];
const rows = [0, 1, 2, 3].map((r) => logits.slice(3 * r, 3 * r + 3));
const labels = [2, 0, 1, 0];
/** log p by the definition of softmax. */
const logP = rows.map((row) => {
  const sum = row.reduce((total, x) => total + Math.exp(x), 0);
  return row.map((x) => x - Math.log(sum));
});
const probabilities = [
  [0.2, 0.3, 0.5],
  [0, 1, 0],
  [1, 0, 0],
  [0.6, 0.1, 0.3],
];
const mean = (list: readonly number[]): number => list.reduce((s, x) => s + x, 0) / list.length;

function close(got: readonly number[], expected: readonly number[], digits = 12): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, x] of expected.entries()) expect(got[i]).toBeCloseTo(x, digits);
}

describe("crossEntropy", () => {
  const byIndex = labels.map((label, r) => -(logP[r]?.[label] as number));
  const byProbability = probabilities.map((p, r) =>
    p.reduce((sum, t, c) => sum - t * (logP[r]?.[c] as number), 0),
  );

  test.each(["i32", "u8", "f32"] as const)(
    "is −log p of the class, for %s indices",
    async (dtype) => {
      const targets = tensor(labels, { dtype });
      close(await values(crossEntropy(f64(logits, [4, 3]), targets, none)), byIndex);
    },
  );
  test("is −Σ t·log p for probabilities", async () => {
    const targets = f64(probabilities.flat(), [4, 3]);
    close(await values(crossEntropy(f64(logits, [4, 3]), targets, none)), byProbability);
  });
  test("takes the mean, the sum or nothing of the rows", async () => {
    const [x, targets] = [f64(logits, [4, 3]), tensor(labels)];
    close(await values(crossEntropy(x, targets)), [mean(byIndex)]);
    close(await values(crossEntropy(x, targets, { reduction: "sum" })), [4 * mean(byIndex)]);
  });
  test("has the gradient softmax − target, over the rows of a mean", async () => {
    for (const soft of [false, true]) {
      const x = tensor(Float64Array.from(logits), { shape: [4, 3], requiresGrad: true });
      crossEntropy(x, soft ? f64(probabilities.flat(), [4, 3]) : tensor(labels)).backward();
      const expected = logP.flatMap((row, r) =>
        row.map((lp, c) => {
          const t = soft ? (probabilities[r]?.[c] as number) : Number(c === labels[r]);
          return (Math.exp(lp) - t) / 4;
        }),
      );
      close(await values(x.grad as Tensor), expected);
    }
  });
  test("takes more axes than one, classes last", async () => {
    const x = f64(logits, [2, 2, 3]);
    const y = crossEntropy(x, tensor(labels).reshape(2, 2), none);
    expect(y.shape).toEqual([2, 2]);
    close(await values(y), byIndex);
  });
  test("does not overflow, nor lose the small loss of a sure and right answer", async () => {
    const x = tensor([
      [1000, 0],
      [-1000, 0],
      [1e30, 1e30],
      [10, 0],
    ]);
    const got = await values(crossEntropy(x, tensor([1, 1, 0, 0]), none));
    close(got.slice(0, 3), [1000, 0, Math.fround(Math.LN2)], 6);
    expect(got[3]).toBeCloseTo(Math.log1p(Math.exp(-10)), 7);
  });
  test("is NaN for a class that does not exist, so that nobody overlooks it", async () => {
    const x = f64(logits, [4, 3]);
    const got = await values(crossEntropy(x, tensor([3, -1, 1, 0.5]), none));
    expect(got.map(Number.isNaN)).toEqual([true, true, false, true]);
    expect(await crossEntropy(tensor([[1, 2]]), tensor([0.5])).item()).toBeNaN();
    expect(await nllLoss(tensor([[-1, -2]]), tensor([0.5])).item()).toBeNaN();
    expect(await crossEntropy(x, tensor([3, 0, 0, 0])).item()).toBeNaN();
  });
  test("says which targets it takes", () => {
    expect(() => crossEntropy(f64(logits, [4, 3]), tensor([0, 1]))).toThrow(
      "crossEntropy: scores [4, 3] with targets [2]: give a class index for each row, [4], or a " +
        "probability for each class, [4, 3].",
    );
    expect(() => crossEntropy(tensor(1), tensor(0))).toThrow("crossEntropy: scores []");
  });
});

test("nllLoss of log-probabilities is the crossEntropy of logits", async () => {
  const x = f64(logits, [4, 3]);
  for (const targets of [tensor(labels), f64(probabilities.flat(), [4, 3])])
    close(
      await values(nllLoss(x.logSoftmax(), targets, none)),
      await values(crossEntropy(x, targets, none)),
    );
  expect(() => nllLoss(x, tensor([[1]]))).toThrow("nllLoss: scores [4, 3] with targets [1, 1]");
});

test("a class that cannot be costs nothing where its target is 0", async () => {
  expect(await nllLoss(tensor([[-Infinity, 0]]), tensor([[0, 1]])).item()).toBe(0);
  expect(await nllLoss(tensor([[-Infinity, 0]]), tensor([1])).item()).toBe(0);
});

const p = [0.1, 0.5, 0.99, 0.3];
const y = [0, 1, 1, 0.25];
const x = [-3, 0.5, 2, 30];
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const entropy = (q: number, t: number): number => -t * Math.log(q) - (1 - t) * Math.log1p(-q);

/** The loss, its inputs, the formula of an element and its derivative by the input. */
const elementwise = [
  [
    "mseLoss",
    mseLoss,
    x,
    (a: number, b: number) => (a - b) ** 2,
    (a: number, b: number) => 2 * (a - b),
  ],
  [
    "l1Loss",
    l1Loss,
    x,
    (a: number, b: number) => Math.abs(a - b),
    (a: number, b: number) => Math.sign(a - b),
  ],
  [
    "binaryCrossEntropy",
    binaryCrossEntropy,
    p,
    entropy,
    (q: number, t: number) => (q - t) / (q * (1 - q)),
  ],
  [
    "binaryCrossEntropyWithLogits",
    binaryCrossEntropyWithLogits,
    x,
    (v: number, t: number) => Math.max(v, 0) - v * t + Math.log1p(Math.exp(-Math.abs(v))),
    (v: number, t: number) => sigmoid(v) - t,
  ],
] as const;

describe.each(elementwise)("%s", (name, loss, inputs, formula, derivative) => {
  const each = inputs.map((v, i) => formula(v, y[i] as number));
  test("is its formula for each element, reduced as asked", async () => {
    close(await values(loss(f64([...inputs]), f64(y), none)), each);
    close(await values(loss(f64([...inputs]), f64(y))), [mean(each)]);
    close(await values(loss(f64([...inputs]), f64(y), { reduction: "sum" })), [4 * mean(each)]);
  });
  test("has the formula's derivative", async () => {
    const a = tensor(Float64Array.from(inputs), { requiresGrad: true });
    loss(a, f64(y), { reduction: "sum" }).backward();
    close(
      await values(a.grad as Tensor),
      inputs.map((v, i) => derivative(v, y[i] as number)),
    );
  });
  test("refuses to compare every prediction with every target", () => {
    expect(() => loss(f64([1, 2, 3, 4], [4, 1]), f64(y))).toThrow(
      `${name}: predictions [4, 1] and targets [4] must have the same shape`,
    );
  });
});

test("a probability of 0 or 1 costs 100 when wrong and nothing when right", async () => {
  const got = await values(binaryCrossEntropy(tensor([0, 1, 0, 1]), tensor([1, 0, 0, 1]), none));
  close(got, [100, 100, 0, 0]);
});

test("logits of any size have a finite loss", async () => {
  const got = await values(
    binaryCrossEntropyWithLogits(tensor([1e30, -1e30, 200]), tensor([1, 0, 0]), none),
  );
  close(got, [0, 0, 200]);
});

test.each([
  ["crossEntropy", (options: object) => crossEntropy(tensor([[0, 0]]), tensor([0]), options)],
  ["nllLoss", (options: object) => nllLoss(tensor([[0, 0]]), tensor([0]), options)],
  ["mseLoss", (options: object) => mseLoss(tensor([0]), tensor([0]), options)],
])("%s says which reductions there are", (name, loss) => {
  expect(() => loss({ reduction: "avg" })).toThrow(
    `${name}: reduction is "avg"; it must be one of "mean", "sum", "none".`,
  );
  expect(() => loss({ reduction: "toString" })).toThrow(ModuleError);
  expect(() => loss({ reduce: "sum" })).toThrow(
    `${name}: there is no option "reduce". It is called "reduction" here; there are "reduction".`,
  );
});
