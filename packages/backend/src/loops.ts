/**
 * Module 2.7 — What the fast paths mean: kernels as the loops they equal.
 *
 * A device that does not claim a kernel is given these loops instead; a device that does is held to
 * their results by the conformance suite.
 */
import { argument, call, cast, constant, type Expr, substitute } from "@mt/operators";
import type { Combine, ContractKernel, Guard, Input, LoopKernel, Read } from "./kernel.ts";

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
  const { outer, inner, inputs, a, b, dtype, stores } = kernel;
  const operand = (index: number): Read => inputs[index] as Read;
  const value = (index: number): Expr => cast(argument(index, operand(index).dtype), dtype);
  const product = call("mul", value(a), value(b));
  const guards: readonly Guard[] = [...operand(a).guards, ...(a === b ? [] : operand(b).guards)];
  const combine = call("add", argument(0, dtype), argument(1, dtype));
  const monoid: Combine = { name: "sum", combine, identity: 0 };
  const tests: readonly Input[] = guards.length ? [{ kind: "test", guards }] : [];
  const inside = argument(inputs.length, "bool");
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
      body: shiftArguments(store.body, inputs.length, tests.length),
    })),
  };
}
