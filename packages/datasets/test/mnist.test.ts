import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DatasetError, mnist, unitPixels } from "../src/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mnist-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const images = (count: number, size = 4): Uint8Array =>
  Uint8Array.of(
    ...[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, size, 0, 0, 0, size],
    ...Array.from({ length: count * size * size }, (_, i) => (i * 37) % 256),
  );
const labels = (...digits: number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, 1, 0, 0, 0, digits.length, ...digits);
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);

/** Three training images and two for testing, as the published files are named. */
function writeAll(name = (stem: string, axes: number) => `${stem}-idx${axes}-ubyte`): void {
  write(name("train-images", 3), images(3));
  write(name("train-labels", 1), labels(5, 0, 4));
  write(name("t10k-images", 3), images(2));
  write(name("t10k-labels", 1), labels(7, 2));
}

test("reads the four files", async () => {
  writeAll();
  const { train, test: tested } = await mnist({ folder });
  expect([train.count, train.rows, train.columns]).toEqual([3, 4, 4]);
  expect([...train.labels]).toEqual([5, 0, 4]);
  expect([...train.images.subarray(16, 20)]).toEqual([80, 117, 154, 191]);
  expect([tested.count, ...tested.labels]).toEqual([2, 7, 2]);
});

test("takes either spelling of the names, zipped or not", async () => {
  writeAll();
  const expected = await mnist({ folder });
  for (const axes of [1, 3])
    for (const stem of ["train", "t10k"].map((s) => `${s}-${axes === 1 ? "labels" : "images"}`))
      unlinkSync(join(folder, `${stem}-idx${axes}-ubyte`));
  writeAll((stem, axes) => `${stem}.idx${axes}-ubyte`);
  expect(await mnist({ folder })).toEqual(expected);
  unlinkSync(join(folder, "train-images.idx3-ubyte"));
  write("train-images-idx3-ubyte.gz", gzipSync(images(3)));
  expect(await mnist({ folder })).toEqual(expected);
});

test("pixels become numbers from 0 to 1", () => {
  expect(unitPixels(Uint8Array.of(0, 255, 51))).toEqual(Float32Array.of(0, 1, 0.2));
});

describe("an error names the file and what is wrong with it", () => {
  const message = async (): Promise<string> => {
    const error: unknown = await mnist({ folder }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatasetError);
    return (error as Error).message.replaceAll(folder, "data").replaceAll("\\", "/");
  };

  test("no such folder", async () => {
    await expect(mnist({ folder: join(folder, "none") })).rejects.toThrow(
      /none: cannot be read: ENOENT.* Check the path; a relative one starts where the program/,
    );
  });

  test.each([undefined, {}, { folder: "" }, { folder: null }])("no folder: %j", async (options) => {
    const error: unknown = await mnist(options as { folder: string }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DatasetError);
    expect((error as Error).message).toMatch(
      /^mnist: the folder is .*\. Give the path of the one with the four files of MNIST: mnist\(/,
    );
  });

  test("a file is missing", async () => {
    expect(await message()).toMatchInlineSnapshot(
      `"data: has no train-images-idx3-ubyte or train-images.idx3-ubyte, plain or with .gz; it has nothing. Put the four files of MNIST there."`,
    );
    writeAll();
    unlinkSync(join(folder, "t10k-labels-idx1-ubyte"));
    expect(await message()).toMatchInlineSnapshot(
      `"data: has no t10k-labels-idx1-ubyte or t10k-labels.idx1-ubyte, plain or with .gz; it has t10k-images-idx3-ubyte, train-images-idx3-ubyte, train-labels-idx1-ubyte. Put the four files of MNIST there."`,
    );
  });

  test("a file is truncated", async () => {
    writeAll();
    write("train-images-idx3-ubyte", images(3).subarray(0, -1));
    expect(await message()).toMatchInlineSnapshot(
      `"data/train-images-idx3-ubyte: [3, 4, 4] of u8 makes 64 bytes with the header, and the file has 63. It is truncated: fetch it again."`,
    );
  });

  test("labels under the name of images", async () => {
    writeAll();
    write("train-images-idx3-ubyte", labels(1, 2, 3));
    expect(await message()).toMatchInlineSnapshot(
      `"data/train-images-idx3-ubyte: should hold images: 3 axes of u8 and holds 1 axes of u8. Is it another file under this name?"`,
    );
  });

  test("labels of another set", async () => {
    writeAll();
    write("train-labels-idx1-ubyte", labels(7, 2));
    expect(await message()).toMatchInlineSnapshot(
      `"data/train-images-idx3-ubyte: has 3 images and data/train-labels-idx1-ubyte has 2 labels. They belong to different sets: use the pair of one set."`,
    );
  });

  test("a label that is no digit", async () => {
    writeAll();
    write("t10k-labels-idx1-ubyte", labels(7, 12));
    expect(await message()).toMatchInlineSnapshot(
      `"data/t10k-labels-idx1-ubyte: label 1 is 12; digits are 0 to 9. The file is damaged."`,
    );
  });
});
