/**
 * Module 2.16e — A method for every operator.
 *
 * Types and functions both follow from the operators' table. The mapped types are homomorphic
 * (`keyof Table as …`): so a method shows the documentation at the operator's line, and going to its
 * definition leads there.
 */
import { type Operator, operators } from "@mt/operators";

type Table = typeof operators;

/** `Same` is what an operator of one value gives, `Any` what others take and give. */
export type OperatorMethods<Same, Any> = {
  readonly [K in keyof Table as Table[K] extends Operator<1> ? K : never]: () => Same;
} & {
  readonly [K in keyof Table as Table[K] extends Operator<2> ? K : never]: (
    other: Any | number,
  ) => Any;
} & {
  readonly [K in keyof Table as Table[K] extends Operator<3> ? K : never]: (
    second: Any | number,
    third: Any | number,
  ) => Any;
};

/** Gives `prototype` a method for each operator whose name it does not use itself. */
export function installOperators(
  prototype: object,
  methodOf: (operator: Operator) => (...others: never[]) => unknown,
): void {
  for (const [name, operator] of Object.entries(operators as Readonly<Record<string, Operator>>)) {
    if (name in prototype) continue;
    const value = methodOf(operator);
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  }
}
