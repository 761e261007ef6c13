/** Every primitive in vectors against its definition, over all of f32 and all its special values. */
import { argumentsOf, floatPrimitives, samplesOf, worstOf } from "@mt/backend/testing";
import { call, dtypes, isFloat, primitives } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { accuracy } from "../../src/vectors/accuracy.ts";
import { isRelaxed } from "../../src/wasm/features.ts";
import { columnsOf } from "./columns.ts";

// the second time without instructions that only some hosts have
describe.each([isRelaxed(), false])("on f32, with fused multiply-add: %s", (relaxed) => {
  test.each(floatPrimitives)("%s is as near as it says", (name) => {
    const inputs = argumentsOf(name, "f32");
    const columns = samplesOf(name, 40_000);
    const run = columnsOf(
      call(name, ...inputs),
      inputs.map((x) => x.dtype),
      relaxed,
    );
    const { ulp, at } = worstOf(name, columns, run(columns));
    expect(ulp, at).toBeLessThanOrEqual(accuracy[name] ?? 0.5);
  });
});

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
      const e = call(name, ...argumentsOf(name, dtype));
      return e.kind === "call" && e.args.every((x) => x.kind === "arg") && !isFloat(e.dtype);
    } catch {
      return false;
    }
  });
  test.each(exactly)("%s gives the bits of its definition", (name) => {
    const inputs = argumentsOf(name, dtype);
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
