/**
 * Module 2.16e — A method for every operator, and for every function of a node.
 *
 * Types and functions both follow from tables: that of operators, and what a file of `operations/`
 * exports. The mapped types are homomorphic (`keyof Table as …`): so a method shows the
 * documentation at the line it is made from, and going to its definition leads there.
 */
import type { Operator, operators } from "@mt/operators";
import type { Node } from "./graph/node.ts";

type Operators = typeof operators;

/** `Same` is what an operator of one value gives, `Any` what others take and give. */
export type OperatorMethods<Same, Any> = {
  readonly [K in keyof Operators as Operators[K] extends Operator<1> ? K : never]: () => Same;
} & {
  readonly [K in keyof Operators as Operators[K] extends Operator<2> ? K : never]: (
    other: Any | number,
  ) => Any;
} & {
  readonly [K in keyof Operators as Operators[K] extends Operator<3> ? K : never]: (
    second: Any | number,
    third: Any | number,
  ) => Any;
};

type OfNode = (x: Node, ...rest: never[]) => Node;

/** The first parameter is `this`; `Any` is what stands for the nodes that they give. */
export type NodeMethods<Table, Any> = {
  readonly [K in keyof Table as Table[K] extends OfNode ? K : never]: Table[K] extends (
    x: Node,
    ...rest: infer Rest
  ) => Node
    ? (...rest: Rest) => Any
    : never;
};
