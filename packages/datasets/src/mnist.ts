/**
 * Module 4.23 — MNIST: 70 000 handwritten digits.
 *
 * Four IDX files in a folder, two for training and two for testing. Everything that can be
 * checked is checked here, so that training never starts on the wrong file.
 */
import { differentCounts, missingFile, noFolder, wrongContents, wrongLabel } from "./errors.ts";
import { readNames } from "./files.ts";
import { type Idx, readIdx } from "./idx.ts";

export interface ImageSet {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** Gray values, 0 to 255. `[count, rows, columns]` */
  readonly images: Uint8Array;
  /** The digits shown, 0 to 9. `[count]` */
  readonly labels: Uint8Array;
}

export interface Mnist {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/**
 * Reads MNIST from a folder with its four files, named `train-images-idx3-ubyte` and so on, or
 * `train-images.idx3-ubyte`, each plain or with `.gz`.
 * @throws DatasetError if no folder is given, or a file is missing, truncated, or not what its name
 * says.
 */
export async function mnist(options: { readonly folder: string }): Promise<Mnist> {
  const folder = folderOf(options);
  const present = await readNames(folder);
  const find = (stem: string, axes: number): string => {
    const names = [`${stem}-idx${axes}-ubyte`, `${stem}.idx${axes}-ubyte`];
    const found = [...names, ...names.map((name) => `${name}.gz`)].find((name) =>
      present.includes(name),
    );
    if (!found) throw missingFile(folder, names, present);
    return `${folder.replace(/[\\/]+$/, "")}/${found}`;
  };
  // All four are looked for before the first is read.
  const [train, test] = (["train", "t10k"] as const).map((part) => ({
    images: find(`${part}-images`, 3),
    labels: find(`${part}-labels`, 1),
  })) as [Files, Files];
  return { train: await readSet(train), test: await readSet(test) };
}

/**
 * Gray values as numbers from 0 to 1, which is what networks like.
 * @example
 * unitPixels(Uint8Array.of(0, 51, 255)); // [0, 0.2, 1]
 */
export function unitPixels(bytes: Uint8Array): Float32Array {
  const unit = new Float32Array(bytes.length);
  for (let i = 0; i < unit.length; i++) unit[i] = (bytes[i] as number) / 255;
  return unit;
}

function folderOf(options: unknown): string {
  const { folder } = (options ?? {}) as { readonly folder?: unknown };
  if (typeof folder !== "string" || folder === "") throw noFolder(folder);
  return folder;
}

interface Files {
  readonly images: string;
  readonly labels: string;
}

async function readSet(files: Files): Promise<ImageSet> {
  const images = await readArray(files.images, 3, "images");
  const labels = await readArray(files.labels, 1, "labels");
  const [count = 0, rows = 0, columns = 0] = images.shape;
  if (labels.data.length !== count)
    throw differentCounts(files.images, count, files.labels, labels.data.length);
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) throw wrongLabel(files.labels, wrong, labels.data[wrong] as number);
  return { count, rows, columns, images: images.data, labels: labels.data };
}

async function readArray(
  file: string,
  axes: number,
  what: string,
): Promise<Idx & { readonly data: Uint8Array }> {
  const idx = await readIdx(file);
  const { type, shape, data } = idx;
  if (!(data instanceof Uint8Array) || shape.length !== axes)
    throw wrongContents(file, `${what}: ${axes} axes of u8`, `${shape.length} axes of ${type}`);
  return { ...idx, data };
}
