/** Other shapes, orders and parts of a tensor. */
import type { Group } from "../row.ts";

export const views: Group = {
  title: "Views",
  about:
    "The same elements under other indices. A view is an address and conditions on indices: it is " +
    "read in place by the kernel that takes it, so a chain has one kernel, and a kernel of its own " +
    "is only the copy that reading it to the host takes.",
  rows: [
    ["x.reshape(3, -1)", "any of equal size; one size may be −1", "dy, reshaped back"],
    ["x.flatten()", "`[…, m, n, …] → […, m·n, …]`", "dy, reshaped back"],
    ["x.permute(1, 0)", "sizes in the same order", "dy, in the inverse order"],
    ["x.transpose()", "`[…, m, n] → […, n, m]`", "dy, transposed"],
    ["x.unsqueeze(1)", "`[m, n] → [m, 1, n]`", "dy, reshaped back"],
    ["image.squeeze(0)", "axes of 1 go", "dy, reshaped back"],
    [
      "v.expand(4, 6)",
      "axes of 1, and new ones in front, to any size",
      "dy, summed over what was repeated",
    ],
    ["x.at(-1, 2)", "one axis less for each position", "dy there, 0 elsewhere"],
    [
      "x.slice({ start: 1, step: 2 }, 3)",
      "⌈(end − start) / step⌉ for a range; a position takes its axis away",
      "dy there, 0 elsewhere",
    ],
    ["x.flip(1)", "as x", "dy, flipped"],
    ["x.diagonal()", "`[…, m, n] → […, min(m, n)]`", "dy on the diagonal, 0 elsewhere"],
    [
      "x.unfold(1, 3)",
      "`[…, n, …] → […, ⌊(n − reach) / step⌋ + 1, …, size]`, reach = dilation·(size − 1) + 1",
      "dy, added up where windows overlap",
    ],
    [
      "split(x, 4, 1)",
      "the axis, in pieces of one size or of these sizes",
      "dy of each piece in its place",
    ],
    ["chunk(x, 2, 1)", "the axis, in ⌈n / pieces⌉ at a time", "dy of each piece in its place"],
  ],
};

export const copies: Group = {
  title: "Joining, repeating, moving",
  about:
    "Pieces that are joined are written to their places in one result. Padding and repetition are " +
    "views; a reshape of something repeated is the one kind of view that takes a copy.",
  rows: [
    ["concat([x, y])", "`[a, …], [b, …] → [a + b, …]`", "the part of dy that each gave"],
    ["stack([x, y])", "`[…], […] → [2, …]`", "the part of dy that each gave"],
    ["x.pad([[1, 2]])", "`[…, n] → […, before + n + after]`", "dy without its edges"],
    ['pad(x, [[1, 2]], "reflect")', "the same", "dy, with what the edges repeat added"],
    ["roll(x, 2, 1)", "as x", "dy, rolled back"],
    ["tile(x, 2, 1)", "each size times its number", "dy, summed over the copies"],
    ["repeat(x, 2, 1)", "each size times its number", "dy, summed over the copies"],
    ["repeatInterleave(x, 2, 0)", "the axis times the number", "dy, summed over the copies"],
    ["triu(x)", "as x", "dy in the triangle, 0 outside"],
    ["tril(x)", "as x", "dy in the triangle, 0 outside"],
    [
      "diag(v)",
      "`[n] → [n + |offset|, n + |offset|]`, or back",
      "the diagonal of dy, or dy on the diagonal",
    ],
  ],
};
