/**
 * Module 0.14 — A formula as one would write it.
 *
 * What has a sign is written between its operands, and parentheses are set only where the reading
 * would change; everything else is a call.
 */
import { type DType, dtypes } from "./dtype.ts";
import { argument, type Call, type Expr, postorder } from "./expression.ts";
import type { Operator } from "./operator.ts";
import { retype } from "./retype.ts";

interface Piece {
  readonly text: string;
  /** The outermost sign, and how tightly it binds; names, numbers and calls bind without end. */
  readonly sign: string;
  readonly strength: number;
}
const [LOGIC, ORDER, SHIFT, SUM, PRODUCT, POWER] = [1, 2, 3, 4, 5, 7];
/** Signs, and how tightly they bind. */
const signs: Readonly<Record<string, readonly [sign: string, strength: number]>> = {
  add: ["+", SUM],
  sub: ["-", SUM],
  mul: ["·", PRODUCT],
  div: ["/", PRODUCT],
  rem: ["%", PRODUCT],
  pow: ["^", POWER],
  eq: ["=", ORDER],
  ne: ["≠", ORDER],
  lt: ["<", ORDER],
  le: ["≤", ORDER],
  and: ["∧", LOGIC],
  or: ["∨", LOGIC],
  bitAnd: ["&", LOGIC],
  bitOr: ["|", LOGIC],
  bitXor: ["⊕", LOGIC],
  shiftLeft: ["<<", SHIFT],
  shiftRight: [">>>", SHIFT],
};
const associative: ReadonlySet<string> = new Set(["+", "·", "∧", "∨", "&", "|", "⊕"]);
const atom = (text: string): Piece => ({ text, sign: "", strength: Infinity });
const isNegative = (x: Piece): boolean => x.text.startsWith("-");
const wrap = (x: Piece, needed: boolean): string => (needed ? `(${x.text})` : x.text);

/** The fewest digits that give this number in its dtype: 0.1, not 0.10000000149011612. */
function digits(value: number, dtype: DType): string {
  if (Object.is(value, -0)) return "-0";
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  for (let n = 1; n < 17; n++) {
    const short = Number(value.toPrecision(n));
    if (dtypes[dtype].round(short) === value) return String(short);
  }
  return String(value);
}

function joined(sign: string, strength: number, x: Piece, y: Piece): Piece {
  if (sign === "+" && isNegative(y) && y.strength >= strength)
    return { text: `${x.text} - ${y.text.slice(1)}`, sign: "-", strength };
  const chains = (z: Piece): boolean => z.sign === sign && associative.has(sign);
  const leftwards = strength === SUM || strength === PRODUCT; // a − b − c is (a − b) − c
  const left =
    x.strength < strength ||
    (x.strength === strength && !leftwards && !chains(x)) ||
    (strength === POWER && isNegative(x));
  const right =
    y.strength < strength ||
    (y.strength === strength && !chains(y)) ||
    (strength >= SUM && isNegative(y));
  return { text: `${wrap(x, left)} ${sign} ${wrap(y, right)}`, sign, strength };
}

function callOf(x: Call, args: readonly Piece[]): Piece {
  const [first, second] = args as [Piece, Piece];
  if (x.primitive === "promote") return first; // inserted by typing: no one writes it
  if (x.primitive === "neg") {
    const text = `-${wrap(first, first.strength < PRODUCT || isNegative(first))}`;
    return { text, sign: "-", strength: PRODUCT }; // −x·y reads the same as −(x·y)
  }
  const infix = signs[x.primitive];
  if (infix) return joined(...infix, first, second);
  const name = x.primitive === "cast" ? x.dtype : x.primitive.replace(/#.*/, "");
  return atom(`${name}(${args.map((a) => a.text).join(", ")})`);
}

function textOf(e: Expr, names: readonly string[]): string {
  const made = new Map<Expr, Piece>();
  const of = (x: Expr): Piece => made.get(x) as Piece;
  const rules: { readonly [K in Expr["kind"]]: (x: Extract<Expr, { kind: K }>) => Piece } = {
    arg: (x) => atom(names[x.index] ?? `x${x.index}`),
    const: (x) => atom(digits(x.value, x.dtype)),
    call: (x) => callOf(x, x.args.map(of)),
  };
  for (const x of postorder(e)) made.set(x, (rules[x.kind] as (x: Expr) => Piece)(x));
  return of(e).text;
}

const namesOf = (arity: number): readonly string[] =>
  arity <= 3 ? ["x", "y", "z"] : Array.from({ length: arity }, (_, i) => `x${i}`);

/**
 * An operator's definition, or any expression, as mathematics. Operators that state their own
 * derivative keep their names inside the formulas of others.
 * @example
 * print(defineOperator("swish", (x) => div(x, add(1, exp(neg(x)))))); // "x / (1 + exp(-x))"
 */
export function print(what: Operator | Expr, names?: readonly string[]): string {
  if (typeof what !== "function") return textOf(what, names ?? namesOf(3));
  return textOf(what.formula, names ?? namesOf(what.arity));
}

/**
 * ∂/∂xᵢ of an operator as mathematics; the operator's own value appears as a call of it.
 * @example
 * printDerivative(sigmoid); // "sigmoid(x) · (1 - sigmoid(x))"
 * printDerivative(mul, 0); // "y"
 */
export function printDerivative(
  operator: Operator,
  i = 0,
  names: readonly string[] = namesOf(operator.arity),
): string {
  const rule = operator.pullback(i);
  if (!rule) return "0";
  if (!rule.operator) return "1";
  const { arity } = operator;
  const { formula } = rule.operator;
  const inputs = names.slice(0, arity);
  const value = `${operator.name}(${inputs.join(", ")})`;
  const values = rule.from.map((from) => {
    if (from === "cotangent") return 1; // the derivative itself: a cotangent of one
    return argument(from === "output" ? arity : from, formula.dtype);
  });
  const derivative = retype(formula, values);
  return typeof derivative === "number"
    ? digits(derivative, "f64")
    : textOf(derivative, [...inputs, value]);
}
