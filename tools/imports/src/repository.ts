/**
 * Reads what the checks look at from the disk: the sources of all packages and examples, and the
 * dependencies that each of their package.json files declares.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");

/** Matching files, relative to the root, with forward slashes and in a stable order. */
function files(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ["**/node_modules"] })
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** File name → text of every source file of the packages and examples. */
export function sources(): Map<string, string> {
  return new Map(files("{packages,examples}/*/src/**/*.ts").map((file) => [file, read(file)]));
}

/** Folder → names of the packages that its package.json lets the sources import. */
export function declaredDependencies(): Map<string, Set<string>> {
  return new Map(
    files("{packages,examples}/*/package.json").map((file) => {
      const { dependencies, peerDependencies } = JSON.parse(read(file));
      const names = Object.keys({ ...dependencies, ...peerDependencies });
      return [file.replace("/package.json", ""), new Set(names)];
    }),
  );
}
