import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DatasetError, parseIdx, readIdx } from "../src/index.ts";

const bigEndian = (...sizes: number[]): number[] =>
  sizes.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
const idx = (code: number, shape: number[], elements: number[]): Uint8Array =>
  Uint8Array.of(0, 0, code, shape.length, ...bigEndian(...shape), ...elements);
const digits = idx(8, [2, 3], [1, 2, 3, 4, 5, 255]);

describe("parseIdx", () => {
  test.each([
    ["u8", 8, [7, 255], Uint8Array.of(7, 255)],
    ["i8", 9, [7, 255], Int8Array.of(7, -1)],
    ["i16", 11, [1, 2, 255, 254], Int16Array.of(258, -2)],
    ["i32", 12, [0, 1, 0, 0, 255, 255, 255, 255], Int32Array.of(65536, -1)],
    ["f32", 13, [0x3f, 0xc0, 0, 0, 0xc0, 0x20, 0, 0], Float32Array.of(1.5, -2.5)],
    [
      "f64",
      14,
      [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0],
      Float64Array.of(1.5, -2.5),
    ],
  ])("reads %s", (type, code, elements, data) => {
    expect(parseIdx(idx(code, [2], elements), "file")).toEqual({ type, shape: [2], data });
  });

  test("reads several axes, one of them empty too", () => {
    expect(parseIdx(digits, "file").shape).toEqual([2, 3]);
    expect(parseIdx(idx(8, [0, 3], []), "file").data.length).toBe(0);
  });

  test("reads from the middle of a larger buffer, and keeps nothing of it", () => {
    const larger = Uint8Array.of(9, 9, 9, ...digits, 9);
    const { data } = parseIdx(larger.subarray(3, -1), "file");
    larger.fill(0);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
  });

  const message = (bytes: Uint8Array): string => {
    try {
      parseIdx(bytes, "digits.idx");
    } catch (error) {
      expect(error).toBeInstanceOf(DatasetError);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  test("says what is wrong, in which file", () => {
    expect(message(new Uint8Array(0))).toMatchInlineSnapshot(
      `"digits.idx: is not an IDX file: it is empty; expected 00 00, a type (08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64) and the number of axes, at least 01."`,
    );
    expect(message(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0))).toMatchInlineSnapshot(
      `"digits.idx: is not an IDX file: it starts with 1f 8b 08 00; expected 00 00, a type (08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64) and the number of axes, at least 01."`,
    );
    expect(message(digits.subarray(0, 7))).toMatchInlineSnapshot(
      `"digits.idx: the header of 2 axes takes 12 bytes and the file has 7. It is truncated: fetch it again."`,
    );
    expect(message(digits.subarray(0, -1))).toMatchInlineSnapshot(
      `"digits.idx: [2, 3] of u8 makes 18 bytes with the header, and the file has 17. It is truncated: fetch it again."`,
    );
    expect(message(Uint8Array.of(...digits, 0))).toMatchInlineSnapshot(
      `"digits.idx: [2, 3] of u8 makes 18 bytes with the header, and the file has 19. Something was appended, or the header is wrong: fetch it again."`,
    );
  });

  test("every truncation is an error", () => {
    for (let length = 0; length < digits.length; length++)
      expect(() => parseIdx(digits.subarray(0, length), "digits"), `${length}`).toThrow(
        DatasetError,
      );
  });

  test("so is an unknown type, no axes, and a size that no memory holds", () => {
    expect(message(idx(10, [1], [0]))).toContain("not an IDX file");
    expect(message(Uint8Array.of(0, 0, 8, 0))).toContain("at least 01");
    expect(message(idx(8, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [0]))).toContain("truncated");
  });
});

describe("readIdx", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "idx-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  test("reads a plain file and a zipped one alike, whatever their names", async () => {
    const plain = await readIdx(file("a", digits));
    expect(plain.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
    expect(await readIdx(file("b", gzipSync(digits)))).toEqual(plain);
  });

  test("a damaged or truncated zip names the file and keeps the cause", async () => {
    const zipped = gzipSync(digits);
    const damaged = new Uint8Array(zipped).fill(0, -8, -4); // the checksum
    for (const [name, bytes] of [
      ["cut.gz", zipped.subarray(0, -9)],
      ["damaged.gz", damaged],
    ] as const) {
      const failure = expect(readIdx(file(name, bytes))).rejects;
      await failure.toThrow(`${name}: cannot be unzipped`);
      await expect(readIdx(file(name, bytes))).rejects.toHaveProperty("cause");
    }
  });

  test("a zip of something else is not IDX", async () => {
    await expect(readIdx(file("text.gz", gzipSync("hello")))).rejects.toThrow(/not an IDX file/);
  });

  test("without files, as in a browser, it says what to do instead", async () => {
    vi.stubGlobal("process", undefined);
    await expect(readIdx("digits")).rejects.toThrow("fetch the bytes and give them to parseIdx");
    vi.unstubAllGlobals();
  });

  test("a file that is not there", async () => {
    await expect(readIdx(join(folder, "none"))).rejects.toThrow(/none: cannot be read: ENOENT/);
  });
});
