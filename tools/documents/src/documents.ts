/**
 * The documents of the repository: every markdown file that has examples, run as a whole, and every
 * docstring example of the packages, run alone with the exports of its package in scope.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { docstringExamples, type Example, markdownExamples } from "./examples.ts";

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

export interface Document {
  readonly file: string;
  readonly blocks: readonly Example[];
  /** Modules whose exports the examples use without an import. */
  readonly modules: readonly string[];
}

/** What docstrings may use beside the exports of their own package. */
const alsoInScope: Readonly<Record<string, readonly string[]>> = {
  "@mt/nn": ["@mt/tensor"],
};

const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");

function files(patterns: readonly string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ["**/node_modules"] })
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** The markdown files with examples. */
export function markdownDocuments(): Document[] {
  return files(["*.md", "docs/**/*.md", "packages/*/README.md"])
    .map((file) => ({ file, blocks: markdownExamples(read(file)), modules: [] }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** `"packages/nn/src/linear.ts"` → tensor's exports, nn's, and those of the file itself. */
function modulesInScope(file: string): string[] {
  const { name } = JSON.parse(read(file.replace(/src\/.*/, "package.json")));
  return [...(alsoInScope[name] ?? []), name, `${root}${file}`];
}

/** The docstring examples, each a document of its own. */
export function docstringDocuments(): Document[] {
  return files(["packages/*/src/**/*.ts"]).flatMap((file) => {
    const examples = docstringExamples(file, read(file));
    return examples.map((example) => ({ file, blocks: [example], modules: modulesInScope(file) }));
  });
}
