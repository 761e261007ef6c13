/**
 * Module 3.34a — A primitive over all of f32: where to look at it, and how far off it is.
 *
 * The conformance suite draws a few arguments for everything; the author of a function wants thousands,
 * of every magnitude, and all pairs of the values at which functions go wrong.
 */
import { argument, call, type DType, type Expr, isFloat, primitives } from "@mt/operators";

const special: readonly number[] = [
  ...[Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, 100],
  ...[-100, 1e-40, -1e-40, 1e-45, 2 ** -126, 3e38, -3e38, 2 ** 23, 2 ** 24 + 2, 88.5, -103.9],
  ...[1e-30, 12_000, -0.999],
];
const smallest = 2 ** -126;
const isSubnormal = (x: number): boolean => x !== 0 && Math.abs(x) < smallest;

/** Arguments of a primitive over values of one dtype; a condition where it takes one. */
export const argumentsOf = (name: string, dtype: DType): Expr[] =>
  Array.from({ length: (primitives[name] as (typeof primitives)[string]).arity }, (_, k) =>
    argument(k, name === "where" && k === 0 ? "bool" : dtype),
  );

/** Primitives that make floats of f32. */
export const floatPrimitives: readonly string[] = Object.keys(primitives).filter((name) => {
  try {
    return isFloat(call(name, ...argumentsOf(name, "f32")).dtype);
  } catch {
    return false; // for integers or bools alone
  }
});

/** Numbers in [0, 1), the same at each call. */
function uniform(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Columns of arguments: all combinations of special values, then numbers of every magnitude. */
export function samplesOf(name: string, count: number): Float32Array[] {
  const next = uniform();
  const bits = new Uint32Array(1);
  const anyFloat = new Float32Array(bits.buffer);
  const columns = argumentsOf(name, "f32").map(() => new Float32Array(count));
  for (let i = 0; i < count; i++)
    columns.forEach((column, k) => {
      const place = k === 0 ? i % special.length : Math.floor(i / special.length);
      bits[0] = Math.floor(next() * 2 ** 32);
      const near = (next() - 0.5) * 2 ** (next() * 12 - 4);
      const any = i % 2 ? (i % 8 === 1 ? Math.round(near) : near) : (anyFloat[0] as number);
      column[i] = i < special.length ** columns.length ? (special[place] as number) : any;
    });
  if (name === "where") columns[0] = (columns[0] as Float32Array).map((x) => Number(x > 0));
  return columns;
}

/** From one f32 to the next at x. */
const spacing = (x: number): number =>
  2 ** (Math.max(-126, Math.min(127, Math.floor(Math.log2(Math.abs(x) || smallest)))) - 23);

/** In units of the last place; ∞ where one is special and the other is not. */
function distance(found: number, exact: number, flushes: boolean): number {
  const rounded = Math.fround(exact);
  if (Object.is(found, rounded)) return 0;
  if (flushes && found === rounded) return 0; // and the sign of zero
  if (flushes && Math.abs(exact) < 2 * smallest && Math.abs(found) < 2 * smallest) return 0;
  if (Number.isNaN(found) || Number.isNaN(rounded) || rounded === 0) return Infinity;
  const value = Number.isFinite(found) ? found : Math.sign(found) * 2 ** 128;
  return Math.abs(value - exact) / spacing(exact);
}

/**
 * The largest error of a primitive among what a device found for columns of arguments, in units of the
 * last place of f32, and where it is. A device that `flushes` may take and give zeros of either sign
 * for subnormal numbers.
 */
export function worstOf(
  name: string,
  columns: readonly ArrayLike<number>[],
  found: ArrayLike<number>,
  flushes = false,
): { readonly ulp: number; readonly at: string } {
  const { run } = primitives[name] as (typeof primitives)[string];
  let [ulp, at] = [0, ""];
  for (let i = 0; i < found.length; i++) {
    const x = columns.map((column) => column[i] as number);
    if (flushes && x.some(isSubnormal)) continue;
    const [y, exact] = [found[i] as number, run(...x)];
    const far = distance(y, exact, flushes);
    if (far > ulp) [ulp, at] = [far, `${name}(${x}) = ${exact}, not ${y}`];
  }
  return { ulp, at };
}
