/** Every primitive in vectors against its definition, over all of f32 and all its special values. */
import { argument, call, type DType, dtypes, isFloat, primitives } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { accuracy } from "../../src/vectors/accuracy.ts";
import { isRelaxed } from "../../src/wasm/features.ts";
import { columnsOf } from "./columns.ts";

const special = [
  ...[Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, 100],
  ...[-100, 1e-40, -1e-40, 1e-45, 2 ** -126, 3e38, -3e38, 2 ** 23, 2 ** 24 + 2, 88.5, -103.9],
];
const random = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
};
const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

/** Pairs of all special values, then numbers of every magnitude. */
function floats(arity: number, count: number): Float32Array[] {
  const next = random(7);
  const columns = Array.from({ length: arity }, () => new Float32Array(count));
  for (let i = 0; i < count; i++)
    for (let k = 0; k < arity; k++) {
      const place = k === 0 ? i % special.length : Math.floor(i / special.length);
      bits[0] = Math.floor(next() * 2 ** 32);
      const near = (next() - 0.5) * 2 ** (next() * 12 - 4);
      const any = i % 2 ? (i % 8 === 1 ? Math.round(near) : near) : (asFloat[0] as number);
      (columns[k] as Float32Array)[i] =
        i < special.length ** arity ? (special[place] as number) : any;
    }
  return columns;
}
/** The distance of two neighbours at x, in f32. */
function spacing(x: number): number {
  const size = Math.abs(x);
  if (size >= 2 ** 128) return 2 ** 104;
  return 2 ** (Math.max(-126, Math.floor(Math.log2(size || 1e-45))) - 23);
}
/** How far from exact, in units of the last place; ∞ where one is special and the other is not. */
function distance(found: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(found, rounded)) return 0;
  if (Number.isNaN(found) || Number.isNaN(rounded) || rounded === 0) return Infinity;
  const value = Number.isFinite(found) ? found : Math.sign(found) * 2 ** 128;
  return Math.abs(value - exact) / spacing(exact);
}

// the second time without instructions that only some hosts have
describe.each([isRelaxed(), false])("on f32, with fused multiply-add: %s", (relaxed) => {
  const names = Object.keys(primitives).filter((name) => {
    try {
      return isFloat(call(name, ...args(name, "f32")).dtype);
    } catch {
      return false; // for integers or bools alone
    }
  });
  test.each(names)("%s is as near as it says", (name) => {
    const inputs = args(name, "f32");
    const columns = floats(inputs.length, 40_000);
    const conditions = columns[0]?.map((x) => Number(x > 0)) as Float32Array;
    if (name === "where") columns[0] = conditions;
    const found = columnsOf(
      call(name, ...inputs),
      inputs.map((x) => x.dtype),
      relaxed,
    )(columns);
    const exact = (primitives[name] as (typeof primitives)[string]).run;
    let worst = 0;
    let at = "";
    found.forEach((y, i) => {
      const x = columns.map((column) => column[i] as number);
      const far = distance(y, exact(...x));
      if (far > worst) [worst, at] = [far, `${name}(${x}) = ${exact(...x)}, not ${y}`];
    });
    expect(worst, at).toBeLessThanOrEqual(accuracy[name] ?? 0.5);
  });
});

function args(name: string, dtype: DType) {
  const { arity } = primitives[name] as (typeof primitives)[string];
  return Array.from({ length: arity }, (_, k) =>
    argument(k, name === "where" && k === 0 ? "bool" : dtype),
  );
}

describe.each(["i32", "u32", "u8", "bool", "f32"] as const)("on %s", (dtype) => {
  const values = [
    0,
    1,
    2,
    3,
    5,
    31,
    32,
    33,
    100,
    200,
    255,
    46341,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
  ]
    .flatMap((x) => [x, -x])
    .map((x) => dtypes[dtype].round(x));
  const [xs, ys] = [values.flatMap((x) => values.map(() => x)), values.flatMap(() => values)];
  const exactly = Object.keys(primitives).filter((name) => {
    try {
      const e = call(name, ...args(name, dtype));
      return e.kind === "call" && e.args.every((x) => x.kind === "arg") && !isFloat(e.dtype);
    } catch {
      return false;
    }
  });
  test.each(exactly)("%s gives the bits of its definition", (name) => {
    const inputs = args(name, dtype);
    const e = call(name, ...inputs);
    const columns = [xs, ys, ys].slice(0, inputs.length);
    if (name === "where") columns[0] = xs.map((x) => Number(x > 3));
    const found = columnsOf(
      e,
      inputs.map((x) => x.dtype),
    )(columns);
    const row = primitives[name] as (typeof primitives)[string];
    const run = isFloat(dtype) ? row.run : (row.runInteger ?? row.run);
    const wanted = xs.map((_, i) =>
      dtypes[e.dtype].round(run(...columns.map((column) => column[i] as number))),
    );
    const shown = e.dtype === "bool" ? [...found].map((x) => -x) : [...found];
    expect(shown.map((x) => x + 0)).toEqual(wanted.map((x) => x + 0));
  });
});
