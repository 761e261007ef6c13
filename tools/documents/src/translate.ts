/**
 * Turns examples into one function that checks itself. Before every statement it notes the line; an
 * expression with a comment behind it becomes a check of its value; an import becomes a load. The
 * second block of a document stands in a scope inside the first one's, the third inside the
 * second's: later blocks see the names of earlier ones and may declare them anew.
 */
import { type ESTree, parseSync, transformWithOxc } from "vite";
import type { Example } from "./examples.ts";

/** What a translated document calls while it runs. */
export interface Runner {
  at(block: number, line: number): void;
  load(specifier: string): Promise<object>;
  check(expected: string, value: () => unknown): Promise<void>;
}

/** A document as a function of its runner and of the names which it may use without an import. */
export type Translated = (runner: Runner, scope: object) => Promise<void>;

type Comment = ReturnType<typeof parseSync>["comments"][number];

/** An import as it reads inside a function; type imports leave nothing behind. */
function loading({ specifiers, source, importKind }: ESTree.ImportDeclaration): string {
  const load = `await $.load(${JSON.stringify(source.value)})`;
  if (importKind === "type") return "";
  const names = specifiers.flatMap((specifier) => {
    if (specifier.type === "ImportDefaultSpecifier") return [`default: ${specifier.local.name}`];
    if (specifier.type === "ImportNamespaceSpecifier") return [];
    const { imported, local } = specifier;
    if (specifier.importKind === "type" || imported.type === "Literal") return [];
    return [`${imported.name}: ${local.name}`];
  });
  const namespace = specifiers.find(({ type }) => type === "ImportNamespaceSpecifier");
  return namespace ? `const ${namespace.local.name} = ${load};` : `const { ${names} } = ${load};`;
}

/**
 * The comment behind a statement, with the lines below that continue it: comments of their own that
 * begin in the same column.
 */
function expectation(code: string, end: number, comments: readonly Comment[]): string | undefined {
  const first = comments.findIndex(
    ({ type, start }) => type === "Line" && start >= end && /^[ ;]*$/.test(code.slice(end, start)),
  );
  const column = (start: number): number => start - code.lastIndexOf("\n", start);
  const lines: string[] = [];
  for (let at = first, last = end; first >= 0 && at < comments.length; at++) {
    const comment = comments[at] as Comment;
    const gap = code.slice(last, comment.start);
    const continues = at === first || /^\n *$/.test(gap);
    if (!continues || column(comment.start) !== column((comments[first] as Comment).start)) break;
    lines.push(comment.value.trim());
    last = comment.end;
  }
  return lines.length > 0 ? lines.join("\n") : undefined;
}

function statement(
  node: ESTree.Program["body"][number],
  code: string,
  comments: readonly Comment[],
) {
  const text = (part: { start: number; end: number }): string => code.slice(part.start, part.end);
  if (node.type === "ImportDeclaration") return loading(node);
  if (node.type === "ExportNamedDeclaration" && node.declaration) return text(node.declaration);
  const expected =
    node.type === "ExpressionStatement" ? expectation(code, node.end, comments) : undefined;
  if (node.type !== "ExpressionStatement" || expected === undefined) return text(node);
  return `await $.check(${JSON.stringify(expected)}, async () => (${text(node.expression)}));`;
}

function block({ code, line }: Example, index: number, at: Runner["at"]): string {
  const { program, comments, errors } = parseSync("example.ts", code);
  const lineAt = (offset: number): number => line + code.slice(0, offset).split("\n").length - 1;
  if (errors[0]) {
    at(index, lineAt(errors[0].labels[0]?.start ?? 0));
    throw new SyntaxError(errors[0].message);
  }
  const statements = program.body.map((node) => {
    return `$.at(${index}, ${lineAt(node.start)});\n${statement(node, code, comments)}`;
  });
  return `{\n${statements.join("\n")}\n`;
}

/**
 * Translates the blocks of one document; `names` are those it may use without an import. Where a
 * block cannot be read, `at` hears of the place before the error is thrown.
 */
export async function translate(
  blocks: readonly Example[],
  names: readonly string[],
  at: Runner["at"],
): Promise<Translated> {
  const body = `${blocks.map((example, index) => block(example, index, at)).join("")}${"}".repeat(blocks.length)}`;
  const source = `(async ($, { ${names.join(", ")} }) => {${body}})`;
  const { code } = await transformWithOxc(source, "example.ts", { target: "esnext" });
  return new Function(`return ${code}`)() as Translated;
}
