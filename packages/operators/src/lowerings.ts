/**
 * Module 0.15 — Primitives in simpler ones, for devices that lack them.
 *
 * Each row is a formula over arithmetic, comparisons, √, floor, e^x, ln, sin and cos, and states how
 * far it may stray: units in the last place of f32, given a correctly rounded base. Written for 32
 * bits; a device of 64 bits brings functions of its own.
 */
import { noLowering } from "./errors.ts";
import { type Expr, type Operand, rebuild, walk } from "./expression.ts";
import { isConversion, settle } from "./primitive.ts";
import { add, call, div, mul, neg, sub, where } from "./primitives.ts";

export interface Lowering {
  readonly lower: (...x: Expr[]) => Operand;
  readonly ulp: number;
}

const abs = (x: Operand): Expr => call("abs", x);
const sqrt = (x: Operand): Expr => call("sqrt", x);
const exp = (x: Operand): Expr => call("exp", x);
const log = (x: Operand): Expr => call("log", x);
const log1p = (x: Operand): Expr => call("log1p", x);
const floor = (x: Operand): Expr => call("floor", x);
const lt = (x: Operand, y: Operand): Expr => call("lt", x, y);
const eq = (x: Operand, y: Operand): Expr => call("eq", x, y);

/** Below zero, or −0 (whose inverse is −∞). */
const negative = (x: Expr): Expr => call("or", lt(x, 0), lt(div(1, x), 0));
/** `magnitude` with the sign of x. */
const withSign = (x: Expr, magnitude: Expr): Expr => where(negative(x), neg(magnitude), magnitude);
/** (√(1 − x))·√(1 + x), which keeps digits near ±1. */
const halfChord = (x: Expr): Expr => sqrt(mul(sub(1, x), add(1, x)));
/** ½eˣ for x whose eˣ overflows where the half does not. */
const halfExp = (x: Expr): Expr => {
  const root = exp(mul(0.5, x));
  return mul(mul(0.5, root), root);
};

/** atan(m) / m over m² for 0 ≤ m ≤ 1: minimax, relative error 2.4e-9. */
const arctangent = [
  0.9999999976, -0.3333328365, 0.1999826621, -0.1426193454, 0.1094203706, -0.08377331698,
  0.05755234781, -0.0308048159, 0.01072704983, -0.00175395158,
];
const slopeAngle = (m: Expr): Expr => {
  const s = mul(m, m);
  const sum = arctangent.reduceRight<Operand>(
    (total, c) => (total === 0 ? c : add(mul(total, s), c)),
    0,
  );
  return mul(m, sum);
};

export const lowerings: Readonly<Record<string, Lowering>> = {
  trunc: { ulp: 0, lower: (x) => where(lt(x, 0), call("ceil", x), floor(x)) },
  ceil: { ulp: 0, lower: (x) => neg(floor(neg(x))) },
  round: {
    ulp: 0,
    lower: (x) => {
      const below = floor(x);
      const part = sub(x, below);
      const odd = sub(below, mul(2, floor(mul(0.5, below)))); // a half goes up from odd numbers
      const nearest = where(lt(part, 0.5), below, add(below, where(lt(0.5, part), 1, odd)));
      return where(eq(below, x), x, nearest); // ∞ − ∞ is no part
    },
  },
  hypot: {
    ulp: 3,
    lower: (x, y) => {
      const [a, b] = [abs(x), abs(y)];
      const large = call("max", a, b);
      const t = div(call("min", a, b), large);
      const length = mul(large, sqrt(add(1, mul(t, t))));
      const infinite = call("or", eq(a, Infinity), eq(b, Infinity));
      return where(infinite, Infinity, where(eq(large, 0), 0, length));
    },
  },
  // n·ln 2 in two parts of which the first, of 10 bits, is exact
  exp2: {
    ulp: 4,
    lower: (x) => {
      const whole = call("min", call("max", floor(x), -160), 128);
      const rest = add(mul(sub(x, whole), Math.LN2), mul(whole, Math.LN2 - 0.693359375));
      const finite = mul(exp(mul(whole, 0.693359375)), exp(rest));
      return where(lt(x, -160), 0, where(lt(128, x), Infinity, finite));
    },
  },
  log2: { ulp: 2, lower: (x) => mul(log(x), Math.LOG2E) },
  // Kahan: the error of u = eˣ cancels in (u − 1) / ln u
  expm1: {
    ulp: 3,
    lower: (x) => {
      const u = exp(x);
      const near = div(mul(sub(u, 1), x), log(u));
      return where(eq(u, 1), x, where(lt(1, abs(x)), sub(u, 1), near));
    },
  },
  log1p: {
    ulp: 3,
    lower: (x) => {
      const u = add(1, x);
      const near = div(mul(log(u), x), sub(u, 1));
      return where(eq(u, 1), x, where(lt(1, x), log(u), near));
    },
  },
  sinh: {
    ulp: 4,
    lower: (x) => {
      const a = abs(x);
      const e = call("expm1", a);
      return withSign(x, where(lt(20, a), halfExp(a), mul(0.5, add(e, div(e, add(1, e))))));
    },
  },
  cosh: {
    ulp: 3,
    lower: (x) => {
      const a = abs(x);
      const e = exp(a);
      return where(lt(20, a), halfExp(a), mul(0.5, add(e, div(1, e))));
    },
  },
  tanh: {
    ulp: 5,
    lower: (x) => {
      const e = call("expm1", mul(-2, abs(x)));
      return withSign(x, neg(div(e, add(2, e))));
    },
  },
  asinh: {
    ulp: 4,
    lower: (x) => {
      const a = abs(x);
      const square = mul(a, a);
      const near = log1p(add(a, div(square, add(1, sqrt(add(1, square))))));
      return withSign(x, where(lt(1e6, a), add(log(a), Math.LN2), near));
    },
  },
  acosh: {
    ulp: 4,
    lower: (x) => {
      const t = sub(x, 1);
      const near = log1p(add(t, mul(sqrt(t), sqrt(add(2, t)))));
      return where(lt(1e6, x), add(log(x), Math.LN2), near);
    },
  },
  atanh: {
    ulp: 4,
    lower: (x) => {
      const a = abs(x);
      return withSign(x, mul(0.5, log1p(div(mul(2, a), sub(1, a)))));
    },
  },
  tan: { ulp: 3, lower: (x) => div(call("sin", x), call("cos", x)) },
  atan: {
    ulp: 3,
    lower: (x) => {
      const a = abs(x);
      const angle = slopeAngle(div(call("min", a, 1), call("max", a, 1)));
      return withSign(x, where(lt(1, a), sub(Math.PI / 2, angle), angle));
    },
  },
  asin: { ulp: 4, lower: (x) => call("atan", div(x, halfChord(x))) },
  acos: { ulp: 4, lower: (x) => mul(2, call("atan", sqrt(div(sub(1, x), add(1, x))))) },
  atan2: {
    ulp: 3,
    lower: (y, x) => {
      const [a, b] = [abs(y), abs(x)];
      const ratio = div(call("min", a, b), call("max", a, b));
      // 0/0 and ∞/∞: the axis and the diagonal
      const angle = slopeAngle(where(eq(a, b), where(eq(a, 0), 0, 1), ratio));
      const quarter = where(lt(b, a), sub(Math.PI / 2, angle), angle);
      return withSign(y, where(negative(x), sub(Math.PI, quarter), quarter));
    },
  },
};

/** A formula in the primitives that a device has. */
export const lower = (e: Expr, has: (primitive: string) => boolean): Expr =>
  walk<Expr>(e, (x, inputs) => {
    if (x.kind !== "call" || isConversion(x) || has(x.primitive)) return rebuild(x, inputs);
    const row = lowerings[x.primitive];
    if (!row) throw noLowering(x.primitive);
    return lower(settle(row.lower(...inputs), x.dtype), has);
  });
