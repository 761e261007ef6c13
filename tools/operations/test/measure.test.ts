import { expect, test } from "vitest";
import { kernelNames, measure } from "../src/measure.ts";
import { nameOf } from "../src/row.ts";
import { sentences } from "../src/sentences.ts";

const counts = (call: string): unknown[] => {
  const { results, alone, bare, chained, backward } = measure(call);
  return [
    results.join(),
    kernelNames(alone),
    bare.length,
    chained.length,
    backward && kernelNames(backward),
  ];
};
test("kernels are those that run: alone, with compulsory ones, in a chain, and back", () => {
  expect(counts("x.exp()")).toEqual(["f32 [4, 6]", "loop", 1, 1, "loop"]);
  expect(counts("cumsum(x, 1)")).toEqual(["f32 [4, 6]", "prefix", 1, 2, "prefix, loop"]);
  expect(counts("x.matmul(w)")).toEqual(["f32 [4, 3]", "contract", 1, 3, "2 contracts"]);
  expect(counts("x.gt(y)")).toEqual(["bool [4, 6]", "loop", 1, 1, null]);
});
test("what is measured does not depend on what was measured before", () => {
  const first = counts("sort(x, 1)");
  counts("unique(x, { size: 8 })");
  expect(counts("sort(x, 1)")).toEqual(first);
});
test("a call names a method or a function", () => {
  expect(nameOf(["x.sum(1)", "", ""])).toBe(".sum");
  expect(nameOf(["take(x, i)", "", ""])).toBe("take");
  expect(() => nameOf(["x + 1", "", ""])).toThrow("calls neither");
});
test("docstrings are read up to their first full stop, by the name that follows", () => {
  const source = `
/** Module 9. Not of a name. */
import x from "y";
/**
 * The sum of \`2.5\` and
 * more, as 1.5 is. Then something else.
 * @example f(); // 1
 */
export const f = 1;
/** A method @throws never. */
  g(): void {}
// ── a line ──
/** Without a stop */
export function h(): void {}
/** Another name. */
export { f as i };
`;
  expect([...sentences(source)]).toEqual([
    ["import", "Module 9."],
    ["f", "The sum of `2.5` and more, as 1.5 is."],
    ["i", "Another name."],
  ]);
});
