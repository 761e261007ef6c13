import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { entriesOf, folderOf } from "../src/unpack.ts";

const name = `test-${process.pid}`;
let folder = "";
afterEach(() => rm(folder, { recursive: true, force: true }));

const fillWith = (text: string) => async (fresh: string) => {
  await writeFile(join(fresh, "file"), text);
};

test("a folder is filled once", async () => {
  folder = await folderOf(name, fillWith("first"));
  expect(await folderOf(name, fillWith("second"))).toBe(folder);
  expect(await readFile(join(folder, "file"), "utf8")).toBe("first");
});

test("two that fill it at once get the same complete folder, and leave no other", async () => {
  const [a, b] = await Promise.all(["a", "b"].map((text) => folderOf(name, fillWith(text))));
  folder = a as string;
  expect(b).toBe(folder);
  expect(await readdir(folder)).toEqual(["file"]);
  const neighbors = await readdir(dirname(folder));
  expect(neighbors.filter((other) => other.startsWith(name))).toEqual([basename(folder)]);
});

test("one that fails halfway leaves nothing behind", async () => {
  let begun = "";
  const failing = folderOf(name, async (fresh) => {
    begun = fresh;
    await writeFile(join(fresh, "file"), "half");
    throw new Error("the disk is full");
  });
  await expect(failing).rejects.toThrow("the disk is full");
  expect(existsSync(begun)).toBe(false);
  folder = await folderOf(name, fillWith("whole"));
  expect(await readFile(join(folder, "file"), "utf8")).toBe("whole");
});

test("the files of a tar archive are found, folders are not among them", () => {
  const header = (path: string, size: number, type: string) => {
    const block = Buffer.alloc(512);
    block.write(path);
    block.write(size.toString(8).padStart(11, "0"), 124);
    block.write(type, 156);
    return block;
  };
  const long = Buffer.alloc(700, "x");
  const tar = Buffer.concat([
    header("lib/", 0, "5"),
    header("lib/long", long.length, "0"),
    long,
    Buffer.alloc(1024 - long.length),
    header("empty", 0, "0"),
    Buffer.alloc(1024),
  ]);
  const files = [...entriesOf(tar)].map(({ name, content }) => [name, content.length]);
  expect(files).toEqual([
    ["lib/long", 700],
    ["empty", 0],
  ]);
});
