/**
 * Module 3.94 — The primitives in WGSL.
 *
 * One row for each, one entry for each kind of arithmetic it is defined on. What has no row is
 * written in those that have one by the lowerings of @mt/operators.
 */
import type { DType } from "@mt/operators";
import { type Lanes, storageOf } from "./storage.ts";

/** The text of a value from the texts of its operands, which are names, literals or in parentheses. */
export type Spelling = (...x: string[]) => string;
export type Row = Readonly<Partial<Record<Lanes, Spelling>>>;

const infix =
  (sign: string): Spelling =>
  (x, y) =>
    `(${x} ${sign} ${y})`;
const prefix =
  (sign: string): Spelling =>
  (x) =>
    `(${sign}${x})`;
const named =
  (name: string): Spelling =>
  (...x) =>
    `${name}(${x.join(", ")})`;
const same: Spelling = (x) => x as string;

const integers = (spelling: Spelling): Row => ({ signed: spelling, unsigned: spelling });
const numbers = (spelling: Spelling): Row => ({ float: spelling, ...integers(spelling) });
const float = (spelling: Spelling): Row => ({ float: spelling });
/** Whole numbers are whole already. */
const rounding = (name: string): Row => ({ ...integers(same), bool: same, float: named(name) });
/** Compilers take x == x for true, and x <= x. */
const unlessNaN =
  (spelling: Spelling): Spelling =>
  (x, y) =>
    x === y ? `!is_nan(${x})` : spelling(x as string, y as string);
const count = (y: string | undefined): string => `(u32(${y}) & 31u)`;

export const rows: Readonly<Record<string, Row>> = {
  add: numbers(infix("+")),
  sub: numbers(infix("-")),
  mul: numbers(infix("*")),
  div: float(infix("/")),
  rem: { float: named("float_rem"), signed: named("int_rem"), unsigned: named("uint_rem") },
  neg: { float: prefix("-"), signed: prefix("-"), unsigned: (x) => `(0u - ${x})` },
  abs: { float: named("abs"), signed: named("abs"), unsigned: same },
  min: { float: named("float_min"), ...integers(named("min")), bool: infix("&&") },
  max: { float: named("float_max"), ...integers(named("max")), bool: infix("||") },
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  trunc: rounding("trunc"),
  round: rounding("round"),

  sqrt: float(named("sqrt")),
  exp: float(named("float_exp")),
  log: float(named("float_log")),
  log1p: float(named("float_log1p")),
  pow: float(named("float_pow")),
  sin: float(named("float_sin")),
  cos: float(named("float_cos")),

  eq: { ...integers(infix("==")), bool: infix("=="), float: unlessNaN(infix("==")) },
  // x != y is false for NaN
  ne: {
    ...integers(infix("!=")),
    bool: infix("!="),
    float: (x, y) => (x === y ? `is_nan(${x})` : `!(${x} == ${y})`),
  },
  lt: { ...numbers(infix("<")), bool: (x, y) => `(!${x} && ${y})` },
  le: {
    ...integers(infix("<=")),
    bool: (x, y) => `(!${x} || ${y})`,
    float: unlessNaN(infix("<=")),
  },
  and: { bool: infix("&&") },
  or: { bool: infix("||") },
  not: { bool: prefix("!") },
  where: {
    ...numbers((condition, x, y) => `select(${y}, ${x}, ${condition})`),
    bool: (condition, x, y) => `select(${y}, ${x}, ${condition})`,
  },

  bitAnd: integers(infix("&")),
  bitOr: integers(infix("|")),
  bitXor: integers(infix("^")),
  bitNot: integers(prefix("~")),
  shiftLeft: integers((x, y) => `(${x} << ${count(y)})`),
  shiftRight: {
    signed: (x, y) => `bitcast<i32>(bitcast<u32>(${x}) >> ${count(y)})`,
    unsigned: (x, y) => `(${x} >> ${count(y)})`,
  },
};

const type =
  (name: string): Spelling =>
  (x) =>
    `${name}(${x})`;
const ofBool =
  (zero: string, one: string): Spelling =>
  (x) =>
    `select(${zero}, ${one}, ${x})`;

/** Conversions between kinds of arithmetic, from → to. */
const conversions: { readonly [From in Lanes]: { readonly [To in Lanes]: Spelling } } = {
  float: {
    float: same,
    signed: named("int_of_float"),
    unsigned: named("uint_of_float"),
    bool: (x) => `!(${x} == 0f)`,
  },
  signed: { float: type("f32"), signed: same, unsigned: type("u32"), bool: (x) => `(${x} != 0i)` },
  unsigned: {
    float: named("float_of_uint"),
    signed: type("i32"),
    unsigned: same,
    bool: (x) => `(${x} != 0u)`,
  },
  bool: {
    float: ofBool("0f", "1f"),
    signed: ofBool("0i", "1i"),
    unsigned: ofBool("0u", "1u"),
    bool: same,
  },
};

/** A value of one dtype as another: floats truncate and saturate, integers wrap around. */
export function convert(x: string, from: DType, to: DType): string {
  if (from === to) return x;
  const [source, target] = [storageOf(from), storageOf(to)];
  if (from === "u8" && target.lanes === "float") return type("f32")(x);
  if (to === "u8" && source.lanes === "float") return `byte_of_float(${x})`;
  const converted = conversions[source.lanes][target.lanes](x);
  return target.narrow && source.lanes !== "bool" ? target.narrow(converted) : converted;
}
