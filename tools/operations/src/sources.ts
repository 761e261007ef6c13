/** What the docstrings of the sources say: the meaning of every operation stands there and nowhere else. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sentences } from "./sentences.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (pattern: string): ReadonlyMap<string, string> => {
  const found = globSync(pattern, { cwd: root })
    .sort()
    .flatMap((file) => [...sentences(readFileSync(`${root}${file}`, "utf8"))]);
  return new Map(found.reverse()); // the first of one name counts
};

/** In the order of their definitions. */
export const operatorMeanings: ReadonlyMap<string, string> = new Map(
  [...read("packages/operators/src/operators.ts")].reverse(),
);
const methods = [
  read("packages/tensor/src/tensor.ts"),
  read("packages/tensor/src/operations/{reductions,moves}.ts"),
];
const functions = [read("packages/tensor/src/*.ts")];

/** What an operation is: `.sum` for a method, `take` for a function; undefined if nothing says so. */
export function meaningOf(name: string): string | undefined {
  const [from, key] = name.startsWith(".") ? [methods, name.slice(1)] : [functions, name];
  return from.map((file) => file.get(key)).find((text) => text !== undefined);
}
