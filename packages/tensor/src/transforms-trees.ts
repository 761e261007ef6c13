/**
 * Module 2.21a — Functions that are transformed, and trees of arguments.
 *
 * What a transformed function takes and gives may be a tensor, or lists and records of tensors, as
 * deep as one likes. Everything else in a tree is passed on as it is.
 */
import { isFloat } from "@mt/operators";
import { badValue, mismatch, noGradient } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { alias, cast } from "./graph/record.ts";
import { Tensor } from "./tensor.ts";

/** What a differentiated function takes: tensors, other values, lists and records of them. */
export type Argument =
  | Tensor
  | number
  | boolean
  | string
  | null
  | readonly Argument[]
  | { readonly [key: string]: Argument };

/** A plain object, such as `{ w, b }`. */
export const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  !!x &&
  typeof x === "object" &&
  (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null);

/** The same tree with every tensor replaced; `path` says where it stands, such as `.w[0]`. */
export function mapTree(
  tree: unknown,
  visit: (x: Tensor, path: string) => unknown,
  path = "",
): unknown {
  if (tree instanceof Tensor) return visit(tree, path);
  if (Array.isArray(tree)) return tree.map((x, i) => mapTree(x, visit, `${path}[${i}]`));
  if (isRecord(tree))
    return Object.fromEntries(
      Object.entries(tree).map(([key, x]) => [key, mapTree(x, visit, `${path}.${key}`)]),
    );
  return tree;
}

/** Every tensor of a tree, and where it stands. */
export function tensorsOf(tree: unknown): { x: Tensor; path: string }[] {
  const found: { x: Tensor; path: string }[] = [];
  mapTree(tree, (x, path) => found.push({ x, path }));
  return found;
}

/**
 * Tensors of a tree as new variables: differentiation ends at them, whatever is above. Integers
 * stay constants, with derivatives of zero.
 */
export function asVariables<A>(operation: string, tree: A): { variables: A; nodes: Node[] } {
  const nodes: Node[] = [];
  const variables = mapTree(tree, (x) => {
    const node = alias(x.node);
    node.needsGrad = isFloat(node.dtype);
    nodes.push(node);
    return new Tensor(node);
  }) as A;
  if (nodes.some((node) => node.needsGrad)) return { variables, nodes };
  const found = nodes[0] ? `only ${nodes[0].dtype}: cast it with to("f32")` : "no tensor";
  throw noGradient(operation, `the first argument holds ${found} to differentiate by.`);
}

/** The nodes of a tree, and those given for them in a tree of the same structure and shapes. */
export function matched(
  operation: string,
  what: string,
  of: string,
  tree: unknown,
  given: unknown,
): { outputs: Node[]; given: Node[] } {
  const places = tensorsOf(tree);
  const found = tensorsOf(given);
  if (found.length !== places.length || found.some(({ path }, i) => path !== places[i]?.path))
    throw badValue(operation, `the ${what} must have a tensor where the ${of} has one.`);
  const outputs = places.map(({ x }) => x.node);
  const nodes = outputs.map((y, i) => {
    const dy = (found[i] as (typeof found)[number]).x.node;
    if (dy.shape !== y.shape)
      throw mismatch(operation, [y.shape.dims, dy.shape.dims], `the ${what} must match`);
    return cast(dy, y.dtype);
  });
  return { outputs, given: nodes };
}

/** An axis for every tensor, or one for each branch: a prefix of the tree it is about. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree };

/** The tree with every tensor replaced, given its axis. */
export function mapWithAxes(
  operation: string,
  tree: unknown,
  axes: AxisTree,
  visit: (x: Tensor, axis: number | null, path: string) => unknown,
  path: string,
): unknown {
  if (axes === null || typeof axes === "number")
    return mapTree(tree, (x, place) => visit(x, axes, place), path);
  const branches = Object.entries(axes);
  const list = Array.isArray(axes);
  const fits = list
    ? Array.isArray(tree) && tree.length === branches.length
    : isRecord(tree) && Object.keys(tree).every((key) => key in axes);
  if (!fits)
    throw badValue(
      operation,
      `${path || "the result"} has another structure than its axes ${JSON.stringify(axes)}.`,
    );
  const inside = (x: unknown, key: string | number): unknown =>
    mapWithAxes(
      operation,
      x,
      (axes as Readonly<Record<string, AxisTree>>)[key] as AxisTree,
      visit,
      list ? `${path}[${key}]` : `${path}.${key}`,
    );
  return list
    ? (tree as readonly unknown[]).map(inside)
    : Object.fromEntries(
        Object.entries(tree as Readonly<Record<string, unknown>>).map(([key, x]) => [
          key,
          inside(x, key),
        ]),
      );
}
