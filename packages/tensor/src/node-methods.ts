/**
 * Module 2.16n — A method for every function of a node.
 *
 * What a file of `operations/` exports becomes methods, their first parameter `this`. The mapped
 * type is homomorphic, so a method shows the documentation that stands at the function.
 */
import type { Node } from "./graph/node.ts";

type OfNode = (x: Node, ...rest: never[]) => unknown;
type Result<R, Any> = R extends Node ? Any : R extends readonly Node[] ? Any[] : R;

/** `Any` is what stands for nodes among the results. */
export type NodeMethods<Table, Any> = {
  readonly [K in keyof Table as Table[K] extends OfNode ? K : never]: Table[K] extends (
    x: Node,
    ...rest: infer Rest
  ) => infer R
    ? (...rest: Rest) => Result<R, Any>
    : never;
};

/** Gives `prototype` a method for each function of `table` whose name it does not use itself. */
export function installMethods<Any extends { readonly node: Node }>(
  prototype: Any,
  table: object,
  wrap: (node: Node) => Any,
): void {
  for (const [name, f] of Object.entries(table) as [string, (...x: unknown[]) => unknown][]) {
    if (name in prototype) continue;
    const value = function (this: Any, ...rest: unknown[]): unknown {
      const y = f(this.node, ...rest) as Node | readonly Node[];
      return Array.isArray(y) ? y.map(wrap) : wrap(y as Node);
    };
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  }
}
