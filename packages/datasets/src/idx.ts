/**
 * Module 4.22 — IDX, the format of MNIST.
 *
 * Two zero bytes, a byte for the element type, a byte for the number of axes; the size of each
 * axis as a big-endian 32-bit number; the elements, big-endian, the last axis fastest.
 * http://yann.lecun.com/exdb/mnist (bottom of the page)
 */
import type { Rows } from "./batches.ts";
import { badGzip, notIdx, shortHeader, wrongSize } from "./errors.ts";
import { readBytes } from "./files.ts";

export interface Idx {
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Rows;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  make(length: number): Rows;
  read(view: DataView, at: number): number;
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: {
    name: "u8",
    bytes: 1,
    make: (length) => new Uint8Array(length),
    read: (view, at) => view.getUint8(at),
  },
  9: {
    name: "i8",
    bytes: 1,
    make: (length) => new Int8Array(length),
    read: (view, at) => view.getInt8(at),
  },
  11: {
    name: "i16",
    bytes: 2,
    make: (length) => new Int16Array(length),
    read: (view, at) => view.getInt16(at),
  },
  12: {
    name: "i32",
    bytes: 4,
    make: (length) => new Int32Array(length),
    read: (view, at) => view.getInt32(at),
  },
  13: {
    name: "f32",
    bytes: 4,
    make: (length) => new Float32Array(length),
    read: (view, at) => view.getFloat32(at),
  },
  14: {
    name: "f64",
    bytes: 8,
    make: (length) => new Float64Array(length),
    read: (view, at) => view.getFloat64(at),
  },
};

const typeList = Object.entries(elementTypes)
  .map(([code, { name }]) => `${Number(code).toString(16).padStart(2, "0")} ${name}`)
  .join(", ");

/**
 * What the bytes of an IDX file say; `file` is its name for messages.
 * @throws DatasetError if they are not IDX, or more or fewer than the header says.
 * @example
 * const { shape, data } = parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9), "digits");
 * shape; // [3]
 * data; // [7, 8, 9]
 */
export function parseIdx(bytes: Uint8Array, file: string): Idx {
  const [zero, alsoZero, code = 0, axes = 0] = bytes;
  const type = elementTypes[code];
  if (zero !== 0 || alsoZero !== 0 || !type || axes === 0) throw notIdx(file, bytes, typeList);
  const header = 4 + 4 * axes;
  if (bytes.length < header) throw shortHeader(file, axes, bytes.length);

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * size, 1);
  const expected = header + length * type.bytes;
  if (bytes.length !== expected) throw wrongSize(file, shape, type.name, expected, bytes.length);

  // A copy: Node reads files into Buffers, which may share their memory with others.
  if (type.name === "u8")
    return { type: type.name, shape, data: new Uint8Array(bytes.subarray(header)) };
  const data = type.make(length);
  for (let i = 0; i < length; i++) data[i] = type.read(view, header + i * type.bytes);
  return { type: type.name, shape, data };
}

/**
 * An IDX file, plain or zipped: which it is, its first bytes tell.
 * @throws DatasetError if it cannot be read, unzipped or understood.
 */
export async function readIdx(file: string): Promise<Idx> {
  const bytes = await readBytes(file);
  return parseIdx(bytes[0] === 0x1f && bytes[1] === 0x8b ? await unzip(bytes, file) : bytes, file);
}

async function unzip(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const unzipped = await new Response(stream).arrayBuffer().catch((cause: unknown) => {
    throw badGzip(file, cause);
  });
  return new Uint8Array(unzipped);
}
