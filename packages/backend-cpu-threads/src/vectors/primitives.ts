/**
 * Module 3.63 — The primitives, four at a time.
 *
 * One row for each, one entry for each kind of lanes it is defined on. What has no row is written in
 * those that have one by the lowerings of @mt/operators. Every entry gives the bits that the
 * definition gives, but those that accuracy.ts lists.
 */
import { type Expr, node } from "@mt/operators";
import type { Local } from "../wasm/code.ts";
import type { Instruction } from "../wasm/instructions.ts";
import { exp, expm1, log, log1p } from "./elementary.ts";
import { tanh } from "./hyperbolic.ts";
import { pow } from "./power.ts";
import { eachLane, rem, remIntegers } from "./remainder.ts";
import { cos, sin } from "./trigonometry.ts";
import type { Lanes, Vectors } from "./vectors.ts";

/** The value of a primitive from those of its operands; `e` is the call, for what it says of them. */
export type Emit = (v: Vectors, x: Local, y: Local, z: Local, e: Expr) => Local;
export type Row = Readonly<Partial<Record<Lanes, Emit>>>;

const one =
  (name: Instruction): Emit =>
  (v, x) =>
    v.op(name, x);
const two =
  (name: Instruction): Emit =>
  (v, x, y) =>
    v.op(name, x, y);
const same: Emit = (_, x) => x;
const integers = (emit: Emit): Row => ({ signed: emit, unsigned: emit });
const everywhere = (emit: Emit): Row => ({ float: emit, ...integers(emit), mask: emit });
/** Whole numbers are whole already. */
const rounding = (name: Instruction): Row => ({ ...everywhere(same), float: one(name) });
const float = (emit: Emit): Row => ({ float: emit });
const bits = (name: Instruction): Row => integers(two(name));

/** By constants, as in generators of random bits, all lanes at once; else lane by lane. */
const shifting = (vector: Instruction, scalar: Instruction): Row =>
  integers((v, x, y, _, e) => {
    const by = e.kind === "call" ? e.args[1] : undefined;
    if (by?.kind === "const") return v.shift(vector, x, by.value & 31);
    return eachLane(v, x, y, (a, b) => v.code.get(a).get(b).op(scalar));
  });

export const rows: Readonly<Record<string, Row>> = {
  add: { float: two("f32x4.add"), ...integers(two("i32x4.add")) },
  sub: { float: two("f32x4.sub"), ...integers(two("i32x4.sub")) },
  mul: { float: two("f32x4.mul"), ...integers(two("i32x4.mul")) },
  div: float(two("f32x4.div")),
  rem: { float: rem, signed: remIntegers("i32.rem_s"), unsigned: remIntegers("i32.rem_u") },
  neg: { float: one("f32x4.neg"), ...integers(one("i32x4.neg")) },
  abs: { float: one("f32x4.abs"), signed: one("i32x4.abs"), unsigned: same },
  min: {
    float: two("f32x4.min"),
    signed: two("i32x4.min_s"),
    unsigned: two("i32x4.min_u"),
    mask: two("v128.and"),
  },
  max: {
    float: two("f32x4.max"),
    signed: two("i32x4.max_s"),
    unsigned: two("i32x4.max_u"),
    mask: two("v128.or"),
  },
  floor: rounding("f32x4.floor"),
  ceil: rounding("f32x4.ceil"),
  trunc: rounding("f32x4.trunc"),
  round: rounding("f32x4.nearest"),

  sqrt: float(one("f32x4.sqrt")),
  exp: float(exp),
  expm1: float(expm1),
  log: float(log),
  log1p: float(log1p),
  pow: float(pow),
  sin: float(sin),
  cos: float(cos),
  tanh: float(tanh),

  eq: {
    float: two("f32x4.eq"),
    ...integers(two("i32x4.eq")),
    mask: (v, x, y) => v.op("v128.not", v.op("v128.xor", x, y)),
  },
  ne: { float: two("f32x4.ne"), ...integers(two("i32x4.ne")), mask: two("v128.xor") },
  lt: {
    float: two("f32x4.lt"),
    signed: two("i32x4.lt_s"),
    unsigned: two("i32x4.lt_u"),
    mask: (v, x, y) => v.op("v128.andnot", y, x),
  },
  le: {
    float: two("f32x4.le"),
    signed: two("i32x4.le_s"),
    unsigned: two("i32x4.le_u"),
    mask: (v, x, y) => v.op("v128.or", v.op("v128.not", x), y),
  },
  and: { mask: two("v128.and") },
  or: { mask: two("v128.or") },
  not: { mask: one("v128.not") },
  where: everywhere((v, mask, x, y) => v.select(mask, x, y)),

  bitAnd: bits("v128.and"),
  bitOr: bits("v128.or"),
  bitXor: bits("v128.xor"),
  bitNot: integers(one("v128.not")),
  shiftLeft: shifting("i32x4.shl", "i32.shl"),
  shiftRight: shifting("i32x4.shr_u", "i32.shr_u"),
};

/** Those whose rows work on pairs of f64, two for each vector. */
export const inHalves: ReadonlySet<string> = new Set(["pow", "sin", "cos"]);

/** A primitive of f16 that has no row, in f32: its parts would lose what f16 has no digits for. */
export function widen(e: Expr): Expr {
  if (e.kind !== "call" || e.dtype !== "f16" || e.primitive in rows) return e;
  if (e.primitive === "cast" || e.primitive === "promote") return e;
  const args = e.args.map((x) => node("cast", [x], "f32"));
  return node("cast", [node(e.primitive, args, "f32")], "f16");
}
