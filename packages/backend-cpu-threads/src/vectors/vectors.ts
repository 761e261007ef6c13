/**
 * Module 3.56 — Arithmetic on vectors.
 *
 * A value is four lanes of 32 bits in a variable of the function. An operation takes variables and
 * gives a new one; the compiler behind WebAssembly forgets those that are not needed. Floats are
 * f32 lanes (f16 too, rounded after each step), integers i32 lanes, bools masks: all bits or none.
 */
import type { DType } from "@mt/operators";
import type { Code, Local } from "../wasm/code.ts";
import { isRelaxed } from "../wasm/features.ts";
import type { Instruction } from "../wasm/instructions.ts";

/** What kind of lanes an element type is computed in. */
export type Lanes = "float" | "signed" | "unsigned" | "mask";
export const lanesOf: Readonly<Record<DType, Lanes>> = {
  f64: "float",
  f32: "float",
  f16: "float",
  i32: "signed",
  u8: "signed", // 0 … 255 in an i32
  u32: "unsigned",
  bool: "mask",
};

export class Vectors {
  readonly code: Code;
  /** Whether products are added without being rounded before. */
  readonly fuses: boolean;

  /** Relaxed: with instructions that not every host has. */
  constructor(code: Code, relaxed: boolean = isRelaxed()) {
    this.code = code;
    this.fuses = relaxed;
  }

  /** The result of an instruction on variables. */
  op(name: Instruction, ...operands: readonly Local[]): Local {
    for (const x of operands) this.code.get(x);
    return this.code.op(name).keep("v128");
  }
  /** A shift by a number of bits that is the same for all lanes. */
  shift(name: Instruction, x: Local, bits: number): Local {
    return this.code.get(x).i32(bits).op(name).keep("v128");
  }
  shuffleWords(x: Local, y: Local, ...four: readonly number[]): Local {
    return this.code
      .get(x)
      .get(y)
      .shuffleWords(...four)
      .keep("v128");
  }
  /** x where the mask is set, else y. (By bits it takes processors three instructions, not one.) */
  select(mask: Local, x: Local, y: Local): Local {
    return this.op(this.fuses ? "i32x4.relaxed_laneselect" : "v128.bitselect", x, y, mask);
  }

  f32(value: number): Local {
    return this.code.splatF32(value);
  }
  f64(value: number): Local {
    return this.code.splatF64(value);
  }
  i32(value: number): Local {
    return this.code.splat(value);
  }

  add(x: Local, y: Local): Local {
    return this.op("f32x4.add", x, y);
  }
  sub(x: Local, y: Local): Local {
    return this.op("f32x4.sub", x, y);
  }
  mul(x: Local, y: Local): Local {
    return this.op("f32x4.mul", x, y);
  }
  div(x: Local, y: Local): Local {
    return this.op("f32x4.div", x, y);
  }
  /** Between two numbers; NaN stays. (One instruction each, where `min` and `max` take several.) */
  clamp(x: Local, low: number, high: number): Local {
    return this.op("f32x4.pmin", this.op("f32x4.pmax", x, this.f32(low)), this.f32(high));
  }
  clamp64(x: Local, low: number, high: number): Local {
    return this.op("f64x2.pmin", this.op("f64x2.pmax", x, this.f64(low)), this.f64(high));
  }
  /** x·y + z, rounded once where the host has an instruction for it. */
  fused(x: Local, y: Local, z: Local): Local {
    return this.fuses ? this.op("f32x4.relaxed_madd", x, y, z) : this.add(this.mul(x, y), z);
  }
  /** z − x·y, likewise. */
  less(z: Local, x: Local, y: Local): Local {
    return this.fuses ? this.op("f32x4.relaxed_nmadd", x, y, z) : this.sub(z, this.mul(x, y));
  }
  /** Σ coefficients[k]·xᵏ by Horner's rule, lowest power first. */
  polynomial(x: Local, coefficients: readonly number[]): Local {
    const list = coefficients.map((c) => this.f32(c));
    return list.reduceRight((sum, c) => this.fused(sum, x, c));
  }
  /** The same on f64 halves. */
  polynomial64(x: Local, coefficients: readonly number[]): Local {
    const list = coefficients.map((c) => this.f64(c));
    return list.reduceRight((sum, c) => this.op("f64x2.add", this.op("f64x2.mul", sum, x), c));
  }

  /** A function of f64 pairs on both halves of f32 vectors, rounded once. */
  inHalves(compute: (...halves: Local[]) => Local, ...values: readonly Local[]): Local {
    const low = compute(...values.map((x) => this.op("f64x2.promote_low_f32x4", x)));
    const high = compute(
      ...values.map((x) => this.op("f64x2.promote_low_f32x4", this.shuffleWords(x, x, 2, 3, 2, 3))),
    );
    return this.joinHalves(low, high);
  }
  /** Two pairs of f64 as four f32. */
  joinHalves(low: Local, high: Local): Local {
    const [x, y] = [low, high].map((half) => this.op("f32x4.demote_f64x2_zero", half));
    return this.shuffleWords(x as Local, y as Local, 0, 1, 4, 5);
  }
}
