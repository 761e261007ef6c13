/** Sums of products, and what networks are made of. */
import type { Group } from "../row.ts";

const both = "the same product of dy with the other operand, labels exchanged";
export const products: Group = {
  title: "Products",
  about:
    "Each is one `contract`: a sum over a box of labels of products whose coordinates are linear in " +
    "the labels. What is done with the result fuses; operands that are computed are stored first. Its " +
    "derivative is a contraction again. A device without such a kernel gets the loop that it equals.",
  rows: [
    [
      "x.matmul(w)",
      "`[…, m, k] × […, k, n] → […, m, n]`; vectors are rows on the left, columns on the right",
      "dy·wᵀ and xᵀ·dy",
    ],
    ['einsum("ij,jk->ik", x, w)', "by the letters", both],
    [
      'einsum("ij,ij,j->i", x, y, v)',
      "by the letters; several operands in pairs, the cheapest first",
      both,
    ],
    ["tensordot(x, w, 1)", "`[…a, k…] × [k…, …b] → […a, …b]`", both],
    ["outer(v, v)", "`[…a] × […b] → […a, …b]`", "dy·b and a·dy, summed"],
    ["dot(v, v)", "`[n] × [n] → []`", "dy·b and a·dy"],
    [
      "linear(x, w.transpose())",
      "`[…, inputs] × [outputs, inputs] → […, outputs]`",
      "dy·w and dyᵀ·x",
    ],
    [
      "conv1d(sequence, taps)",
      "`[b, c, n] ⋆ [f, c / groups, k] → [b, f, ⌊(n + 2·padding − reach) / stride⌋ + 1]`",
      "the transposed convolution, and the correlation of image and dy",
    ],
    [
      "conv2d(image, kernel)",
      "the same on both axes",
      "the transposed convolution, and the correlation of image and dy",
    ],
    [
      "maxPool2d(image, 2)",
      "⌊(n + 2·padding − size) / stride⌋ + 1 on both axes",
      "dy, in equal shares to the elements that attain it",
    ],
    [
      "avgPool2d(image, 2)",
      "⌊(n + 2·padding − size) / stride⌋ + 1 on both axes",
      "dy / size², repeated",
    ],
    ["fold(x.unfold(1, 3), 1, 6)", "`[…, count, …, size] → […, length, …]`", "the windows of dy"],
    [
      "interpolate(image, { scale: 2 })",
      "`[…, h, w] → […, h′, w′]`",
      "dy, summed at the element that was nearest",
    ],
    [
      'interpolate(image, { size: 5, mode: "bilinear" })',
      "`[…, h, w] → […, h′, w′]`",
      "dy, by the same weights",
    ],
  ],
};

export const elementwise: Group = {
  title: "Elementwise, beside the operators",
  about: "Maps, as the operators are.",
  rows: [
    ["x.map(operators.hypot, y)", "all broadcast", "of the operator"],
    ["lerp(x, y, 0.25)", "all three broadcast", "(1 − t)·dy, t·dy, (y − x)·dy"],
    ['x.to("i32")', "as x", "–"],
    ['x.to("f64")', "as x", "dy, at the dtype of x"],
  ],
};
