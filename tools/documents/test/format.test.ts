import { expect, test } from "vitest";
import { format } from "../src/format.ts";

class Point {
  readonly x = 1;
}

class Named {
  toString(): string {
    return "Named(2)";
  }
}

const loop: { self?: unknown } = {};
loop.self = loop;

test.for<[unknown, string]>([
  [undefined, "undefined"],
  [null, "null"],
  [-0, "-0"],
  [0.5, "0.5"],
  [12n, "12n"],
  ['a "b"', '"a \\"b\\""'],
  [[1, [2, []]], "[1, [2, []]]"],
  [new Float32Array([1, 0.5]), "[1, 0.5]"],
  [new Set([1]), "[1]"],
  [new Map([["a", [1]]]), "{ a: [1] }"],
  [{ a: 1, b: { c: "d" } }, '{ a: 1, b: { c: "d" } }'],
  [{}, "{}"],
  [Object.create(null), "{}"],
  [new Point(), "Point { x: 1 }"],
  [[new Named()], "[Named(2)]"],
  [new RangeError("low"), "RangeError: low"],
  [Math.max, "[Function max]"],
  [loop, "{ self: [Circular] }"],
])("%s prints as %s", ([value, text]) => {
  expect(format(value)).toBe(text);
});
