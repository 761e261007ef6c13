/**
 * Which file imports which. Type imports count like any other: they are what a reader follows when
 * a name is unknown, and a circle of types has no first page either.
 */
import { posix } from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";

/** One `import`, `export … from`, `import()` or `typeof import()` of a source file. */
export interface Import {
  readonly line: number;
  readonly specifier: string;
}

/** The imports of every file; files are named relative to the root of the repository. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

type Sourced = { source: ESTree.Expression | ESTree.StringLiteral | null };

/** The imports written in one source text, in the order in which they stand. */
export function importsOf(file: string, text: string): Import[] {
  const parsed = parseSync(file, text);
  if (parsed.errors[0]) throw new SyntaxError(`${file}: ${parsed.errors[0].message}`);
  const imports: Import[] = [];
  const note = ({ source }: Sourced): void => {
    if (source?.type !== "Literal" || typeof source.value !== "string") return;
    const line = text.slice(0, source.start).split("\n").length;
    imports.push({ line, specifier: source.value });
  };
  new Visitor({
    ImportDeclaration: note,
    ExportNamedDeclaration: note,
    ExportAllDeclaration: note,
    ImportExpression: note,
    TSImportType: note,
  }).visit(parsed.program);
  return imports;
}

/** Reads the imports of all `files`, given as file name → text. */
export function importGraph(files: ReadonlyMap<string, string>): ImportGraph {
  return new Map([...files].map(([file, text]) => [file, importsOf(file, text)]));
}

/** `"@mt/backend/testing"` → `"@mt/backend"`; nothing for a relative import. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".")) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/** The file an import leads to, if it is one of ours: `@mt/x/y` means `packages/x/src/y.ts`. */
export function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(file), specifier);
  const own = /^(?:@mt\/(?<short>[^/]+)|(?<facade>minitorch))(?:\/(?<entry>.+))?$/.exec(specifier);
  if (!own?.groups) return undefined;
  const { short, facade, entry = "index" } = own.groups;
  return `packages/${short ?? facade}/src/${entry}.ts`;
}
