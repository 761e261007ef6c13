/** Module 2 — Einstein's notation against its definition: one loop over every label. */
import { record, referenceBackend } from "@mt/backend";
import { describe, expect, test } from "vitest";
import {
  dot,
  einsum,
  outer,
  realize,
  registerBackend,
  type Tensor,
  tensor,
  tensordot,
} from "../src/index.ts";
import { apart, checkVjp, type Input } from "./differences.ts";
import { indicesOf } from "./oracle.ts";
import { any, refuses } from "./refusals.ts";
import { randomOf } from "./values.ts";

const device = record(referenceBackend());
registerBackend(device);

type Sizes = Readonly<Record<string, number>>;
const f64 = ({ shape, data }: Input): Tensor => tensor(new Float64Array(data), { shape });
const inputsOf = (left: string, sizes: Sizes): Input[] =>
  left.split(",").map((labels, k) =>
    apart(
      [...labels].map((l) => sizes[l] as number),
      k + 1,
    ),
  );

/** The sum over every value of every label, for an equation without an ellipsis. */
function definition(equation: string, sizes: Sizes, inputs: readonly Input[]): number[] {
  const [left, right] = equation.split("->") as [string, string];
  const labels = [...new Set([...left].filter((l) => l !== ","))];
  const place = (of: string, index: readonly number[]): number =>
    [...of].reduce((at, l) => at * (sizes[l] as number) + (index[labels.indexOf(l)] as number), 0);
  const out = new Array<number>([...right].reduce((n, l) => n * (sizes[l] as number), 1)).fill(0);
  for (const index of indicesOf(labels.map((l) => sizes[l] as number))) {
    const at = place(right, index);
    out[at] =
      (out[at] as number) +
      left.split(",").reduce((p, of, k) => p * (inputs[k]?.data[place(of, index)] as number), 1);
  }
  return out;
}
function holds(equation: string, sizes: Sizes): void {
  const [left, right] = equation.split("->") as [string, string];
  const inputs = inputsOf(left, sizes);
  const y = einsum(equation, ...inputs.map(f64));
  expect(y.shape, equation).toEqual([...right].map((l) => sizes[l]));
  const expected = definition(equation, sizes, inputs);
  [...y.dataSync()].forEach((value, i) => {
    expect(value, equation).toBeCloseTo(expected[i] as number, 10);
  });
}

const sizes = { i: 2, j: 3, k: 4, l: 1, m: 5, n: 0 };
const equations = [
  "i->i",
  "ij->ji",
  "ijk->",
  "ijk->kj",
  "ii->",
  "ii->i",
  "iijj->ji",
  "iii->i",
  "iijiij->j",
  "ij,jk->ik",
  "ij,jk->ki",
  "ij,ij->ij",
  "i,j->ij",
  "i,j->",
  "ij,kl->lj",
  "ijk,jkm->im",
  "iij,jkk->ik",
  "lij,ljk->lik",
  "in,nj->ij",
  "ni,ij->nj",
  "ij,jk,km->im",
  "i,ij,j->",
  "ijk,im,jm,km->m",
  "ik,jk,k,mk->ijm",
  ",ij->ij",
];
test.each(equations)("%s is the sum it stands for", (equation) => {
  holds(equation, sizes);
});
test("so are equations of random labels", () => {
  const random = randomOf(5);
  const below = (n: number): number => Math.floor(random() * n);
  const letters = Object.keys(sizes);
  for (let round = 0; round < 150; round++) {
    const operands = Array.from({ length: 1 + below(4) }, () =>
      Array.from({ length: below(4) }, () => letters[below(round % 5 === 0 ? 6 : 5)] as string),
    );
    const right = [...new Set(operands.flat())].filter(() => random() < 0.5);
    right.sort(() => random() - 0.5);
    holds(`${operands.map((l) => l.join("")).join(",")}->${right.join("")}`, sizes);
  }
});
test.each(equations.filter((e) => !e.includes("n")))(
  "the derivatives of %s are the differences it makes",
  (equation) => {
    const small = { ...sizes, k: 2, m: 2 };
    const inputs = inputsOf(equation.split("->")[0] as string, small);
    checkVjp(equation, (...x) => einsum(equation, ...x), inputs);
  },
);

describe("an ellipsis", () => {
  const [a, b] = [f64(apart([2, 1, 3, 4])), f64(apart([5, 4, 2]))];
  test("stands for axes that broadcast", () => {
    const expected = a.matmul(b);
    const y = einsum("...ij,...jk->...ik", a, b);
    expect(y.shape).toEqual([2, 5, 3, 2]);
    expect([...y.dataSync()]).toEqual([...expected.dataSync()]);
  });
  test("stands first in a result that is not stated, and may stand anywhere", () => {
    expect(einsum("...ij,...jk", a, b).shape).toEqual([2, 5, 3, 2]);
    expect(einsum("i...j->j...i", a).shape).toEqual([4, 1, 3, 2]);
    expect([...einsum("...->", a).dataSync()][0]).toBeCloseTo(a.sum().itemSync(), 12);
    expect(einsum("...,...", f64(apart([3, 1])), f64(apart([0]))).shape).toEqual([3, 0]);
  });
  test("has the derivatives of what it stands for", () => {
    const inputs = [apart([2, 1, 2, 3]), apart([2, 3, 2])];
    checkVjp("batched", (x, y) => einsum("...ij,...jk->...ik", x as Tensor, y as Tensor), inputs);
    checkVjp("summed", (x, y) => einsum("...ij,...jk->ik", x as Tensor, y as Tensor), inputs);
  });
});

test("labels that occur once make up a result that is not stated, in alphabetical order", () => {
  const [x, y] = [f64(apart([2, 3])), f64(apart([3, 4]))];
  expect(einsum("zb, bc", x, y).shape).toEqual([4, 2]);
  expect(einsum("ba", x).shape).toEqual([3, 2]);
});

test("bytes and truth values add up as i32, integers with floats as floats", () => {
  const yes = tensor([true, true, false]);
  expect(einsum("i,i->", yes, yes).dtype).toBe("i32");
  expect(einsum("i,i->", yes, yes).itemSync()).toBe(2);
  expect(einsum("i,i->", yes, tensor([0.5, 1, 2])).itemSync()).toBe(1.5);
});

test("operands of two devices are refused by the name of the operation", () => {
  const there = tensor([1], { backend: referenceBackend() });
  expect(() => einsum("i,i->", tensor([1]), there)).toThrow(/^einsum: .*lives on/);
  expect(() => tensordot(tensor([1]), there, 1)).toThrow(/^tensordot: .*lives on/);
});

describe("what it becomes", () => {
  const x = f64(apart([3, 3]));
  const kernelsOf = (f: () => Tensor): number => {
    realize();
    device.clear();
    realize(f());
    return device.kernels.length;
  };
  test("products without a sum, diagonals and transpositions fuse with their neighbors", () => {
    expect(kernelsOf(() => einsum("ij,ji->ij", x.exp(), x).add(1))).toBe(1);
    expect(kernelsOf(() => einsum("ii->i", x.exp()).add(1))).toBe(1);
    expect(kernelsOf(() => einsum("ij->ji", x).exp())).toBe(1);
  });
  test("a chain of products is multiplied from its cheap end", () => {
    const [a, b, v] = [f64(apart([30, 40])), f64(apart([40, 20])), f64(apart([20]))];
    realize();
    device.clear();
    realize(einsum("ij,jk,k->i", a, b, v));
    const [first] = device.kernels;
    expect(device.kernels).toHaveLength(2);
    expect(JSON.stringify(first)).not.toContain("30"); // b·v first: 40 elements, not 600
  });
});

describe("products by their names", () => {
  const shapes = { a: [2, 3, 4], b: [4, 3, 5] };
  const [a, b] = [apart(shapes.a), apart(shapes.b, 2)];
  const same = (x: Tensor, y: Tensor): void => {
    expect(x.shape).toEqual(y.shape);
    expect([...x.dataSync()]).toEqual([...y.dataSync()]);
  };
  test("tensordot sums over the axes of both that it is given", () => {
    const [x, y] = [f64(a), f64(b)];
    same(tensordot(x, y, [[1, 2], [1, 0]]), einsum("ijk,kjl->il", x, y)); // biome-ignore format: two lists
    same(tensordot(x, y, [[-1], [0]]), einsum("ijk,klm->ijlm", x, y));
    same(tensordot(x, y, 1), einsum("ijk,klm->ijlm", x, y));
    same(tensordot(x, y, 0), outer(x, y));
    checkVjp("tensordot", (p, q) => tensordot(p as Tensor, q as Tensor, 1), [
      apart([2, 3]),
      apart([3, 2]),
    ]);
  });
  test("outer multiplies each by each, dot adds up products", () => {
    const [v, w] = [f64(apart([3])), f64(apart([3], 2))];
    same(outer(v, f64(a)), einsum("i,jkl->ijkl", v, f64(a)));
    same(dot(v, w), einsum("i,i->", v, w));
    expect(dot(tensor([]), tensor([])).itemSync()).toBe(0);
  });
});

const [x, y] = [tensor([[1, 2, 3]]), tensor([[1, 2]])];
refuses({
  einsum: [
    [
      "sizes that differ",
      'ShapeError: einsum: [1, 3] and [1, 2]: label "j" is 3 in operand 0 and 2 in operand 1.',
      () => einsum("ij,kj->ik", x, y),
    ],
    [
      "a diagonal of axes that differ",
      'ShapeError: einsum: [1, 3]: label "i" is 1 in operand 0 and 3 in operand 0.',
      () => einsum("ii->i", x),
    ],
    [
      "hidden sizes that differ",
      'ShapeError: einsum: [1, 3] and [1, 2]: axis −1 of "..." is 3 in operand 0 and 2 in operand 1.',
      () => einsum("...,...", x, y),
    ],
    [
      "too few labels",
      'ShapeError: einsum: [1, 3]: operand 0 is written "i", which names 1 axes, not 2.',
      () => einsum("i->", x),
    ],
    [
      "too many operands",
      'TensorError: einsum: "ij" names 1 operands; 2 are given.',
      () => einsum("ij", x, y),
    ],
    [
      "a strange label",
      'TensorError: einsum: "i1->i": "1" is no label. Labels are letters, "..." stands once for ' +
        "other axes, operands are separated by commas: ij,jk->ik.",
      () => einsum("i1->i", x),
    ],
    [
      "two arrows",
      'TensorError: einsum: "ij->i->j": two arrows. Labels are letters, "..." stands once for ' +
        "other axes, operands are separated by commas: ij,jk->ik.",
      () => einsum("ij->i->j", x),
    ],
    [
      "a label twice in the result",
      'TensorError: einsum: "ij->ii": label "i" of the result stands there twice.',
      () => einsum("ij->ii", x),
    ],
    [
      "a label from nowhere",
      'TensorError: einsum: "ij->ik": label "k" of the result is on no axis of the operands.',
      () => einsum("ij->ik", x),
    ],
    [
      "no equation",
      'TensorError: einsum: undefined is no equation: write "ij,jk->ik".',
      () => einsum(any(undefined), x),
    ],
    [
      "dtypes that do not mix",
      "TensorError: einsum: i32 and u32 do not mix: cast one of them first.",
      () => einsum("ij,kj->", x.to("i32"), x.to("u32")),
    ],
  ],
  products: [
    [
      "tensordot of sizes that differ",
      "ShapeError: tensordot: [1, 3] and [1, 2]: axis 1 of the first (3) must equal axis 0 of the " +
        "second (1).",
      () => tensordot(x, y, 1),
    ],
    [
      "tensordot of more axes than there are",
      "ShapeError: tensordot: [1, 3] and [1, 2]: 3 is not a number of axes that both have.",
      () => tensordot(x, y, 3),
    ],
    [
      "tensordot of axes that are not there",
      "ShapeError: tensordot: [1, 3] and [1, 2]: axes [2] and [0] must be as many of each, each " +
        "named once.",
      () => tensordot(x, y, [[2], [0]]),
    ],
    [
      "dot of matrices",
      "ShapeError: dot: [1, 3] and [1, 2]: it takes two vectors of one length.",
      () => dot(x, y),
    ],
  ],
});
