/**
 * Installs tarballs in an empty folder, as a stranger would. The registry is asked only for what
 * is not ours, and only if it is not in npm's cache.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execute } from "./execute.ts";
import { type Manifest, sorted } from "./repository.ts";

/** An empty folder below `outside`. */
export function emptyFolder(outside: string): string {
  mkdirSync(outside, { recursive: true });
  return mkdtempSync(join(outside, "consumer-"));
}

const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];

/** Installs the tarballs, given by package name, in `folder`, and others by their versions. */
export async function install(
  folder: string,
  tarballs: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  const files = Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`]);
  const dependencies = { ...others, ...Object.fromEntries(files) };
  const manifest = { name: "consumer", version: "1.0.0", type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await execute("npm", ["install", ...quiet], folder);
}

/** The names of all packages below `folder`, a name once for each copy. */
export function installed(folder: string): string[] {
  const manifests = globSync("**/node_modules/{*,@*/*}/package.json", { cwd: folder });
  return sorted(manifests.map((file) => dirname(file).replace(/^.*node_modules\//, "")));
}

/** The names of these packages and of all that their installed manifests bring along. */
export function brought(folder: string, names: readonly string[]): string[] {
  const found = new Set(names);
  for (const name of found) {
    const { dependencies = {}, optionalDependencies = {} }: Manifest = JSON.parse(
      readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"),
    );
    for (const next of Object.keys(dependencies)) found.add(next);
    for (const next of Object.keys(optionalDependencies))
      if (existsSync(join(folder, "node_modules", next))) found.add(next);
  }
  return sorted(found);
}
