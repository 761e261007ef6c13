/**
 * Module 3.94a — What compilers must not join.
 *
 * They take (x · y) / y for x, (x − y) + y too, and (x + 1) − 1, and 0 · x for 0, as if nothing were
 * rounded, infinite or NaN (https://github.com/KhronosGroup/SPIRV-Tools, source/opt/folding_rules.cpp).
 * They do not see through a value's bits, so that is how such an operand is written.
 */
import type { Call, Expr } from "@mt/operators";
import { storageOf } from "./storage.ts";

/** Primitives that are joined with others of their family. */
const families: Readonly<Record<string, "sum" | "product">> = {
  add: "sum",
  sub: "sum",
  mul: "product",
  div: "product",
};

const unsigned = (x: Expr): Expr =>
  x.kind === "call" && x.primitive === "neg" ? unsigned(x.args[0] as Expr) : x;
const inverse: ReadonlySet<string> = new Set(["sub", "div"]);
const isZero = (x: Expr): boolean => x.kind === "const" && Object.is(x.value, 0);
const isConstant = ({ kind }: Expr): boolean => kind === "const";

/** Whether the compiler would join a call with one of its operands. */
function joins(call: Call, operand: Expr): boolean {
  const family = families[call.primitive];
  const inner = unsigned(operand);
  if (!family || inner.kind !== "call" || families[inner.primitive] !== family) return false;
  const [mine, its] = [call.args.map(unsigned), inner.args.map(unsigned)];
  if (mine.some(isConstant) && its.some(isConstant)) return true;
  const undoes = call.primitive !== inner.primitive || inverse.has(call.primitive);
  return undoes && mine.some((x) => its.includes(x));
}

/** The texts of a call's operands, from theirs alone. */
export function apart(call: Call, texts: readonly string[]): readonly string[] {
  if (storageOf(call.dtype).lanes !== "float") return texts;
  return call.args.map((operand, i) => {
    const text = texts[i] as string;
    if (joins(call, operand)) return `as_rounded(${text})`;
    const vanishes = families[call.primitive] === "product" && isZero(operand);
    return vanishes ? `zero_beside(${texts[1 - i]})` : text;
  });
}
