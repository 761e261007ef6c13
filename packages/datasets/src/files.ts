/**
 * Module 4.21 — Files, where there are any.
 *
 * Node hands its modules out by name, at run time: a program that reads no files can be bundled
 * for browsers, because nothing here is an import that a bundler would have to resolve.
 */
import { noFiles, unreadable } from "./errors.ts";

/** All bytes of a file. */
export const readBytes = (file: string): Promise<Uint8Array<ArrayBuffer>> =>
  fileSystem(file).readFile(file).catch(cannotRead(file));

/** The names in a folder, in alphabetical order. */
export const readNames = async (folder: string): Promise<readonly string[]> => {
  const names = await fileSystem(folder).readdir(folder).catch(cannotRead(folder));
  return names.sort((a, b) => (a < b ? -1 : 1));
};

function fileSystem(file: string): typeof import("node:fs/promises") {
  const files = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (!files) throw noFiles(file);
  return files;
}

const cannotRead =
  (file: string) =>
  (cause: unknown): never => {
    throw unreadable(file, cause);
  };
