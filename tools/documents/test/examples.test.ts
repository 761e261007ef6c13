import { expect, test } from "vitest";
import { docstringExamples, markdownExamples } from "../src/examples.ts";

test("a markdown file's ts blocks are found at their lines, other blocks are not", () => {
  const text =
    "# A\n```ts\n1 + 1; // 2\n```\n```sh\nls\n```\n```ts no-run\nx\n```\n\n```ts\n3;\n```\n";
  expect(markdownExamples(text)).toEqual([
    { line: 3, code: "1 + 1; // 2" },
    { line: 13, code: "3;" },
  ]);
});

test("a docstring's examples end at the next tag", () => {
  const text = `
/**
 * Twice.
 * @example
 * twice(2); // 4
 *
 * twice(3); // 6
 * @throws never
 * @example twice(1); // 2
 */
export const twice = (x: number): number => 2 * x;
/* @example not a docstring */
// @example neither
`;
  expect(docstringExamples("twice.ts", text)).toEqual([
    { line: 4, code: "\ntwice(2); // 4\n\ntwice(3); // 6" },
    { line: 9, code: " twice(1); // 2" },
  ]);
});

test("of a docstring example with fences, only what is fenced is code", () => {
  const text = "/**\n * @example\n * In words:\n * ```ts\n * f(1); // 2\n * ```\n */\n";
  expect(docstringExamples("f.ts", text)).toEqual([{ line: 5, code: "f(1); // 2" }]);
});
