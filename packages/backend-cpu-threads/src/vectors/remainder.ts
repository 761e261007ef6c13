/**
 * Module 3.61 — x % y, four at a time, exact.
 *
 * In f64 the product of a 24-bit y with a 28-bit quotient is exact, so a step takes a whole multiple
 * of y·2ᵏ away without rounding. Quotients below 2²⁸ need one step, the largest ten. Integers go
 * lane by lane: vectors have no division.
 */
import type { Local } from "../wasm/code.ts";
import type { Instruction } from "../wasm/instructions.ts";
import type { Vectors } from "./vectors.ts";

/** The quotient's power of two above 2²⁸, at least 1. */
function scaleOf(v: Vectors, quotient: Local): Local {
  const exponent = v.op("v128.and", quotient, v.code.words(0, 0x7ff00000, 0, 0x7ff00000));
  return v.op("f64x2.pmax", v.op("f64x2.mul", exponent, v.f64(2 ** -28)), v.f64(1));
}

/** For magnitudes. */
function remainder(v: Vectors, x: Local, y: Local): Local {
  const { code } = v;
  const rest = code.local("v128");
  code.get(x).set(rest);
  const atLeast = (): void => {
    // ∞ − ∞ would never end
    code.get(rest).get(y).op("f64x2.ge").get(y).get(v.f64(0)).op("f64x2.gt").op("v128.and");
    code.get(rest).get(v.f64(Infinity)).op("f64x2.lt").op("v128.and");
  };
  code.loop((again) => {
    const quotient = v.op("f64x2.div", rest, y);
    const multiple = v.op("f64x2.mul", y, scaleOf(v, quotient));
    const whole = v.op("f64x2.trunc", v.op("f64x2.div", rest, multiple));
    const next = v.op("f64x2.sub", rest, v.op("f64x2.mul", whole, multiple));
    // the quotient may have been rounded up to a whole number
    const mended = v.op(
      "f64x2.add",
      next,
      v.op("v128.and", multiple, v.op("f64x2.lt", next, v.f64(0))),
    );
    atLeast();
    const going = code.keep("v128");
    code.get(mended).get(rest).get(going).op("v128.bitselect").set(rest);
    atLeast();
    code.op("v128.any_true").branchIf(again);
  });
  return rest;
}

export function rem(v: Vectors, x: Local, y: Local): Local {
  const [a, b] = [v.op("f32x4.abs", x), v.op("f32x4.abs", y)];
  const size = v.inHalves((p, q) => remainder(v, p, q), a, b);
  const sign = v.op("v128.and", x, v.i32(-0x80000000)); // that of x
  const broken = v.op(
    "v128.or",
    v.op("v128.or", v.op("f32x4.ne", x, x), v.op("f32x4.ne", y, y)),
    v.op("v128.or", v.op("f32x4.eq", a, v.f32(Infinity)), v.op("f32x4.eq", y, v.f32(0))),
  );
  return v.select(broken, v.f32(Number.NaN), v.op("v128.or", size, sign));
}

/** An operation of scalars on each lane. */
export function eachLane(
  v: Vectors,
  x: Local,
  y: Local,
  compute: (x: Local, y: Local) => void,
): Local {
  const { code } = v;
  const [a, b, z] = [code.local("i32"), code.local("i32"), code.local("v128")] as const;
  for (const k of [0, 1, 2, 3]) {
    code.get(x).lane("i32x4.extract_lane", k).set(a);
    code.get(y).lane("i32x4.extract_lane", k).set(b);
    code.get(z);
    compute(a, b);
    code.lane("i32x4.replace_lane", k).set(z);
  }
  return z;
}

/** Of integers; by zero it is 0. */
export const remIntegers =
  (name: Extract<Instruction, "i32.rem_s" | "i32.rem_u">) =>
  (v: Vectors, x: Local, y: Local): Local =>
    eachLane(v, x, y, (a, b) => {
      v.code.get(b);
      v.code.if(
        () => v.code.get(a).get(b).op(name),
        () => v.code.i32(0),
        "i32",
      );
    });
