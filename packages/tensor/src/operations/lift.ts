/** Module 2.16a — Numbers among tensors: weakly typed, and data rather than code. */
import { type DType, dtypes, isFloat, promote } from "@mt/operators";
import { badValue } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { cast, numberLeaf, sameDevice } from "../graph/record.ts";

/**
 * The dtype a bare number takes beside these nodes: theirs, but a fraction beside integers is f32.
 */
function weakDType(value: number, beside: readonly Node[]): DType {
  let dtype: DType = "bool";
  for (const x of beside) if (dtypes[x.dtype].rank > dtypes[dtype].rank) dtype = x.dtype;
  if (isFloat(dtype)) return dtype;
  return Number.isInteger(value) ? (dtype === "bool" ? "i32" : dtype) : "f32";
}

/** Nodes as they are; numbers become run-time scalars. */
export function lift(operation: string, values: readonly (Node | number)[]): Node[] {
  const nodes: Node[] = [];
  for (const x of values) if (typeof x !== "number") nodes.push(x);
  if (nodes.length === values.length && nodes.every((x) => x?.recorder)) return nodes;
  const wrong = nodes.findIndex((x) => !x?.recorder);
  if (wrong >= 0)
    throw badValue(operation, `an operand is ${String(nodes[wrong])}: give tensors or numbers.`);
  const [first] = nodes;
  if (!first) throw badValue(operation, "needs a tensor among its operands.");
  return values.map((x) =>
    typeof x === "number" ? numberLeaf(x, weakDType(x, nodes), first.recorder) : x,
  );
}

/** Both at the dtype that holds both. */
export function promoted(operation: string, a: Node, b: Node): [Node, Node] {
  sameDevice(operation, [a, b]);
  const dtype = promote(a.dtype, b.dtype);
  if (!dtype)
    throw badValue(operation, `${a.dtype} and ${b.dtype} do not mix: cast one of them first.`);
  return [cast(a, dtype), cast(b, dtype)];
}

export const floating = (x: Node): Node => (isFloat(x.dtype) ? x : cast(x, "f32"));
/** Bytes and truth values add up as i32. */
export const counting = (x: Node): Node =>
  x.dtype === "bool" || x.dtype === "u8" ? cast(x, "i32") : x;
