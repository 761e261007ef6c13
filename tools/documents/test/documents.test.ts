import { dirname, resolve } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Document, docstringDocuments, markdownDocuments, root } from "../src/documents.ts";
import { type Failure, type Load, run } from "../src/run.ts";

const timeout = 60_000;

/** Loads for a document: what it names by a path lies where a reader would look, beside it. */
const loaderOf =
  (file: string): Load =>
  (specifier) => {
    const path = resolve(root, dirname(file), specifier);
    return import(/* @vite-ignore */ specifier.startsWith(".") ? path : specifier);
  };

/** One error for all failures, which points at the lines of the document. */
function errorAt(file: string, failures: readonly Failure[]): Error {
  const lines = failures.map(({ line, message }) => `${file}:${line}: ${message}`);
  const error = new Error(lines.join("\n"));
  error.stack = failures.map(({ line }) => `    at ${root}${file}:${line}:1`).join("\n");
  return error;
}

/** The tests of one document, a test for each block; the document runs once, at its first test. */
function testDocument({ file, blocks, modules }: Document): void {
  let outcome: Promise<Failure[][]> | undefined;
  for (const [index, { line }] of blocks.entries()) {
    test(`${file}:${line}`, { timeout }, async () => {
      outcome ??= run(blocks, modules, loaderOf(file));
      const failures = (await outcome)[index] ?? [];
      if (failures.length > 0) throw errorAt(file, failures);
    });
  }
}

const documents = Map.groupBy(
  [...markdownDocuments(), ...docstringDocuments()],
  ({ file }) => file,
);

describe.for([...documents])("the examples of %s hold", ([, parts]) => {
  // Each file starts from fresh modules: what an example defines or registers stays in its file.
  beforeAll(() => void vi.resetModules());
  for (const part of parts) testDocument(part);
});

test("examples are found", () => {
  expect(documents.size).toBeGreaterThan(0);
});
