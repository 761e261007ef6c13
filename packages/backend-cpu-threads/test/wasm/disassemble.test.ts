import { expect, test } from "vitest";
import { Code } from "../../src/wasm/code.ts";
import {
  extended,
  type Instruction,
  laneMemory,
  lanes,
  memory,
  plain,
  vector,
  vectorMemory,
} from "../../src/wasm/instructions.ts";
import { assemble } from "../../src/wasm/module.ts";
import { disassemble, textOf } from "./disassemble.ts";

const texts = (code: Code): string[] =>
  disassemble(assemble([{ code }])).flatMap(({ lines }) => lines.map(({ text }) => text));

test("what was written is what is read, for every instruction", () => {
  const code = new Code([]);
  const written: string[] = [];
  for (const name of Object.keys({ ...plain, ...vector, ...extended })) {
    code.op(name as Instruction);
    written.push(name);
  }
  for (const name of Object.keys({ ...memory, ...vectorMemory })) {
    code.at(name as keyof typeof memory, 300);
    written.push(`${name} offset=300`);
  }
  for (const name of Object.keys(laneMemory)) {
    code.laneAt(name as keyof typeof laneMemory, 1, 8);
    written.push(`${name} offset=8 1`);
  }
  for (const name of Object.keys(lanes)) {
    code.lane(name as keyof typeof lanes, 1);
    written.push(`${name} 1`);
  }
  expect(texts(code)).toEqual([...written, "end"]);
});

test("numbers are read as they were written", () => {
  const code = new Code([])
    .i32(-8192)
    .i64(2n ** 62n)
    .f64(-0.1);
  code.get(code.splatF32(1.5)).get(code.words(1, -2, 3, 4));
  expect(texts(code)).toEqual([
    "v128.const f32 1.5 1.5 1.5 1.5",
    "local.set 0",
    "v128.const i32 1 -2 3 4",
    "local.set 1",
    "i32.const -8192",
    "i64.const 4611686018427387904",
    "f64.const -0.1",
    "local.get 0",
    "local.get 1",
    "end",
  ]);
});

test("what stands in a block is indented, behind its offset", () => {
  const code = new Code(["i32"]);
  code.loop((again) => code.get(0).branchIf(again));
  const [listing] = disassemble(assemble([{ code }]));
  const depths = listing?.lines.map(({ depth, text }) => `${depth} ${text}`);
  expect(depths).toEqual(["0 loop", "1 local.get 0", "1 br_if 0", "0 end", "0 end"]);
  expect(textOf(listing?.lines ?? [])).toMatch(/^ +\d+ {2}loop\n +\d+ {4}local\.get 0\n/);
});
