/** The first sentence of every docstring of a source, by the name that it stands before. */

const documented =
  /\/\*\*(?<text>(?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\/[^\n]*\s*)*(?:export\s+)?(?:const\s+|function\s+|\{\s*\w+\s+as\s+)?(?<name>\w+)/g;

export function sentences(source: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { groups } of source.matchAll(documented)) {
    const { text, name } = groups as { text: string; name: string };
    const plain = text
      .replace(/\n\s*\*\s?/g, " ")
      .replace(/\s+/g, " ")
      .trim();
    const sentence = /^.*?\.(?=\s|$)/.exec(plain.replace(/\s@\w+.*$/, ""))?.[0];
    if (sentence && !found.has(name)) found.set(name, sentence);
  }
  return found;
}
