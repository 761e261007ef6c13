/**
 * Packs every package once, before the first test, into a folder outside the repository; the tests
 * make their own folders beside the tarballs, and all of it is removed at the end.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { execute } from "./execute.ts";
import { packages, root } from "./repository.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder outside the repository in which everything happens. */
    readonly outside: string;
    /** The tarball of each package, by name. */
    readonly tarballs: Readonly<Record<string, string>>;
  }
}

interface Packed {
  readonly name: string;
  readonly filename: string;
}

/** npm's answers differ by its version: a list, or a record by name. */
const packedBy = (answer: string): Packed[] => Object.values(JSON.parse(answer));

/** Packs folders and gives the tarballs by package name. */
export async function pack(
  folders: readonly string[],
  destination: string,
): Promise<Record<string, string>> {
  mkdirSync(destination, { recursive: true });
  const words = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const answer = await execute("npm", [...words, ...folders], root);
  return Object.fromEntries(
    packedBy(answer).map(({ name, filename }) => [
      name,
      join(destination, filename.replace("@", "").replace("/", "-")),
    ]),
  );
}

export async function setup({ provide }: TestProject): Promise<() => void> {
  const outside = mkdtempSync(join(tmpdir(), "packed-"));
  const folders = Array.from(packages.values(), ({ folder }) => folder);
  provide("outside", outside);
  provide("tarballs", await pack(folders, join(outside, "tarballs")));
  return () => rmSync(outside, { recursive: true, force: true });
}
