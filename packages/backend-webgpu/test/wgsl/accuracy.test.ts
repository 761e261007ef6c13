/** Every primitive in WGSL against its definition, over all of f32 and all its special values. */
import { argument, call, type DType, type Expr, isFloat, primitives } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { accuracy } from "../../src/wgsl/accuracy.ts";
import { sharedDevice } from "../device.ts";
import { columnsOf } from "./columns.ts";

const special = [
  ...[Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, 100],
  ...[-100, 2 ** -126, 3e38, -3e38, 2 ** 23, 2 ** 24 + 2, 88.5, -103.9, 1e-30, 12_000, -0.999],
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
const smallest = 2 ** -126;
const isSubnormal = (x: number): boolean => x !== 0 && Math.abs(x) < smallest;

/** Pairs of all special values, then numbers of every magnitude; no subnormal ones. */
function floats(arity: number, count: number): Float32Array[] {
  const next = random(7);
  const columns = Array.from({ length: arity }, () => new Float32Array(count));
  for (let i = 0; i < count; i++)
    for (let k = 0; k < arity; k++) {
      const place = k === 0 ? i % special.length : Math.floor(i / special.length);
      bits[0] = Math.floor(next() * 2 ** 32);
      const near = (next() - 0.5) * 2 ** (next() * 12 - 4);
      const any = i % 2 ? (i % 8 === 1 ? Math.round(near) : near) : (asFloat[0] as number);
      const chosen = i < special.length ** arity ? (special[place] as number) : any;
      (columns[k] as Float32Array)[i] = isSubnormal(chosen) ? 0 : chosen;
    }
  return columns;
}

/** The distance of two neighbors at x, in f32. */
const spacing = (x: number): number =>
  2 ** (Math.max(-126, Math.min(127, Math.floor(Math.log2(Math.abs(x) || smallest)))) - 23);

/** How far from exact, in units of the last place; ∞ where one is special and the other is not. */
function distance(found: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(found + 0, rounded + 0)) return 0;
  if (Number.isNaN(found) || Number.isNaN(rounded)) return Infinity;
  if (Math.abs(exact) < 2 * smallest && Math.abs(found) < 2 * smallest) return 0; // flushed
  const value = Number.isFinite(found) ? found : Math.sign(found) * 2 ** 128;
  return Math.abs(value - (Number.isFinite(exact) ? exact : rounded)) / spacing(exact);
}

function args(name: string, dtype: DType): Expr[] {
  const { arity } = primitives[name] as (typeof primitives)[string];
  return Array.from({ length: arity }, (_, k) =>
    argument(k, name === "where" && k === 0 ? "bool" : dtype),
  );
}
const names = Object.keys(primitives).filter((name) => {
  try {
    return isFloat(call(name, ...args(name, "f32")).dtype);
  } catch {
    return false; // for integers or bools alone
  }
});

numeric.describe("on f32", () => {
  test.each(names)("%s is as near as it says", async (name) => {
    const { domain = () => true, ulp = 0.5, absolute = 0 } = accuracy[name] ?? {};
    const inputs = args(name, "f32");
    const all = floats(inputs.length, 30_000);
    if (name === "where") all[0] = (all[0] as Float32Array).map((x) => Number(x > 0));
    const kept = [...(all[0] as Float32Array).keys()].filter((i) =>
      domain(...all.map((column) => column[i] as number)),
    );
    const columns = all.map((column) => kept.map((i) => column[i] as number));
    const given = inputs.map(({ dtype }, k) => ({ dtype, values: columns[k] as number[] }));
    const found = await columnsOf(await sharedDevice(), call(name, ...inputs), given);
    const exact = (primitives[name] as (typeof primitives)[string]).run;
    let worst = 0;
    let at = "";
    found.forEach((y, i) => {
      const x = columns.map((column) => column[i] as number);
      const far = distance(y, exact(...x));
      if (far <= worst || Math.abs(y - exact(...x)) <= absolute) return;
      [worst, at] = [far, `${name}(${x}) = ${exact(...x)}, not ${y}`];
    });
    if (process.env.SHOW) console.log(`WORST ${name} ${worst} ${at}`);
    expect(worst, at).toBeLessThanOrEqual(ulp);
  });
});
