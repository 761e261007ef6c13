/** Module 4.24 — The errors of data: each names the data, what is wrong with it and the remedy. */
import { deepStack } from "@mt/operators";

/** Data that cannot be what it claims to be, or was asked for in a way that makes no sense. */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
  /** The file, data set or option in question. */
  readonly subject: string;
  constructor(subject: string, message: string, options?: ErrorOptions) {
    super(`${subject}: ${message}`, options);
    this.subject = subject;
    deepStack(this);
  }
}

const show = (value: unknown): string => (typeof value === "string" ? `"${value}"` : String(value));

export const notAWholeNumber = (subject: string, what: string, value: unknown): DatasetError =>
  new DatasetError(subject, `${what} must be a whole number ≥ 1 and is ${show(value)}.`);

export const unknownPointSet = (name: unknown, known: readonly string[]): DatasetError =>
  new DatasetError("pointSet", `there is no ${show(name)}; there are ${known.join(", ")}.`);

export const noRandom = (name: string, random: unknown): DatasetError =>
  new DatasetError(
    "pointSet",
    `"${name}" is drawn at random, and random is ${show(random)}. Give a generator as the third ` +
      `argument: pointSet("${name}", 50, new Random(1)), with Random from @mt/operators.`,
  );

export const unevenRows = (column: string, length: number, count: number): DatasetError =>
  new DatasetError(
    "batches",
    `"${column}" has ${length} elements, which is not a whole number of elements for each of ` +
      `${count} rows. Give every column as many rows as \`count\` says.`,
  );

export const noColumns = (): DatasetError =>
  new DatasetError("batches", "the data has no typed array. Give at least one column of rows.");

/** The first bytes, as a hex dump shows them. */
const start = (bytes: Uint8Array): string =>
  bytes.length === 0
    ? "is empty"
    : `starts with ${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`;

export const notIdx = (file: string, bytes: Uint8Array, types: string): DatasetError =>
  new DatasetError(
    file,
    `is not an IDX file: it ${start(bytes)}; expected 00 00, a type (${types}) and the number ` +
      "of axes, at least 01.",
  );

export const shortHeader = (file: string, axes: number, bytes: number): DatasetError =>
  new DatasetError(
    file,
    `the header of ${axes} axes takes ${4 + 4 * axes} bytes and the file has ${bytes}. ` +
      "It is truncated: fetch it again.",
  );

export const wrongSize = (
  file: string,
  shape: readonly number[],
  type: string,
  expected: number,
  got: number,
): DatasetError =>
  new DatasetError(
    file,
    `[${shape.join(", ")}] of ${type} makes ${expected} bytes with the header, and the file has ` +
      `${got}. ${got < expected ? "It is truncated" : "Something was appended, or the header is wrong"}` +
      ": fetch it again.",
  );

export const badGzip = (file: string, cause: unknown): DatasetError =>
  new DatasetError(file, "cannot be unzipped: it is damaged or truncated. Fetch it again.", {
    cause,
  });

export const unreadable = (file: string, cause: unknown): DatasetError =>
  new DatasetError(
    file,
    `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Check the path; ` +
      "a relative one starts where the program was started, not where its source is.",
    { cause },
  );

export const noFolder = (folder: unknown): DatasetError =>
  new DatasetError(
    "mnist",
    `the folder is ${show(folder)}. Give the path of the one with the four files of MNIST: ` +
      'mnist({ folder: "data/mnist" }).',
  );

export const noFiles = (file: string): DatasetError =>
  new DatasetError(
    file,
    "there are no files to read here. Outside Node, fetch the bytes and give them to parseIdx.",
  );

export const missingFile = (
  folder: string,
  names: readonly string[],
  found: readonly string[],
): DatasetError =>
  new DatasetError(
    folder,
    `has no ${names.join(" or ")}, plain or with .gz; it has ` +
      `${found.length === 0 ? "nothing" : found.slice(0, 8).join(", ")}` +
      `${found.length > 8 ? ", …" : ""}. Put the four files of MNIST there.`,
  );

export const wrongContents = (file: string, expected: string, got: string): DatasetError =>
  new DatasetError(
    file,
    `should hold ${expected} and holds ${got}. Is it another file under this name?`,
  );

export const wrongLabel = (file: string, index: number, label: number): DatasetError =>
  new DatasetError(file, `label ${index} is ${label}; digits are 0 to 9. The file is damaged.`);

export const differentCounts = (
  images: string,
  imageCount: number,
  labels: string,
  labelCount: number,
): DatasetError =>
  new DatasetError(
    images,
    `has ${imageCount} images and ${labels} has ${labelCount} labels. ` +
      "They belong to different sets: use the pair of one set.",
  );
