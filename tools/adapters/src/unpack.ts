/**
 * Files out of packed archives, once: what is in the folder that comes back is complete.
 *
 * The folder lies in `node_modules/.cache`, so git ignores it and `npm ci` begins anew. Its name has
 * the version, and it gets its name when everything is in it: a process that ends halfway, or two
 * that unpack at once, leave nothing half-done behind.
 */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";

const cache = fileURLToPath(new URL("../../../node_modules/.cache/adapters/", import.meta.url));

/** The folder of this name, which `fill` has filled, now or before. */
export async function folderOf(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  try {
    await fill(fresh);
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true });
    if (!existsSync(folder)) throw error; // else another process was first
  }
  return folder;
}

interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
}

const block = 512;

/** The files of a tar archive; https://www.gnu.org/software/tar/manual/html_node/Standard.html */
export function* entriesOf(tar: Buffer): Generator<Entry> {
  const text = (at: number, length: number) =>
    tar.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  for (let at = 0; tar[at]; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const start = at + block;
    const isFile = /^0?$/.test(text(at + 156, 1));
    if (isFile) yield { name: text(at, 100), content: tar.subarray(start, start + size) };
    at = start + block * Math.ceil(size / block);
  }
}

/** The package that holds the browser: its version, and where its archives are; null elsewhere. */
export function browserPackage(): { version: string; archive(name: string): string } | null {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const { resolve } = createRequire(import.meta.url);
  const home = dirname(dirname(resolve("@sparticuz/chromium")));
  const { version } = createRequire(import.meta.url)(join(home, "package.json"));
  return { version, archive: (name) => join(home, "bin", name) };
}

/** Unpacks a `.tar.br` into a folder. */
export async function unpackArchive(archive: string, folder: string): Promise<void> {
  for (const { name, content } of entriesOf(brotliDecompressSync(await readFile(archive)))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
}

/** Unpacks the one program in a `.br`. */
export async function unpackProgram(archive: string, file: string): Promise<void> {
  await pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    createWriteStream(file, { mode: 0o755 }),
  );
}
