/**
 * Module 3.53 — A module: functions over one imported memory.
 *
 * Its bytes say nothing of where anything lies, so that one compiled module serves every kernel of
 * the same structure, in every thread (https://webassembly.github.io/spec/core/binary/modules.html).
 */
import { ByteWriter } from "./bytes.ts";
import { types as bytes, type Code, type ValueType } from "./code.ts";

export interface ModuleFunction {
  readonly code: Code;
  /** Under this name to the outside. */
  readonly export?: string;
}

/** Pages of 64 KiB a memory of 32-bit addresses can have. */
export const mostPages = 65536;

/** Whether threads can share memory here: browsers want a page to be isolated for that. */
export const canShare = (): boolean => typeof SharedArrayBuffer !== "undefined";

const section = (all: ByteWriter, id: number, body: ByteWriter): void =>
  void all.byte(id).unsigned(body.length).append(body.bytes);
const typesOf = (out: ByteWriter, list: readonly ValueType[]): void => {
  out.unsigned(list.length);
  for (const type of list) out.byte(bytes[type]);
};

/** The bytes of a module that imports `env.memory`; functions are numbered as they are listed. */
export function assemble(functions: readonly ModuleFunction[]): Uint8Array<ArrayBuffer> {
  const [types, imports, indexes, exports, codes] = [1, 2, 3, 4, 5].map(() => new ByteWriter()) as [
    ByteWriter,
    ByteWriter,
    ByteWriter,
    ByteWriter,
    ByteWriter,
  ];
  const exported = functions.filter((f) => f.export !== undefined);
  imports.unsigned(1).text("env").text("memory").byte(2);
  imports
    .byte(canShare() ? 3 : 1)
    .unsigned(1)
    .unsigned(mostPages);
  for (const list of [types, indexes, codes]) list.unsigned(functions.length);
  exports.unsigned(exported.length);
  functions.forEach((f, i) => {
    types.byte(0x60);
    typesOf(types, f.code.parameters);
    typesOf(types, f.code.results);
    indexes.unsigned(i);
    if (f.export !== undefined) exports.text(f.export).byte(0).unsigned(i);
    const body = f.code.finish();
    codes.unsigned(body.length).append(body);
  });
  const all = new ByteWriter().append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  section(all, 1, types);
  section(all, 2, imports);
  section(all, 3, indexes);
  section(all, 7, exports);
  section(all, 10, codes);
  return all.bytes.slice() as Uint8Array<ArrayBuffer>;
}
