/**
 * Module 3.58 — tanh x, four at a time.
 *
 * Near 0 an odd polynomial, elsewhere 1 − 2/(e²ˣ + 1), after Cephes
 * (https://www.netlib.org/cephes/, `single/tanhf.c`).
 */
import type { Local } from "../wasm/code.ts";
import { exp } from "./elementary.ts";
import type { Vectors } from "./vectors.ts";

const odd = [
  -3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3,
];

export function tanh(v: Vectors, x: Local): Local {
  const size = v.op("f32x4.abs", x);
  const square = v.mul(size, size);
  const near = v.fused(v.mul(v.polynomial(square, odd), square), size, size);
  const one = v.f32(1);
  const away = v.sub(one, v.div(v.f32(2), v.add(exp(v, v.add(size, size)), one)));
  const value = v.select(v.op("f32x4.lt", size, v.f32(0.625)), near, away);
  return v.op("v128.or", value, v.op("v128.and", x, v.i32(-0x80000000)));
}
