/**
 * What every operator must satisfy, as functions that throw: tests apply them to the whole table,
 * and to operators of anyone's own.
 */
import fc from "fast-check";
import { expect } from "vitest";
import {
  compile,
  type DType,
  DTypeError,
  defineOperator,
  dtypes,
  type Expr,
  interpret,
  type Operator,
} from "../src/index.ts";
import type { Domain } from "./domains.ts";

const runs = { seed: 20_260_101, includeErrorInReport: true } as const;
/** The dtypes that reach every kind of arithmetic. */
export const tested: readonly DType[] = ["f64", "f32", "i32", "u32", "u8", "bool"];
export const specials: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  1.5,
  2.5,
  255,
  256,
  31,
  32,
  2147483647,
  -2147483648,
  4294967295,
  1e-45,
  1e-310,
  1e10,
  -1e10,
  3e38,
  1e300,
  Infinity,
  -Infinity,
  Number.NaN,
];

/** Numbers of every magnitude that squares stay finite for, and plain ones. */
const real = fc.oneof(
  fc
    .tuple(fc.integer({ min: -5000, max: 5000 }), fc.constantFrom(-1, 1))
    .map(([e, sign]) => sign * 10 ** (e / 100)),
  fc.integer({ min: -10000, max: 10000 }).map((n) => n / 100 + 0.001),
  fc.integer({ min: -500, max: 500 }).map((n) => n / 100 + 0.003),
);
/** A number inside an open interval, with room for steps to either side. */
function inside([low, high]: readonly [number, number]): fc.Arbitrary<number> {
  const roomy = (x: number): boolean => Math.min(x - low, high - x) > 1e-6 * Math.abs(x);
  const near = fc.integer({ min: 1, max: 999 }).map((k) => {
    const [a, b] = [Math.max(low, -10), Math.min(high, 10)];
    return a + ((b - a) * k) / 1000;
  });
  const above = real.map((x) => low + Math.abs(x)).filter(roomy);
  // beside a huge bound every shift is lost: nothing would be left
  return fc.oneof(real.filter(roomy), near, ...(Math.abs(low) <= 1e3 ? [above] : []));
}
const everything = [-1e60, 1e60] as const;
const inputsOf = (arity: number, domain: Domain): fc.Arbitrary<number[]> =>
  fc
    .tuple(...Array.from({ length: arity }, (_, i) => inside(domain.within?.[i] ?? everything)))
    .filter((x) => domain.smooth?.(...x) ?? true);

/** ∂f/∂xᵢ by differences of shrinking step, extrapolated (Ridders 1982), with an error estimate. */
export function difference(
  f: (...x: number[]) => number,
  x: readonly number[],
  i: number,
  { within, noise = 0 }: Domain = {},
): { readonly value: number; readonly error: number } {
  const at = x[i] as number;
  const [low, high] = within?.[i] ?? everything;
  const room = Math.min(at - low, high - at);
  const shifted = (by: number): number => f(...x.map((v, k) => (k === i ? v + by : v)));
  let best = { value: Number.NaN, error: Infinity };
  let previous: number[] = [];
  let step = Math.min(at === 0 ? 0.5 : Math.abs(at) / 64, room / 2);
  for (let round = 0; round < 16; round++, step /= 2) {
    const h = at + step - at;
    if (h === 0) break;
    const [above, below] = [shifted(h), shifted(-h)];
    const rounding = (2e-16 * (Math.abs(above) + Math.abs(below)) + noise) / h;
    const row = [(above - below) / (2 * h)];
    for (let k = 1; k <= round; k++) {
      const factor = 4 ** k;
      const [coarse, fine] = [previous[k - 1] as number, row[k - 1] as number];
      const value = (factor * fine - coarse) / (factor - 1);
      row.push(value);
      const error = Math.max(Math.abs(value - fine), Math.abs(value - coarse)) + rounding;
      if (error < best.error) best = { value, error };
    }
    previous = row;
  }
  return best;
}

/** (x…, cotangent) ↦ cotangent · ∂y/∂xᵢ, with the output written out: an operator of its own. */
export function derived(operator: Operator, i: number): Operator | null {
  const rule = operator.pullback(i);
  if (!rule) return null;
  const { arity, name } = operator;
  const define = (...given: Expr[]): Expr => {
    const x = given.slice(0, arity);
    const cotangent = given[arity] as Expr;
    const values = rule.from.map((from) =>
      from === "cotangent" ? cotangent : from === "output" ? operator(...x) : (x[from] as Expr),
    );
    return rule.operator ? rule.operator(...values) : cotangent;
  };
  Object.defineProperty(define, "length", { value: arity + 1 });
  return defineOperator(`∂${i} ${name}`, define);
}

/** Each derivative agrees with differences, in f64, for random cotangents. */
export function checkDerivatives(operator: Operator, domain: Domain = {}, numRuns = 150): void {
  const { arity, name } = operator;
  for (let i = 0; i < arity; i++) {
    const pulled = derived(operator, i);
    let [informative, samples] = [0, 0];
    const cotangent = fc.integer({ min: -300, max: 300 }).map((n) => n / 100 + 0.005);
    const law = fc.property(inputsOf(arity, domain), cotangent, (x, g) => {
      const found = pulled ? pulled(...x, g) : 0;
      const { value, error } = difference(operator, x, i, domain);
      samples++;
      if (!Number.isFinite(value) || !Number.isFinite(operator(...x))) return;
      const scale = Math.abs(operator(...x) / (x[i] || 1));
      if (error > 1e-3 * Math.max(scale, Math.abs(value))) return;
      informative++;
      const allowed = Math.abs(g) * (10 * error + 1e-7 * Math.abs(value)) + 1e-250;
      expect(
        Math.abs(found - g * value),
        `∂${i} of ${name} at (${x.join(", ")}) · ${g}: ${found}, by differences ${g * value}`,
      ).toBeLessThanOrEqual(allowed);
    });
    fc.assert(law, { ...runs, numRuns });
    expect(informative / samples, `${name}: samples that say something`).toBeGreaterThanOrEqual(
      domain.informative ?? 0.5,
    );
  }
}

/** The derivatives of the derivatives, too. */
export function checkSecondDerivatives(operator: Operator, domain: Domain = {}): void {
  for (let i = 0; i < operator.arity; i++) {
    const first = derived(operator, i);
    if (!first) continue;
    const smooth =
      domain.smooth && ((...x: number[]) => domain.smooth?.(...x.slice(0, -1)) ?? true);
    const within = [
      ...Array.from({ length: operator.arity }, (_, k) => domain.within?.[k] ?? everything),
      [0.1, 10] as const,
    ];
    const inside = { ...domain, within, ...(smooth && { smooth }), informative: 0.1 };
    checkDerivatives(first, inside, 60);
  }
}

/** A value of `dtype` near `x`. */
const nearest = (x: number, dtype: DType): number => dtypes[dtype].fromFloat(x);

/** The formula's text and its interpretation give the same bits, at every dtype it accepts. */
export function checkCompiled(operator: Operator): void {
  const { arity, name } = operator;
  let accepted = 0;
  for (const dtype of tested) {
    const inputs = new Array<DType>(arity).fill(dtype);
    let formula: Expr;
    try {
      formula = operator.at(...inputs);
    } catch (error) {
      if (error instanceof DTypeError) continue;
      throw error;
    }
    accepted++;
    sameBits(formula, arity, dtype, `${name} at ${dtype}`);
  }
  expect(accepted, `${name}: dtypes it accepts`).toBeGreaterThan(0);
}

/** Compiled = interpreted for random values and every pair of special ones. */
export function sameBits(
  formula: Expr,
  arity: number,
  dtype: DType | readonly DType[],
  label: string,
): void {
  const dtypeOf = (i: number): DType => (typeof dtype === "string" ? dtype : (dtype[i] as DType));
  const [text, walk] = [compile(formula, arity), interpret(formula)];
  const agree = (x: readonly number[]): void => {
    const values = x.map((v, i) => nearest(v, dtypeOf(i)));
    const [a, b] = [text(...values), walk(...values)];
    if (!Object.is(a, b)) expect.fail(`${label} of (${values.join(", ")}): ${a} ≠ ${b}`);
    const rounded = dtypes[formula.dtype].round(a);
    if (!Object.is(rounded, a)) expect.fail(`${label} of (${values.join(", ")}): ${a} is no value`);
  };
  for (const x of specials)
    for (const y of arity > 1 ? specials : [0]) agree([x, y, 1.5, -2].slice(0, arity));
  const values = fc.array(fc.oneof(real, fc.constantFrom(...specials)), {
    minLength: arity,
    maxLength: arity,
  });
  fc.assert(fc.property(values, agree), { ...runs, numRuns: 100 });
}

/** Distance in units of the last place of f32; next to the smallest normal numbers all is 0. */
export const ulps = (a: number, b: number): number => {
  if (Object.is(a, b) || a === b || (Math.abs(a) < 1e-36 && Math.abs(b) < 1e-36)) return 0;
  if (Math.min(Math.abs(a), Math.abs(b)) > 3.402823e38 && a * b > 0) return 1; // overflow
  const scale = Math.max(2 ** -126, Math.min(Math.abs(b), 3.4e38));
  return Math.abs(a - b) / (2 ** Math.floor(Math.log2(scale)) * 2 ** -23);
};

/** At f32, values are those of f64 rounded, and derivatives stay right for huge and tiny inputs. */
export function checkSinglePrecision(operator: Operator, domain: Domain = {}): void {
  const { arity, name } = operator;
  const singles = new Array<DType>(arity).fill("f32");
  const single = operator.compiled(...singles);
  const law = fc.property(inputsOf(arity, domain), (given) => {
    const x = given.map(Math.fround);
    if (!x.every(Number.isFinite) || domain.smooth?.(...x) === false) return;
    if (x.some((v, i) => outside(v, domain.within?.[i] ?? everything))) return;
    const wide = Math.fround(operator(...x));
    const label = `${name} at (${x.join(", ")})`;
    const found = single(...x);
    expect(ulps(found, wide), `${label}: ${found} for ${wide}`).toBeLessThanOrEqual(
      domain.ulp ?? 4,
    );
    for (let i = 0; i < arity; i++) {
      const pulled = derived(operator, i);
      if (!pulled) continue;
      const exact = pulled(...x, 1);
      const narrow = pulled.compiled(...singles, "f32")(...x, 1);
      if (!Number.isFinite(Math.fround(exact))) continue;
      const scale = Math.abs(wide / (x[i] || 1));
      const allowed = 3e-5 * Math.abs(exact) + 1e-6 * Math.min(scale, 1e30) + 1e-37;
      expect(
        Math.abs(narrow - exact),
        `∂${i} of ${label}: ${narrow} for ${exact}`,
      ).toBeLessThanOrEqual(allowed);
    }
  });
  fc.assert(law, { ...runs, numRuns: 150 });
}
const outside = (x: number, [low, high]: readonly [number, number]): boolean =>
  x <= low || x >= high;

/** Every law, for one operator. */
export function checkOperator(
  operator: Operator,
  { domain = {} }: { readonly domain?: Domain } = {},
): void {
  checkCompiled(operator);
  if (operator.formula.dtype === "u32") return; // bits have neither precision nor derivative
  checkDerivatives(operator, domain);
  checkSecondDerivatives(operator, domain);
  checkSinglePrecision(operator, domain);
}
