/** What is made of nothing: by rule, or drawn. */
import type { Group } from "../row.ts";

const stated = "as stated";
const like = "as x";
export const making: Group = {
  title: "Making tensors",
  about:
    "Host data is copied to the device when a kernel first needs it. All others are formulas of an " +
    "index and run-time numbers, computed in the kernel that takes them: a chain has one kernel.",
  rows: [
    ["tensor([[1, 2], [3, 4]])", "of the lists, or as stated", "–"],
    ["full([2, 3], 7)", stated, "–"],
    ["zeros([2, 3])", stated, "–"],
    ["ones([2, 3])", stated, "–"],
    ["fullLike(x, 7)", like, "–"],
    ["zerosLike(x)", like, "–"],
    ["onesLike(x)", like, "–"],
    ["arange(0, 6, 2)", "`[⌈(end − start) / step⌉]`", "–"],
    ["linspace(0, 1, 5)", "`[count]`", "–"],
    ["eye(3)", "`[rows, columns]`", "–"],
    [
      "meshgrid([v, v])",
      "`[a], [b], … → [a, b, …]`, as many as vectors",
      "dy, summed over the other axes",
    ],
  ],
};

export const drawing: Group = {
  title: "Random tensors",
  about:
    "Element i of draw n is a formula of (key, i, n): random bits by threefry, the same on every " +
    "device. A draw takes the counter when it is recorded, so what is computed twice is the same.",
  rows: [
    ["rand([2, 3])", stated, "–"],
    ["randn([2, 3])", stated, "–"],
    ["randLike(x)", like, "–"],
    ["randnLike(x)", like, "–"],
    ["randint([2, 3], 0, 10)", stated, "–"],
    ["bernoulli([2, 3], 0.5)", stated, "–"],
    ["truncatedNormal([2, 3])", stated, "–"],
    ["categorical(x)", "`shape` before `[…, classes] → […]`", "–"],
    ["permutation(6)", "`[count]`", "–"],
  ],
};
