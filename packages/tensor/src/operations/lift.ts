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
export function lift(operation: string, values: readonly (Node | number)[]): readonly Node[] {
  const nodes = values.filter((x) => typeof x !== "number");
  const [first] = nodes;
  if (!first || !nodes.every((x) => x?.recorder))
    throw badValue(operation, "takes tensors and numbers, at least one tensor.");
  if (nodes.length === values.length) return nodes;
  return values.map((x) =>
    typeof x === "number" ? numberLeaf(x, weakDType(x, nodes), first.recorder) : x,
  );
}

/** All at the dtype that holds all, on one device. */
export function promoted<const List extends readonly Node[]>(
  operation: string,
  ...list: List
): { [K in keyof List]: Node } {
  sameDevice(operation, list);
  let dtype = list[0]?.dtype as DType;
  for (const x of list) {
    const both = promote(dtype, x.dtype);
    if (!both)
      throw badValue(operation, `${dtype} and ${x.dtype} do not mix: cast one of them first.`);
    dtype = both;
  }
  return list.map((x) => cast(x, dtype)) as { [K in keyof List]: Node };
}

export const floating = (x: Node): Node => (isFloat(x.dtype) ? x : cast(x, "f32"));
/** Bytes and truth values add up as i32. */
export const counting = (x: Node): Node =>
  x.dtype === "bool" || x.dtype === "u8" ? cast(x, "i32") : x;
