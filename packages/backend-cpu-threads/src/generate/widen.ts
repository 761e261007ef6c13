/**
 * Module 3.71a — Sums of f16, in f32.
 *
 * A fold's value would lose its last digits at every step if it were rounded each time. So folds and
 * contractions of f16 are those of f32, which is what their lanes are anyway, and results are rounded
 * where formulas use them.
 */
import type { ContractKernel } from "@mt/backend";
import { argument, cast, type Expr, retype, substitute } from "@mt/operators";
import type { Nest } from "./nest.ts";

/** A formula in which folds, which come after so many inputs, have results of f32. */
const ofWide = (formula: Expr, inputs: number): Expr =>
  substitute(formula, (x) =>
    x.kind === "arg" && x.index >= inputs && x.dtype === "f16"
      ? cast(argument(x.index, "f32"), "f16")
      : undefined,
  );
const storesOfWide = <K extends Pick<Nest, "inputs" | "stores">>(kernel: K): K => ({
  ...kernel,
  stores: kernel.stores.map((store) => ({
    ...store,
    body: ofWide(store.body, kernel.inputs.length),
  })),
});

export function widenFolds(nest: Nest): Nest {
  const { inputs, folds } = nest;
  if (folds.every(({ body }) => body.dtype !== "f16")) return nest;
  const [x, y] = [argument(0, "f32"), argument(1, "f32")];
  return storesOfWide({
    ...nest,
    folds: folds.map(({ monoid, body }) => {
      const own = ofWide(body, inputs.length);
      if (own.dtype !== "f16") return { monoid, body: own };
      const combine = retype(monoid.combine, [x, y]) as Expr;
      return { monoid: { ...monoid, combine }, body: cast(own, "f32") };
    }),
  });
}
export const widenSums = (kernel: ContractKernel): ContractKernel =>
  kernel.dtype === "f16" ? storesOfWide({ ...kernel, dtype: "f32" }) : kernel;
