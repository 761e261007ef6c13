/**
 * Module 3.12 — Points that add nothing are not visited.
 *
 * An add-fold of `where(test, x, 0)` is a fold of `x` over the points where the test holds, to the
 * bit: it starts at +0, and adding +0 changes no sum that started there. Padding of convolutions
 * arrives in this form, and its guards become bounds of the loops.
 */
import type { Expr } from "@mt/operators";
import type { Fold, Guard, Input } from "../kernel.ts";

/** What is left to fold, and the guards that say where. */
export interface Skipped {
  readonly body: Expr;
  readonly guards: readonly Guard[];
}

const isZero = (x: Expr | undefined): boolean => x?.kind === "const" && Object.is(x.value, 0);
const isSum = ({ monoid }: Fold): boolean =>
  monoid.combine.kind === "call" &&
  monoid.combine.primitive === "add" &&
  Object.is(monoid.identity, 0);

/** The fold without its test, if it is one of that form. */
export function skipPoints(fold: Fold, inputs: readonly Input[]): Skipped {
  const { body } = fold;
  const nothing: Skipped = { body, guards: [] };
  if (body.kind !== "call" || body.primitive !== "where" || !isSum(fold)) return nothing;
  const [condition, value, other] = body.args;
  if (condition?.kind !== "arg" || !value || !isZero(other)) return nothing;
  const input = inputs[condition.index];
  return input?.kind === "test" ? { body: value, guards: input.guards } : nothing;
}
