/**
 * Module 3.94a — What compilers must not join.
 *
 * They take (x · y) / y for x, (x − y) + y too, and (x + 1) − 1, and 0 · x and x − x for 0, as if nothing
 * were rounded, infinite or NaN (https://github.com/KhronosGroup/SPIRV-Tools, source/opt/folding_rules.cpp).
 * They do not see through bits of which some come from memory, so that is how such an operand is written.
 * What a formula takes from a fold or a contraction is hidden in the same way, by `Point.knowResult`.
 */
import type { Call, Expr } from "@mt/operators";
import { hidden, literal, storageOf } from "./storage.ts";

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
/** Whether it would take it for 0 or 1: x − x, x / x, x + −x. */
function cancels({ primitive, args }: Call): boolean {
  const [x, y] = args as readonly [Expr, Expr];
  const same = primitive in families && unsigned(x) === unsigned(y);
  return same && (inverse.has(primitive) || (primitive === "add" && x !== y));
}

/** The texts of a call's operands, from theirs alone. */
export function apart(call: Call, texts: readonly string[]): readonly string[] {
  if (storageOf(call.dtype).lanes !== "float") return texts;
  const other = cancels(call) ? 1 : -1;
  return call.args.map((operand, i) => {
    const text = texts[i] as string;
    if (i === other || joins(call, operand)) return `as_rounded(${text})`;
    const vanishes = families[call.primitive] === "product" && text === literal(0, call.dtype);
    return vanishes ? hidden(0) : text;
  });
}
