/**
 * Module 3.59 — sin x and cos x, four at a time, for every f32.
 *
 * x = n·π/2 + r with |r| ≤ π/4, then a polynomial on r, chosen and signed by n modulo 4. Up to 2²⁷
 * the reduction is done in f64 with π/2 in three parts (Cody and Waite). Beyond, x is a whole number
 * of 24 bits times a power of two, and the product with the bits of 2/π that matter is exact in
 * integers (Payne and Hanek, "Radian reduction for trigonometric functions",
 * https://doi.org/10.1145/1057600.1057602).
 */
import type { Code, Local } from "../wasm/code.ts";
import type { Vectors } from "./vectors.ts";

/** 224 bits of 2/π after the point. */
const twoOverPi = 0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abn;
const quarterTurn = 1.5707963267948966;
/** π/2 in three parts; products of the first two, of 24 bits each, with n are exact. */
const high: number = Math.fround(quarterTurn);
const middle: number = Math.fround(quarterTurn - high);
const low: number = quarterTurn - high - middle + 6.123233995736766e-17;
/** Adding this rounds an f64 to a whole number, left in its low bits. */
const magic64 = 1.5 * 2 ** 52;

interface Reduced {
  /** The rest in −π/4 … π/4. */
  readonly r: Local;
  /** Quarter turns, of which the two lowest bits count. */
  readonly n: Local;
}

function reduceNear(v: Vectors, x: Local): Reduced {
  const halves = [x, v.shuffleWords(x, x, 2, 3, 2, 3)].map((half) => {
    const y = v.op("f64x2.promote_low_f32x4", half);
    const turns = v.op("f64x2.mul", y, v.f64(1 / quarterTurn));
    const shifted = v.op("f64x2.add", turns, v.f64(magic64));
    const n = v.op("f64x2.sub", shifted, v.f64(magic64));
    const less = (from: Local, part: number): Local =>
      v.op("f64x2.sub", from, v.op("f64x2.mul", n, v.f64(part)));
    return [less(less(less(y, high), middle), low), shifted] as const;
  }) as unknown as readonly (readonly [Local, Local])[];
  const [a, b] = halves as readonly [readonly [Local, Local], readonly [Local, Local]];
  return { r: v.joinHalves(a[0], b[0]), n: v.shuffleWords(a[1], b[1], 0, 2, 4, 6) };
}

/** 64 bits of 2/π from bit 32·(word + further) on. */
function bitsAt(code: Code, word: Local, further: number): void {
  const bits = (k: number): Code => code.i64(twoOverPi >> BigInt(160 - 32 * (k + further)));
  bits(3);
  for (const k of [2, 1, 0]) bits(k).get(word).i32(k).op("i32.gt_s").op("select");
}

/** One lane beyond 2²⁷: sets `r` (f32) and `n`. */
function reduceFar(code: Code, x: Local, r: Local, n: Local): void {
  const [bits, start, word, shift] = [1, 2, 3, 4].map(() => code.local("i32")) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const [m, product] = [code.local("i64"), code.local("i64")];
  code.get(x).op("i32.reinterpret_f32").tee(bits);
  code.i32(0x7fffff).op("i32.and").i32(0x800000).op("i32.or").op("i64.extend_i32_u").set(m);
  // x = m·2ᵏ: of 2ᵏ·2/π only the bits from 2 above the point on count
  code.get(bits).i32(23).op("i32.shr_u").i32(255).op("i32.and").i32(152).op("i32.sub").set(start);
  code.get(start).i32(5).op("i32.shr_u").set(word);
  code.get(start).i32(31).op("i32.and").set(shift);
  const window = (further: number): void => {
    bitsAt(code, word, further);
    code.get(shift).op("i64.extend_i32_u").op("i64.shl").i64(32n).op("i64.shr_u");
    code.get(m).op("i64.mul");
  };
  window(0);
  code.i64(32n).op("i64.shl");
  window(1);
  code.op("i64.add");
  window(2);
  code.i64(32n).op("i64.shr_u").op("i64.add").set(product); // quarter turns in units of 2⁻⁶²
  code
    .get(product)
    .i64(1n << 61n)
    .op("i64.add")
    .i64(62n)
    .op("i64.shr_s")
    .op("i32.wrap_i64")
    .set(n);
  code.get(product).get(n).op("i64.extend_i32_s").i64(62n).op("i64.shl").op("i64.sub");
  code
    .op("f64.convert_i64_s")
    .f64(quarterTurn * 2 ** -62)
    .op("f64.mul")
    .op("f32.demote_f64")
    .set(r);
  code.get(bits).i32(0).op("i32.lt_s");
  code.if(() => {
    code.get(r).op("f32.neg").set(r);
    code.i32(0).get(n).op("i32.sub").set(n);
  });
}

/** Replaces the lanes of `near` whose x is large and finite. */
function mendFar(v: Vectors, x: Local, near: Reduced): void {
  const { code } = v;
  const size = v.op("f32x4.abs", x);
  const far = v.op(
    "v128.andnot",
    v.op("f32x4.gt", size, v.f32(2 ** 27)),
    v.op("f32x4.eq", size, v.f32(Infinity)),
  );
  code.get(far).op("v128.any_true");
  code.if(() => {
    const [lane, r] = [code.local("f32"), code.local("f32")];
    const [n, round] = [code.local("i32"), code.local("i32")];
    const rest = code.get(x).keep("v128");
    code.i32(4).set(round);
    // lane 0, four times, and all lanes one place on
    code.loop((again) => {
      code.get(far).lane("i32x4.extract_lane", 0);
      code.if(() => {
        code.get(rest).lane("f32x4.extract_lane", 0).set(lane);
        reduceFar(code, lane, r, n);
        code.get(near.r).get(r).lane("f32x4.replace_lane", 0).set(near.r);
        code.get(near.n).get(n).lane("i32x4.replace_lane", 0).set(near.n);
      });
      for (const y of [far, rest, near.r, near.n])
        code.get(y).get(y).shuffleWords(1, 2, 3, 0).set(y);
      code.get(round).i32(1).op("i32.sub").tee(round).branchIf(again);
    });
  });
}

function reduce(v: Vectors, x: Local): Reduced {
  const near = reduceNear(v, x);
  mendFar(v, x, near);
  return near;
}

const sinNear = (v: Vectors, r: Local, square: Local): Local => {
  const p = v.polynomial(square, [-1.6666655e-1, 8.332161e-3, -1.9515296e-4]);
  return v.fused(v.mul(p, square), r, r);
};
const cosNear = (v: Vectors, square: Local): Local => {
  const p = v.polynomial(square, [4.1666646e-2, -1.3887316e-3, 2.4433157e-5]);
  const near = v.less(v.f32(1), square, v.f32(0.5));
  return v.fused(v.mul(square, square), p, near);
};
/** sin(r + n·π/2): sine and cosine take turns, and signs. */
function turned(v: Vectors, { r }: Reduced, n: Local): Local {
  const square = v.mul(r, r);
  const odd = v.op("i32x4.ne", v.op("v128.and", n, v.i32(1)), v.i32(0));
  const value = v.select(odd, cosNear(v, square), sinNear(v, r, square));
  const sign = v.shift("i32x4.shl", v.op("v128.and", n, v.i32(2)), 30);
  return v.op("v128.xor", value, sign);
}

export function sin(v: Vectors, x: Local): Local {
  const reduced = reduce(v, x);
  const y = turned(v, reduced, reduced.n);
  return v.select(v.op("f32x4.eq", x, v.f32(0)), x, y); // −0 stays −0
}
export function cos(v: Vectors, x: Local): Local {
  const reduced = reduce(v, x);
  return turned(v, reduced, v.op("i32x4.add", reduced.n, v.i32(1)));
}
