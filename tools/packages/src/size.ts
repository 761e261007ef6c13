/**
 * What a page pays for the packages: the bytes of a program with everything it imports, bundled and
 * minified by esbuild, and compressed as a server would send it.
 */
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { programFolder } from "./programs.ts";
import { root } from "./repository.ts";

export interface Budget {
  /** Bytes sent that it should come down to. */
  readonly target: number;
  /** Bytes sent that no change may exceed: what it has come down to so far. */
  readonly bound: number;
}
export const budgets: Readonly<Record<string, Budget>> = {
  "hello-matmul": { target: 25_000, bound: 33_840 },
  "hello-cpu-threads": { target: 45_000, bound: 65_240 }, // piscina apart: no page loads it
  "train-network": { target: 40_000, bound: 39_690 },
};

export interface Size {
  /** Bytes after compression. */
  readonly sent: number;
  readonly minified: number;
  /** Minified bytes by source file, largest first. */
  readonly files: readonly (readonly [file: string, bytes: number])[];
}

function filesOf({ outputs }: Metafile): Size["files"] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const)
    .sort(([, a], [, b]) => b - a);
}

/** Measures a program of `programs/` with the packages' sources. */
export async function sizeOf(program: string): Promise<Size> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${programFolder}/${program}.ts`],
    conditions: ["@mt/source"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    metafile: true,
    write: false,
  });
  const text = outputFiles.map(({ contents }) => contents);
  const minified = Buffer.concat(text);
  const sent = gzipSync(minified, { level: 9 }).length;
  return { sent, minified: minified.length, files: filesOf(metafile) };
}
