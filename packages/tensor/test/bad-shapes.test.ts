/** Module 2 — Sizes, ranks, axes and indices that make no sense. */
import { expect, test } from "vitest";
import { concat, rand, stack, tensor, where, zeros } from "../src/index.ts";
import { any, refuses } from "./refusals.ts";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const v = tensor([1, 2, 3]);
const s = tensor(3);
const sizes =
  "give a list of whole numbers from 0 to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.";
refuses({
  data: [
    [
      "a short row",
      "ShapeError: tensor: [2, 2]: ragged: lists of one depth must be of one length.",
      () => tensor([[1, 2], [3]]),
    ],
    [
      "an empty row",
      "ShapeError: tensor: [2, 2]: ragged: lists of one depth must be of one length.",
      () => tensor([[1, 2], []]),
    ],
    [
      "a number among rows",
      "ShapeError: tensor: [2, 1]: ragged: lists of one depth must be of one length.",
      () => tensor([[1], 2]),
    ],
    [
      "a row among numbers",
      "ShapeError: tensor: [2]: ragged: lists of one depth must be of one length.",
      () => tensor([1, [2]]),
    ],
    [
      "a string",
      "TensorError: tensor: an element is 2: give numbers or booleans.",
      () => tensor(any([1, "2"])),
    ],
    [
      "holes",
      "TensorError: tensor: an element is undefined: give numbers or booleans.",
      () => tensor(new Array(3)),
    ],
    [
      "nothing",
      "TensorError: tensor: an element is undefined: give numbers or booleans.",
      () => tensor(any(undefined)),
    ],
    [
      "64-bit integers",
      "TensorError: tensor: cannot hold a BigInt64Array.",
      () => tensor(any(new BigInt64Array(2))),
    ],
    [
      "too few elements",
      "ShapeError: tensor: [2, 2]: it takes 4 elements, not 3.",
      () => tensor([1, 2, 3], { shape: [2, 2] }),
    ],
  ],
  sizes: [
    ["NaN", `ShapeError: zeros: [NaN] is not a shape: ${sizes}`, () => zeros([Number.NaN])],
    ["negative", `ShapeError: zeros: [2, -3] is not a shape: ${sizes}`, () => zeros([2, -3])],
    ["fractional", `ShapeError: rand: [1.5] is not a shape: ${sizes}`, () => rand([1.5])],
    ["infinite", `ShapeError: zeros: [Infinity] is not a shape: ${sizes}`, () => zeros([Infinity])],
    ["a string", `ShapeError: zeros: [2] is not a shape: ${sizes}`, () => zeros(any(["2"]))],
    [
      "no list",
      "ShapeError: zeros: 3 is not a shape: give a list of whole numbers from 0 to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.",
      () => zeros(any(3)),
    ],
    [
      "past counting",
      "ShapeError: zeros: [1073741824, 1073741824] is not a shape: give a list of whole numbers from 0 to 2^31 − 1, such as [2, 3], of at most 2^53 elements in all.",
      () => zeros([2 ** 30, 2 ** 30]),
    ],
    [
      "reshape",
      "ShapeError: reshape: [2, 3] and [4, 2]: the number of elements, 6, must stay; one size may be −1, for what is left.",
      () => x.reshape(4, 2),
    ],
    [
      "reshape with an open size",
      "ShapeError: reshape: [2, 3] and [-1, 4]: the number of elements, 6, must stay; one size may be −1, for what is left.",
      () => x.reshape(-1, 4),
    ],
    [
      "reshape with two",
      "ShapeError: reshape: [2, 3] and [-1, -1]: the number of elements, 6, must stay; one size may be −1, for what is left.",
      () => x.reshape(-1, -1),
    ],
  ],
  "ranks and shapes": [
    [
      "broadcasting",
      "ShapeError: add: cannot broadcast [32, 10] with [32, 5]: axis 1 is 10 and 5 (must match, or be 1).",
      () => zeros([32, 10]).add(zeros([32, 5])),
    ],
    [
      "broadcasting three",
      "ShapeError: where: cannot broadcast [2] with [3]: axis 0 is 2 and 3 (must match, or be 1).",
      () => where(zeros([2]), zeros([3]), 1),
    ],
    [
      "matmul",
      "ShapeError: matmul: [2, 3] and [2, 3]: rows of 3 elements must meet columns of as many, not 2.",
      () => x.matmul(x),
    ],
    [
      "matmul of a scalar",
      "ShapeError: matmul: [] has 0 axes; it takes one or more (use mul).",
      () => s.matmul(x),
    ],
    [
      "matmul of batches",
      "ShapeError: matmul: cannot broadcast [2] with [3]: axis 0 is 2 and 3 (must match, or be 1).",
      () => zeros([2, 3, 4]).matmul(zeros([3, 4, 5])),
    ],
    [
      "transpose",
      "ShapeError: transpose: axis -2 is out of range for [3]: axes go from -1 to 0.",
      () => v.transpose(),
    ],
    [
      "permute",
      "ShapeError: permute: [2, 3] has 2 axes; [0, 0] must name each axis once.",
      () => x.permute(0, 0),
    ],
    [
      "expand",
      "ShapeError: expand: [2, 3] and [4, 3]: axes of one element are repeated, others must stay.",
      () => x.expand(4, 3),
    ],
    [
      "expand to fewer axes",
      "ShapeError: expand: [2, 3] and [3]: axes of one element are repeated, others must stay.",
      () => x.expand(3),
    ],
    ["squeeze", "ShapeError: squeeze: [2, 3]: axis 0 has 2 elements, not 1.", () => x.squeeze(0)],
    [
      "pad",
      "TensorError: pad: widths 0,0,0,0,0,1 of [2, 3] must be pairs of whole numbers from 0, at most one for each axis; slice() cuts off.",
      () =>
        x.pad([
          [0, 0],
          [0, 0],
          [0, 1],
        ]),
    ],
    [
      "pad by less than nothing",
      "TensorError: pad: widths -1,0 of [2, 3] must be pairs of whole numbers from 0, at most one for each axis; slice() cuts off.",
      () => x.pad([[-1, 0]]),
    ],
    [
      "unfold",
      "ShapeError: unfold: [3]: size 5, step 1 and dilation 1 must be whole numbers from 1, and a window must fit the 3 elements of axis 0.",
      () => v.unfold(0, 5),
    ],
    [
      "unfold by steps of 0",
      "ShapeError: unfold: [3]: size 2, step 0 and dilation 1 must be whole numbers from 1, and a window must fit the 3 elements of axis 0.",
      () => v.unfold(0, 2, 0),
    ],
    [
      "concat",
      "ShapeError: concat: [2, 3] and [3]: all axes but 0 must be equal.",
      () => concat([x, v]),
    ],
    ["concat of nothing", "TensorError: concat: needs at least one tensor.", () => concat([])],
    ["stack", "ShapeError: stack: [2, 3] and [3]: all shapes must be equal.", () => stack([x, v])],
    [
      "max of nothing",
      "ShapeError: max: [0, 3]: axis 0 has no elements, so no max.",
      () => zeros([0, 3]).max(0),
    ],
    [
      "item",
      "ShapeError: itemSync: [2, 3]: needs exactly one element; use data() for several.",
      () => x.itemSync(),
    ],
  ],
  "axes and indices": [
    [
      "sum",
      "ShapeError: sum: axis 2 is out of range for [2, 3]: axes go from -2 to 1.",
      () => x.sum(2),
    ],
    [
      "a fraction",
      "ShapeError: sum: axis 0.5 is out of range for [2, 3]: axes go from -2 to 1.",
      () => x.sum(0.5),
    ],
    [
      "of a scalar",
      "ShapeError: softmax: axis -1 is out of range for []: a scalar has no axes.",
      () => s.softmax(),
    ],
    ["twice", "ShapeError: sum: [2, 3]: axis 0 is named twice.", () => x.sum([0, -2])],
    [
      "argmax",
      "ShapeError: argmax: axis 5 is out of range for [2, 3]: axes go from -2 to 1.",
      () => x.argmax(5),
    ],
    ["diagonal", "ShapeError: diagonal: [2, 3]: axis 0 is named twice.", () => x.diagonal(0, 0)],
    [
      "unsqueeze",
      "ShapeError: unsqueeze: axis 4 is out of range for [2, 3, 1]: axes go from -3 to 2.",
      () => x.unsqueeze(4),
    ],
    [
      "index",
      "ShapeError: slice: [2, 3]: index 2 is out of range for axis 0 of 2.",
      () => x.slice(2),
    ],
    [
      "index before the first",
      "ShapeError: slice: [2, 3]: index -3 is out of range for axis 0 of 2.",
      () => x.slice(-3),
    ],
    [
      "too many indices",
      "ShapeError: slice: [2, 3] has 2 axes; 3 indices are too many.",
      () => x.slice(0, 0, 0),
    ],
    [
      "no index",
      "TensorError: slice: axis 0: start undefined, end undefined, step 1. Give whole numbers, no step of 0; or a position; or null.",
      () => x.slice(any("1")),
    ],
    [
      "NaN",
      "TensorError: slice: axis 0: start NaN, end undefined, step 1. Give whole numbers, no step of 0; or a position; or null.",
      () => x.slice({ start: Number.NaN }),
    ],
    [
      "a step of 0",
      "TensorError: slice: axis 0: start undefined, end undefined, step 0. Give whole numbers, no step of 0; or a position; or null.",
      () => x.slice({ step: 0 }),
    ],
  ],
});

test("ShapeError keeps the shapes, as fields", () => {
  try {
    zeros([32, 10]).add(zeros([32, 5]));
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      operation: "add",
      shapes: [
        [32, 10],
        [32, 5],
      ],
    });
  }
});
