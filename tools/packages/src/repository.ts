/**
 * The packages as their manifests state them: where each one is, and what comes along when it is
 * installed.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages by name. */
export const packages: ReadonlyMap<string, Package> = new Map(
  globSync("packages/*/package.json", { cwd: root })
    .sort()
    .map((file) => {
      const manifest: Manifest = JSON.parse(readFileSync(`${root}${file}`, "utf8"));
      const folder = `${root}${file.replace(/.package\.json$/, "")}`;
      return [manifest.name, { name: manifest.name, folder, manifest }];
    }),
);

/** Names in one order. */
export const sorted = (names: Iterable<string>): string[] =>
  [...names].sort((a, b) => a.localeCompare(b));

/** A package and what it depends on, directly or not: `"@mt/datasets"` → datasets, operators. */
export function closure(name: string): string[] {
  const found = new Set([name]);
  for (const each of found) {
    const { dependencies = {} } = packages.get(each)?.manifest ?? {};
    for (const next of Object.keys(dependencies)) found.add(next);
  }
  return sorted(found);
}
