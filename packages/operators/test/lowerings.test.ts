import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argument,
  compile,
  interpret,
  log,
  lower,
  lowerings,
  node,
  postorder,
  pow,
  primitives,
  rowOf,
  silu,
} from "../src/index.ts";
import { ulps } from "./laws.ts";

/** What every device has. */
const base = new Set([
  ...["add", "sub", "mul", "div", "neg", "abs", "min", "max", "floor", "sqrt", "where"],
  ...["eq", "ne", "lt", "le", "and", "or", "not", "exp", "log", "sin", "cos"],
]);
const has = (primitive: string): boolean => base.has(primitive);

const single = fc.oneof(
  fc.float({ noNaN: true }),
  fc
    .tuple(fc.integer({ min: -3000, max: 3000 }), fc.constantFrom(-1, 1))
    .map(([e, sign]) => Math.fround(sign * 10 ** (e / 100))),
  fc.integer({ min: -32000, max: 32000 }).map((n) => Math.fround(n / 200)),
  fc.integer({ min: -1000, max: 1000 }).map((n) => Math.fround(n / 1000)),
);

describe("every lowering", () => {
  it.each(Object.entries(lowerings))(
    "%s: stays within its ulp of the function",
    (name, { ulp }) => {
      const { arity, run } = rowOf(name);
      const args = Array.from({ length: arity }, (_, i) => argument(i, "f32"));
      const lowered = lower(node(name, args, "f32"), has);
      const f = compile(lowered, arity);
      const inputs = fc.array(single, { minLength: arity, maxLength: arity });
      const law = fc.property(inputs, (x) => {
        // the poles of tan: its argument's own rounding decides there
        if (name === "tan" && Math.abs(x[0] as number) > 1e5) return;
        const expected = Math.fround(run(...x));
        const found = f(...x);
        const off = Number.isNaN(expected) && Number.isNaN(found) ? 0 : ulps(found, expected);
        expect(off, `${name}(${x.join(", ")}): ${found} for ${expected}`).toBeLessThanOrEqual(ulp);
      });
      fc.assert(law, { seed: 20_260_101, numRuns: 2000, includeErrorInReport: true });
    },
  );
  it.each(Object.entries(lowerings))("%s: has the function's special values", (name) => {
    const { arity, run } = rowOf(name);
    const args = Array.from({ length: arity }, (_, i) => argument(i, "f32"));
    const f = interpret(lower(node(name, args, "f32"), has));
    const points = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN];
    for (const x of points)
      for (const y of arity > 1 ? points : [0]) {
        const [found, expected] = [f(x, y), Math.fround(run(...[x, y].slice(0, arity)))];
        const same = Number.isNaN(expected) ? Number.isNaN(found) : ulps(found, expected) <= 4;
        expect(same, `${name}(${x}, ${y}): ${found} for ${expected}`).toBe(true);
      }
  });
  it("is made of what the device has, and rows of its own are left alone", () => {
    for (const name of Object.keys(lowerings)) {
      const args = [argument(0, "f32"), argument(1, "f32")].slice(0, rowOf(name).arity);
      for (const x of postorder(lower(node(name, args, "f32"), has)))
        if (x.kind === "call") expect(has(x.primitive), `${name} uses ${x.primitive}`).toBe(true);
    }
    expect(lower(silu.at("f32"), () => true)).toBe(silu.at("f32"));
    expect(Object.keys(lowerings).every((name) => name in primitives)).toBe(true);
  });
  it("is named where it is missing", () => {
    expect(() => lower(pow.at("f32", "f32"), has)).toThrow(
      "pow: the device lacks this primitive and there is no formula for it in simpler ones.",
    );
    expect(() => lower(log.at("f32"), () => false)).toThrow(/^log: the device lacks/);
  });
});
