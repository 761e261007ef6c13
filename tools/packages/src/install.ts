/**
 * Installs tarballs in an empty folder, as a stranger would. The registry is asked only for what
 * is not ours, and only if it is not in npm's cache.
 */
import { globSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execute } from "./execute.ts";
import { sorted } from "./repository.ts";

/** An empty folder below `outside`. */
export function emptyFolder(outside: string): string {
  mkdirSync(outside, { recursive: true });
  return mkdtempSync(join(outside, "consumer-"));
}

const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];

/** Installs the tarballs, given by package name, in `folder`. */
export async function install(
  folder: string,
  tarballs: Readonly<Record<string, string>>,
): Promise<void> {
  const dependencies = Object.fromEntries(
    Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`]),
  );
  const manifest = { name: "consumer", version: "1.0.0", type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await execute("npm", ["install", ...quiet], folder);
}

/** The names of all packages below `folder`, a name once for each copy. */
export function installed(folder: string): string[] {
  const manifests = globSync("**/node_modules/{*,@*/*}/package.json", { cwd: folder });
  return sorted(manifests.map((file) => dirname(file).replace(/^.*node_modules\//, "")));
}
