/**
 * Module 3.9 — What the fast paths mean: kernels as the loops they equal.
 *
 * A device that does not claim a kernel is given these loops instead; a device that does is held to
 * their results by the conformance suite.
 */
import {
  argument,
  call,
  cast,
  constant,
  type DType,
  type Expr,
  node,
  substitute,
} from "@mt/operators";
import type {
  Combine,
  ContractKernel,
  Guard,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  PrefixKernel,
  Read,
} from "./kernel.ts";
import { rewrite } from "./structure.ts";

/** Arguments from `from` on, counted `by` further: room for inputs put before them. */
const shiftArguments = (formula: Expr, from: number, by: number): Expr =>
  substitute(formula, (x) =>
    x.kind === "arg" && x.index >= from ? argument(x.index + by, x.dtype) : undefined,
  );

/**
 * The loop a contraction equals: an add-fold of the product of its operands, in which points out
 * of bounds count as zero, whatever the other operand holds there (0 · ∞ included).
 */
export function contractAsLoop(kernel: ContractKernel): LoopKernel {
  const { outer, inner, inputs, a, b, stores } = kernel;
  const dtype: DType = kernel.dtype === "f16" ? "f32" : kernel.dtype; // which holds their products
  const operand = (index: number): Read => inputs[index] as Read;
  const value = (index: number): Expr => cast(argument(index, operand(index).dtype), dtype);
  const product = call("mul", value(a), value(b));
  const guards: readonly Guard[] = [...operand(a).guards, ...(a === b ? [] : operand(b).guards)];
  const combine = call("add", argument(0, dtype), argument(1, dtype));
  const monoid: Combine = { name: "sum", combine, identity: 0 };
  const tests: readonly Input[] = guards.length ? [{ kind: "test", guards }] : [];
  const inside = argument(inputs.length, "bool");
  const sum = argument(inputs.length + tests.length, dtype);
  return {
    kind: "loop",
    outer,
    inner,
    inputs: [...inputs, ...tests],
    folds: [
      {
        monoid,
        body: tests.length ? call("where", inside, product, constant(0, dtype)) : product,
      },
    ],
    stores: stores.map((store) => ({
      ...store,
      body: substitute(store.body, (x) =>
        x.kind === "arg" && x.index === inputs.length ? cast(sum, x.dtype) : undefined,
      ),
    })),
  };
}

/** A form over outer and inner axes, moved to a box with other axes: `places` says where each goes. */
const moveForm = <F extends Linear>(form: F, places: readonly number[], rank: number): F => {
  const strides = new Array<number>(rank).fill(0);
  form.strides.forEach((stride, axis) => {
    strides[places[axis] as number] = stride;
  });
  return { ...form, strides };
};
function moveInput(input: Input, places: readonly number[], rank: number, shift: number): Input {
  const moved = rewrite(input, { form: (form) => moveForm(form, places, rank) });
  const indirect = moved.kind === "read" && moved.indirect;
  return indirect ? { ...moved, indirect: { ...indirect, input: indirect.input + shift } } : moved;
}

/**
 * The loops a prefix equals: one that folds, for every point of the inner box, over the points up to
 * it; and one for what is stored after the last. (A device without a better way may take log₂ n
 * passes instead; this is the definition.)
 */
export function prefixAsLoops(kernel: PrefixKernel): readonly LoopKernel[] {
  const { outer, inner, inputs, fold, stores } = kernel;
  const dtype = fold.body.dtype;
  const running = stores.filter((store) => store.inside);
  const after = stores.filter((store) => !store.inside);
  const loops: LoopKernel[] = [];
  if (running.length) {
    // axes: outer, the point a value is stored for, the points folded
    const rank = outer.length + 2 * inner.length;
    const here = [...outer, ...inner].map((_, axis) => axis);
    const there = here.map((axis) => (axis < outer.length ? axis : axis + inner.length));
    const lines = inner.map((_, axis) => inner.slice(axis + 1).reduce((n, x) => n * x, 1));
    const distance = [...outer.map(() => 0), ...lines, ...lines.map((x) => -x)];
    const count = inner.reduce((n, x) => n * x, 1);
    const upTo: Guard = { offset: 0, strides: distance, extent: count };
    const known = inputs.length;
    const test = argument(2 * known, "bool");
    const body = shiftArguments(fold.body, 0, known);
    const identity = constant(fold.monoid.identity, dtype);
    loops.push({
      kind: "loop",
      outer: [...outer, ...inner],
      inner,
      inputs: [
        ...inputs.map((input) => moveInput(input, here, rank, 0)),
        ...inputs.map((input) => moveInput(input, there, rank, known)),
        { kind: "test", guards: [upTo] },
      ],
      folds: [{ monoid: fold.monoid, body: node("where", [test, body, identity], dtype) }],
      stores: running.map((store) => ({
        ...store,
        inside: false,
        body: shiftArguments(store.body, known, known + 1),
      })),
    });
  }
  if (after.length)
    loops.push({ kind: "loop", outer, inner, inputs, folds: [fold], stores: after });
  return loops;
}

/** The loops a kernel equals, if it is not compulsory and its definition is of loops alone. */
export function asLoops(kernel: Kernel): readonly LoopKernel[] | null {
  if (kernel.kind === "contract") return [contractAsLoop(kernel)];
  if (kernel.kind === "prefix") return prefixAsLoops(kernel);
  return kernel.kind === "loop" ? [kernel] : null;
}
