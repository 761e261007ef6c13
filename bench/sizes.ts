/**
 * How many bytes a page loads for tensors: the smallest program and the training of a network,
 * against their budgets, and which folders and files the bytes are from.
 */
import { dirname } from "node:path";
import { budgets, type Size, sizeOf } from "../tools/packages/src/size.ts";

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

/** Bytes by folder, largest first. */
function folders(files: Size["files"]): Size["files"] {
  const sums = new Map<string, number>();
  for (const [file, bytes] of files) {
    sums.set(dirname(file), (sums.get(dirname(file)) ?? 0) + bytes);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

for (const [program, { target }] of Object.entries(budgets)) {
  const { sent, minified, files } = await sizeOf(program);
  const verdict = sent <= target ? "within" : `OVER by${kilobytes(sent - target)}`;
  console.log(`${program}: ${verdict}`);
  console.log(
    `${kilobytes(sent)} gzip, target${kilobytes(target)}; ${kilobytes(minified)} minified`,
  );
  console.log("minified, by folder, then the ten largest files:");
  for (const [folder, bytes] of folders(files)) console.log(`${kilobytes(bytes)}  ${folder}`);
  console.log();
  for (const [file, bytes] of files.slice(0, 10)) console.log(`${kilobytes(bytes)}  ${file}`);
  console.log();
}
