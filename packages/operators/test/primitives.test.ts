import { describe, expect, it } from "vitest";
import {
  argument,
  constant,
  type DType,
  DTypeError,
  interpret,
  node,
  primitives,
  rowOf,
} from "../src/index.ts";
import { sameBits, specials, tested } from "./laws.ts";

const rows = Object.entries(primitives);

describe("every primitive", () => {
  it.each(rows)("%s: its text and its function agree at every dtype it accepts", (name, row) => {
    let accepted = 0;
    for (const dtype of tested) {
      const inputs = new Array<DType>(row.arity).fill(dtype);
      try {
        const typing = row.types(
          name,
          inputs,
          inputs.map(() => null),
        );
        const args = typing.inputs.map((d, i) => argument(i, d));
        sameBits(node(name, args, typing.result), row.arity, typing.inputs, `${name} at ${dtype}`);
        accepted++;
      } catch (error) {
        if (!(error instanceof DTypeError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });
  it.each(rows)("%s: `simplify` changes no bit", (name, row) => {
    if (!row.simplify) return;
    const x = argument(0, "f64");
    for (const value of [0, -0, 1, -1, 2, Number.NaN])
      for (const operands of row.arity === 2 ? [[x, value] as const, [value, x] as const] : [])
        for (const at of specials) {
          const given = operands.map((o) => (typeof o === "number" ? o : at));
          const e = rowOf(name).simplify?.(
            ...operands.map((o) => (typeof o === "number" ? constant(o, "f64") : o)),
          );
          if (e) expect(interpret(e)(at), `${name}(${given.join(", ")})`).toBe(row.run(...given));
        }
  });
  it("refuses what it is not defined for, with a remedy", () => {
    expect(() => rowOf("bitAnd").types("bitAnd", ["f32", "i32"], [null, null])).toThrow(
      'bitAnd: takes integers and was given f32 and i32: cast to "i32" or "u32" first.',
    );
    expect(() => rowOf("add").types("add", ["i32", "u32"], [null, null])).toThrow(
      "add: i32 and u32 do not mix: cast one of them first.",
    );
    expect(() => rowOf("swish")).toThrow(/no primitive "swish"; known: add, sub/);
  });
});

describe("rounding", () => {
  it("of halves goes to the even neighbor", () => {
    const round = (x: number): number => rowOf("round").run(x);
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map(round)).toEqual([0, 2, 2, -0, -2, -2]);
    expect([2 ** 52 - 0.5, -(2 ** 52 - 0.5), 2 ** 53].map(round)).toEqual([
      2 ** 52,
      -(2 ** 52),
      2 ** 53,
    ]);
  });
});
