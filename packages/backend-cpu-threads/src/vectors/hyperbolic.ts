/**
 * Module 3.58 — tanh x, four at a time.
 *
 * Near 0 an odd polynomial, elsewhere 1 − 2/(e²ˣ + 1), after Cephes
 * (https://www.netlib.org/cephes/, `single/tanhf.c`).
 */
import type { Local } from "../wasm/code.ts";
import { exp } from "./elementary.ts";
import type { Vectors } from "./vectors.ts";

const odd = [-3.333328e-1, 1.3331442e-1, -5.3739715e-2, 2.0639088e-2, -5.7049887e-3];

export function tanh(v: Vectors, x: Local): Local {
  const size = v.op("f32x4.abs", x);
  const square = v.mul(size, size);
  const near = v.fused(v.mul(v.polynomial(square, odd), square), size, size);
  const one = v.f32(1);
  const away = v.sub(one, v.div(v.f32(2), v.add(exp(v, v.add(size, size)), one)));
  const value = v.select(v.op("f32x4.lt", size, v.f32(0.625)), near, away);
  return v.op("v128.or", value, v.op("v128.and", x, v.i32(-0x80000000)));
}
