import { expect, test } from "vitest";
import { type Failure, run } from "../src/run.ts";

class ShapeError extends Error {
  override readonly name = "ShapeError";
}

const library = {
  half: (x: number): number => x / 2,
  later: async <T>(x: T): Promise<T> => x,
  fail: (): never => {
    throw new ShapeError("add: cannot broadcast [2] with [3]");
  },
  nothing: (): void => {},
};

const load = async (specifier: string): Promise<object> => {
  if (specifier === "library") return library;
  throw new Error(`no module ${specifier}`);
};

/** Runs blocks that stand ten lines apart; failures as `line message`. */
async function failures(...codes: string[]): Promise<string[][]> {
  const blocks = codes.map((code, index) => ({ line: 10 * (index + 1), code }));
  const text = ({ line, message }: Failure): string => `${line} ${message}`;
  return (await run(blocks, ["library"], load)).map((block) => block.map(text));
}

test.for([
  "half(3); // 1.5",
  "await later([1, 2]); // [1, 2]",
  "later(5); // 5",
  "const x: number = half(4);\nx; // 2",
  "fail(); // ShapeError: add: cannot broadcast [2] with [3]",
  "fail(); // throws ShapeError",
  "fail(); // throws ShapeError: add: …",
  "later(0).then(fail); // throws ShapeError",
  "console.log(1, 'a b', [2]); // 1 a b [2]",
  "'a b'; // a b",
  "'a b'; // \"a b\"",
  "half(\n  8,\n); // 4",
  "[[1, 2], [3, 4]]; // [[1, 2],\n                  //  [3, 4]]",
  "// Half of two:\nhalf(2); // 1\n// and so on.",
  "import { half as h, type Absent } from 'library';\nimport type { T } from 'types';\nh(2); // 1",
  "import * as everything from 'library';\neverything.half(2); // 1",
  "export const y = 3;\ny; // 3",
  "{ using z = { [Symbol.dispose]() {} }; half(1); }",
  "nothing();",
])("%j holds", async (code) => {
  expect(await failures(code)).toEqual([[]]);
});

test.for([
  ["half(3); // 2", "10 expected 2, got 1.5"],
  ["\n\nhalf(3); // 2", "12 expected 2, got 1.5"],
  ["later(5); // 6", "10 expected 6, got 5"],
  ["fail(); // 3", "10 expected 3, got ShapeError: add: cannot broadcast [2] with [3]"],
  ["half(1); // throws ShapeError", "10 expected ShapeError, got 0.5"],
  [
    "fail(); // throws TypeError",
    "10 expected TypeError, got ShapeError: add: cannot broadcast [2] with [3]",
  ],
  [
    "nothing(); // does nothing",
    "10 expected does nothing, got undefined (prose belongs on a line of its own, above)",
  ],
  ["\nabsent(1); // 1", "11 expected 1, got ReferenceError: absent is not defined"],
  ["\nabsent(1);", "11 stopped by ReferenceError: absent is not defined"],
  ["import { a } from 'absent';", "10 stopped by Error: no module absent"],
  ["1;\nconst = 3;", "11 stopped by SyntaxError: "],
])("%j fails at its line", async ([code, failure]) => {
  const [[first] = []] = await failures(code ?? "");
  expect(first).toMatch(failure ?? "");
});

test("later blocks see the names of earlier ones and may declare them anew", async () => {
  expect(await failures("const x = 1;", "x; // 1", "const x = 2;\nx; // 2")).toEqual([[], [], []]);
});

test("a wrong value does not stop the document; an error fails every block after it", async () => {
  expect(await failures("1; // 2", "\nabsent;", "1; // 1")).toEqual([
    ["10 expected 2, got 1"],
    ["21 stopped by ReferenceError: absent is not defined"],
    ["30 not tried, because line 21 stopped the document"],
  ]);
});

test("a block that cannot be read fails the document: nothing of it was tried", async () => {
  expect(await failures("1; // 1", "const = 2;")).toEqual([
    ["10 not tried, because line 20 stopped the document"],
    [expect.stringMatching("20 stopped by SyntaxError: ")],
  ]);
});
