/**
 * The numbers that everything is computed from, by their place: so results can be held to what they
 * must be, whoever computed them, without the memory of another copy.
 */

/** Words, after which they begin again. */
const period = 2 ** 20;
const half = (r: number): number => 0x3800 + r; // as f16 between 0.5 and 1
/** As f32 small positive numbers; as two halves numbers between 0.5 and 1. */
const words = Uint32Array.from({ length: period }, (_, i) => {
  const r = (i * 7919) % 509;
  return half(r) * 2 ** 16 + half((r * 31) % 509);
});
const floats = new Float32Array(words.buffer);
const halves = new Uint16Array(words.buffer);

/** One period of them. */
export const bytes: Uint8Array = new Uint8Array(words.buffer);
/** The element at a place. */
export const elementOf: Readonly<Record<"f32" | "f16", (place: number) => number>> = {
  f32: (place) => floats[place % period] as number,
  f16: (place) => 0.5 + ((halves[place % (2 * period)] as number) - 0x3800) / 2048,
};
/** So many of them. */
export const floatsOf = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, place) => elementOf.f32(place));

/** An element of the product of `[n, n]` by `[n, n]`. */
export function productAt(n: number, row: number, column: number, dtype: "f32" | "f16"): number {
  const at = elementOf[dtype];
  let sum = 0;
  for (let k = 0; k < n; k++) sum += at(row * n + k) * at(k * n + column);
  return sum;
}
/** An element of relu(x · y + x). */
export function mappedAt(place: number): number {
  const x = elementOf.f32(place);
  return x * x + x;
}
/** The sum of squares of elements `from` … `to` − 1. */
export function squaresOf(from: number, to: number): number {
  const sum = (start: number, end: number): number => {
    let total = 0;
    for (let i = start; i < end; i++) total += elementOf.f32(i) ** 2;
    return total;
  };
  const periods = Math.floor((to - from) / period);
  return (periods ? periods * sum(0, period) : 0) + sum(from, to - periods * period);
}

/** @throws Error where a result is not what it must be. */
export function mustBe(what: string, found: number, exact: number, tolerance: number): void {
  if (Math.abs(found - exact) <= tolerance * Math.abs(exact)) return;
  throw new Error(`${what} is ${found} and must be ${exact}`);
}
