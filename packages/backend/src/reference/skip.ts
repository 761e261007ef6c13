/**
 * Module 3.12 — Points that add nothing are not visited.
 *
 * An add-fold of `where(test, x, 0)` is a fold of `x` over the points where the test holds, to the
 * bit: it starts at +0, and adding +0 changes no sum that started there. Padding of convolutions
 * arrives in this form, and its guards become bounds of the loops.
 */
import { constant } from "@mt/operators";
import type { Fold, Guard, Input } from "../kernel.ts";

/** A fold over the points where `guards` hold. */
export interface Guarded extends Fold {
  readonly guards: readonly Guard[];
}

/** The fold without its test, if it is one of that form. */
export function skipPoints({ monoid, body }: Fold, inputs: readonly Input[]): Guarded {
  const { combine, identity } = monoid;
  if (
    body.kind === "call" &&
    body.primitive === "where" &&
    combine.kind === "call" &&
    combine.primitive === "add" &&
    Object.is(identity, 0)
  ) {
    const [condition, value, other] = body.args;
    const input = condition?.kind === "arg" && inputs[condition.index];
    if (input && input.kind === "test" && value && other === constant(0, body.dtype))
      return { monoid, body: value, guards: input.guards };
  }
  return { monoid, body, guards: [] };
}
