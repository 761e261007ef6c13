/** Module 2 — Dtypes, operands, cotangents and draws that make no sense. */
import {
  arange,
  bernoulli,
  checkpoint,
  compile,
  concat,
  Generator,
  grad,
  hessian,
  indexAdd,
  jacobian,
  jvp,
  lerp,
  manualSeed,
  maxPool2d,
  memory,
  noGrad,
  put,
  putAlong,
  randint,
  scatter,
  split,
  type Tensor,
  tensor,
  tensordot,
  vjp,
  vmap,
  zeros,
} from "../src/index.ts";
import { any, refuses } from "./refusals.ts";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const v = tensor([1, 2, 3]);
const s = tensor(3);
const i32 = tensor([1], { dtype: "i32" });
const u32 = tensor([1], { dtype: "u32" });
const places = tensor([[0], [1]], { dtype: "i32" });
const parameter = (): Tensor => tensor([1, 2], { requiresGrad: true });

refuses({
  "no functions": [
    [
      "grad",
      "TensorError: grad: takes a function and was given 3. Pass what computes, not what was computed.",
      () => grad(any(3)),
    ],
    [
      "vjp",
      "TensorError: vjp: takes a function and was given null. Pass what computes, not what was computed.",
      () => vjp(any(null), x),
    ],
    [
      "jvp",
      "TensorError: jvp: takes a function and was given 3. Pass what computes, not what was computed.",
      () => jvp(any(3), x, x),
    ],
    [
      "vmap",
      "TensorError: vmap: takes a function and was given 3. Pass what computes, not what was computed.",
      () => vmap(any(3)),
    ],
    [
      "jacobian",
      "TensorError: jacobian: takes a function and was given a. Pass what computes, not what was computed.",
      () => jacobian(any("a")),
    ],
    [
      "hessian",
      "TensorError: hessian: takes a function and was given 3. Pass what computes, not what was computed.",
      () => hessian(any(3)),
    ],
    [
      "compile",
      "TensorError: compile: takes a function and was given 3. Pass what computes, not what was computed.",
      () => compile(any(3)),
    ],
    [
      "checkpoint",
      "TensorError: checkpoint: takes a function and was given undefined. Pass what computes, not what was computed.",
      () => checkpoint(any(undefined)),
    ],
  ],
  updates: [
    [
      "an option of another library",
      'TensorError: scatter: "reduce" is no option: pass { combining: "sum" }, for instance.',
      () => scatter(x, places, x, 1, any({ reduce: "add" })),
    ],
    [
      "an option as a string",
      'TensorError: scatter: "add" is no option: pass { combining: "sum" }, for instance.',
      () => scatter(x, places, x, 1, any("add")),
    ],
    [
      "an option of put",
      'TensorError: putAlong: "axis" is no option: pass { combining: "sum" }, for instance.',
      () => putAlong(x, places, x, 1, any({ axis: 1 })),
    ],
    [
      "a way of combining that there is not",
      'TensorError: put: cannot combine by "add": use set, sum, prod, max or min.',
      () => put(v, i32, 1, { combining: any("add") }),
    ],
    [
      "fractions into integers",
      "TensorError: put: updates are f32, x is i32 and would lose fractions: cast one of them.",
      () => put(i32, i32, tensor([0.5])),
    ],
    [
      "a fraction into integers",
      "TensorError: indexAdd: updates are f32, x is i32 and would lose fractions: cast one of them.",
      () => indexAdd(i32, i32, 0.5),
    ],
  ],
  dtypes: [
    [
      "unknown",
      'TensorError: zeros: "f128" is no dtype of "reference", which has f64, f32, f16, u32, i32, u8, bool.',
      () => zeros([2], { dtype: any("f128") }),
    ],
    [
      "unknown to the device",
      'TensorError: to: "f8" is no dtype of "reference", which has f64, f32, f16, u32, i32, u8, bool.',
      () => x.to(any("f8")),
    ],
    [
      "a name of Object's",
      'TensorError: to: "toString" is no dtype of "reference", which has f64, f32, f16, u32, i32, u8, bool.',
      () => x.to(any("toString")),
    ],
    [
      "i32 with u32",
      "DTypeError: add: i32 and u32 do not mix: cast one of them first.",
      () => i32.add(u32),
    ],
    [
      "bits of floats",
      'DTypeError: bitAnd: takes integers and was given f32 and f32: cast to "i32" or "u32" first.',
      () => x.bitAnd(1),
    ],
    [
      "gradients of integers",
      "TensorError: requiresGrad: i32 tensors have no gradients; use f32 or f64.",
      () => tensor([1], { dtype: "i32", requiresGrad: true }),
    ],
  ],
  operands: [
    [
      "undefined",
      "TensorError: add: takes tensors and numbers, at least one tensor.",
      () => x.add(any(undefined)),
    ],
    [
      "a list",
      "TensorError: add: takes tensors and numbers, at least one tensor.",
      () => x.add(any([1, 2, 3])),
    ],
    [
      "missing",
      "TensorError: add: takes 2 values and was given 1.",
      () => (x.add as () => Tensor)(),
    ],
    [
      "a number for a matrix",
      "TensorError: matmul: its operand is no tensor: use mul() for numbers.",
      () => x.matmul(any(3)),
    ],
    [
      "one after the other, not in a list",
      "TensorError: concat: takes a list of tensors, such as [x, y].",
      () => concat(any(x), any(x)),
    ],
    [
      "null beside a number",
      "TensorError: lerp: takes tensors and numbers, at least one tensor.",
      () => lerp(1, any(null), x),
    ],
    [
      "text for an axis",
      "ShapeError: sum: axis rows is out of range for [2, 3]: axes go from -2 to 1.",
      () => x.sum(any("rows")),
    ],
    [
      "one axis of the second for tensordot",
      "TensorError: tensordot: axes 1,0: give their number, or two lists of axes.",
      () => tensordot(x, x, any([1, 0])),
    ],
    [
      "a width without pairs",
      "TensorError: pad: widths 1,1 of [2, 3] must be pairs of whole numbers from 0, at most one for each axis; slice() cuts off.",
      () => x.pad(any([1, 1])),
    ],
    [
      "a text for a window's size",
      "TensorError: maxPool2d: size big must be one number, or 2.",
      () => maxPool2d(x, any("big")),
    ],
    [
      "sizes missing",
      "TensorError: split: undefined: give a size, or a list of sizes.",
      () => split(x, any(undefined)),
    ],
  ],
  gradients: [
    [
      "of several elements",
      "TensorError: backward: the output has shape [2], not one element. Reduce it, with sum() or mean(), or give a cotangent of its shape: backward(cotangent), vjp().",
      () => parameter().mul(2).backward(),
    ],
    [
      "a cotangent of another shape",
      "ShapeError: backward: [3] and [2]: the shapes must be equal.",
      () => parameter().mul(2).backward(v),
    ],
    [
      "of constants",
      "TensorError: backward: nothing it was made from requires a gradient (or it was recorded under noGrad). Create parameters with { requiresGrad: true }.",
      () => x.sum().backward(),
    ],
    [
      "under noGrad",
      "TensorError: backward: nothing it was made from requires a gradient (or it was recorded under noGrad). Create parameters with { requiresGrad: true }.",
      () => noGrad(() => parameter().sum()).backward(),
    ],
    [
      "by no tensor",
      "TensorError: grad: the first argument holds no tensor to differentiate by.",
      () => grad((_: string) => s)("x"),
    ],
    [
      "of no tensor",
      "TensorError: grad: the function must return a tensor of one element.",
      () => grad((_: Tensor) => any(3))(v),
    ],
    [
      "vjp",
      "ShapeError: vjp: [2, 3] and [3]: the cotangent must match.",
      () => vjp((z: Tensor) => z.exp(), x).pullback(v),
    ],
    [
      "assign",
      "ShapeError: assign: [3] and [2]: the shapes must be equal.",
      () => parameter().assign(v),
    ],
    [
      "assign to a result",
      "TensorError: assign: only parameters and buffers are assigned, not results.",
      () =>
        parameter()
          .mul(2)
          .assign(tensor([1, 2])),
    ],
  ],
  "ranges and draws": [
    ["arange", "TensorError: arange: no range from 0 to 5 in steps of 0.", () => arange(0, 5, 0)],
    [
      "endless arange",
      "TensorError: arange: no range from 0 to Infinity in steps of 1.",
      () => arange(0, Infinity),
    ],
    ["seed", "TensorError: seed: 1.5 is no whole number.", () => manualSeed(1.5)],
    [
      "bernoulli",
      "TensorError: bernoulli: 1.5 is no probability: give a number from 0 to 1.",
      () => bernoulli([2], 1.5),
    ],
    [
      "randint",
      "TensorError: randint: nothing to draw from 5 up to but without 5: give whole numbers, the lower first, at most 2^31 apart and from 0.",
      () => randint([2], 5, 5),
    ],
    [
      "restore",
      "TensorError: restore: a state has 4 words, not 1: pass what state() gave.",
      () => new Generator().restore(Uint32Array.of(1)),
    ],
  ],
  backends: [
    [
      "unknown name",
      'BackendError: no backend "webgpu"; registered: "reference". Call registerBackend(await webgpu()) first.',
      () => zeros([1], { backend: "webgpu" }),
    ],
    [
      "memory of an unknown",
      'BackendError: no backend "nonesuch"; registered: "reference". Call registerBackend(…) first.',
      () => memory("nonesuch"),
    ],
  ],
});
