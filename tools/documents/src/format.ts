/**
 * How a value is printed before it is compared with the comment beside it: as it would be written
 * in JavaScript, arrays of every type alike, and objects that know how to print themselves by their
 * `toString`. The same value always prints the same text.
 */
import { types } from "node:util";

const textOf: Readonly<Record<string, (value: never) => string>> = {
  number: (value: number) => (Object.is(value, -0) ? "-0" : String(value)),
  string: (value: string) => JSON.stringify(value),
  bigint: (value: bigint) => `${value}n`,
  function: (value: { name: string }) => `[Function ${value.name}]`,
};

function formatEntries(entries: Iterable<[unknown, unknown]>, seen: readonly object[]): string {
  const texts = [...entries].map(([key, value]) => `${String(key)}: ${format(value, seen)}`);
  return texts.length > 0 ? `{ ${texts.join(", ")} }` : "{}";
}

function formatObject(value: object, seen: readonly object[]): string {
  if (seen.includes(value)) return "[Circular]";
  const inside = [...seen, value];
  if (Array.isArray(value) || types.isTypedArray(value) || value instanceof Set) {
    return `[${Array.from(value as Iterable<unknown>, (item) => format(item, inside)).join(", ")}]`;
  }
  if (value instanceof Map) return formatEntries(value, inside);
  const text = (value as { toString?: unknown }).toString;
  if (typeof text === "function" && text !== Object.prototype.toString) return String(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
  const body = formatEntries(Object.entries(value), inside);
  return name === "Object" ? body : `${name} ${body}`;
}

/** The text of any value; `seen` holds the objects around it. */
export function format(value: unknown, seen: readonly object[] = []): string {
  if (typeof value === "object" && value !== null) return formatObject(value, seen);
  return textOf[typeof value]?.(value as never) ?? String(value);
}
