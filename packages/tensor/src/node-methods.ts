/**
 * Module 2.16n — A method for every function of a node.
 *
 * What a file of `operations/` exports becomes methods, their first parameter `this`. The mapped
 * type is homomorphic, so a method shows the documentation that stands at the function.
 */
import type { Node } from "./graph/node.ts";

type OfNode = (x: Node, ...rest: never[]) => Node;

/** `Any` is what stands for the nodes that they give. */
export type NodeMethods<Table, Any> = {
  readonly [K in keyof Table as Table[K] extends OfNode ? K : never]: Table[K] extends (
    x: Node,
    ...rest: infer Rest
  ) => Node
    ? (...rest: Rest) => Any
    : never;
};

/** Gives `prototype` a method for each function of `table` whose name it does not use itself. */
export function installMethods<Any extends { readonly node: Node }>(
  prototype: Any,
  table: object,
  wrap: (node: Node) => Any,
): void {
  for (const [name, f] of Object.entries(table) as [string, (...x: unknown[]) => Node][]) {
    if (name in prototype) continue;
    const value = function (this: Any, ...rest: unknown[]): Any {
      return wrap(f(this.node, ...rest));
    };
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  }
}
