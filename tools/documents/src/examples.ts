/**
 * Where examples stand: in the fenced `ts` blocks of a markdown file and after the `@example` tags
 * of docstrings. Code keeps the lines of its file, so that a failure can name them.
 */
import { parseSync } from "vite";

/** One piece of code; its first line is line `line` (counted from 1) of its file. */
export interface Example {
  readonly line: number;
  readonly code: string;
}

const fence = /^(?<indent>\s*)```(?<info>.*)$/;

/** The `ts` blocks among `lines`; a block marked `ts no-run` is only shown. */
function fencedBlocks(lines: readonly string[], firstLine: number): Example[] {
  const blocks: Example[] = [];
  let open: { line: number; info: string; code: string[] } | undefined;
  for (const [index, text] of lines.entries()) {
    const info = fence.exec(text)?.groups?.info?.trim();
    if (open && info === "") {
      const { line, code } = open;
      if (open.info === "ts") blocks.push({ line, code: code.join("\n") });
      open = undefined;
    } else if (open) open.code.push(text);
    else if (info !== undefined) open = { line: firstLine + index + 1, info, code: [] };
  }
  return blocks;
}

/** The examples of a markdown text, in reading order. */
export function markdownExamples(text: string): Example[] {
  return fencedBlocks(text.split("\n"), 1);
}

/** The examples of one docstring; what is fenced, if anything is, else all up to the next tag. */
function taggedExamples(comment: string, firstLine: number): Example[] {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return lines.flatMap((text, index) => {
    if (!/^@example\b/.test(text)) return [];
    const next = lines.findIndex((later, at) => at > index && /^@\w/.test(later));
    const body = lines.slice(index, next < 0 ? undefined : next);
    body[0] = text.replace("@example", "");
    if (body.some((line) => fence.test(line))) return fencedBlocks(body, firstLine + index);
    return [{ line: firstLine + index, code: body.join("\n").trimEnd() }];
  });
}

/** The examples of all docstrings of a TypeScript source, in reading order. */
export function docstringExamples(file: string, text: string): Example[] {
  return parseSync(file, text)
    .comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .flatMap(({ value, start }) =>
      taggedExamples(value.slice(1), text.slice(0, start).split("\n").length),
    );
}
