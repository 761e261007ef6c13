import { expect, test } from "vitest";
import { ByteWriter } from "../../src/wasm/bytes.ts";
import { Code } from "../../src/wasm/code.ts";
import {
  extended,
  laneMemory,
  lanes,
  memory,
  plain,
  vector,
  vectorMemory,
} from "../../src/wasm/instructions.ts";
import { assemble } from "../../src/wasm/module.ts";
import { disassemble, type Listing } from "./disassemble.ts";

const sharedMemory = (): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
function load<F>(code: Code, memory: WebAssembly.Memory = sharedMemory()): F {
  const bytes = assemble([{ code, export: "run" }]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports.run as F;
}

test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)])(
  "the number %d survives its encoding in 32 and 64 bits",
  (value) => {
    expect(load<() => number>(new Code([], ["i32"]).i32(value))()).toBe(value);
    const wide = BigInt(value) * 2n ** 31n;
    expect(load<() => bigint>(new Code([], ["i64"]).i64(wide))()).toBe(wide);
  },
);

test("unsigned numbers grow by seven bits a byte", () => {
  const sizes = [0, 127, 128, 16383, 16384, 2 ** 32 - 1].map(
    (x) => new ByteWriter().unsigned(x).length,
  );
  expect(sizes).toEqual([1, 1, 2, 2, 3, 5]);
});

test("a loop counts, a branch leaves it", () => {
  const code = new Code(["i32"], ["i32"]);
  const [i, sum] = [code.local("i32"), code.local("i32")];
  code.block((out) => {
    code.while(
      i,
      () => code.get(0),
      1,
      () => {
        code.get(i).i32(7).op("i32.sub").op("i32.eqz").branchIf(out);
        code.get(sum).get(i).op("i32.add").set(sum);
      },
    );
  });
  const count = load<(n: number) => number>(code.get(sum));
  expect([0, 1, 5, 100].map(count)).toEqual([0, 0, 10, 21]);
});

test("both branches of a condition leave their value", () => {
  const code = new Code(["i32"], ["f64"]).get(0);
  code.if(
    () => code.f64(0.1),
    () => code.f64(-0),
    "f64",
  );
  const choose = load<(n: number) => number>(code);
  expect([choose(1), choose(0)]).toEqual([0.1, -0]);
});

test("vector constants are set once, at the start, however often they are used", () => {
  const code = new Code(["i32"]);
  const sum = code.local("v128");
  for (const x of [1.5, 2.5, 1.5]) code.get(sum).get(code.splatF32(x)).op("f32x4.add").set(sum);
  code.get(0).get(sum).at("v128.store", 16);
  const bytes = assemble([{ code, export: "run" }]);
  const constants = [...bytes].filter((byte, i) => byte === 0xfd && bytes[i + 1] === 12);
  expect(constants).toHaveLength(2);
  const memory = sharedMemory();
  load<(address: number) => void>(code, memory)(64);
  expect([...new Float32Array(memory.buffer, 80, 4)]).toEqual([5.5, 5.5, 5.5, 5.5]);
});

test("words are shuffled by number", () => {
  const code = new Code(["i32"]).get(0);
  code.get(code.words(0, 1, 2, 3)).get(code.words(4, 5, 6, 7));
  code.shuffleWords(7, 0, 5, 2).at("v128.store");
  const memory = sharedMemory();
  load<(address: number) => void>(code, memory)(0);
  expect([...new Int32Array(memory.buffer, 0, 4)]).toEqual([7, 0, 5, 2]);
});

/** What an instruction takes and gives, by its name. */
test("every instruction listed exists, under its code", () => {
  // an engine that disassembles is not at hand; validation at least tells types and arities
  const types = ["i32", "i64", "f32", "f64", "v128"] as const;
  const valid = (parameters: readonly (typeof types)[number][], write: (code: Code) => void) =>
    types
      .map((result) => [result])
      .concat([[]])
      .some((results) => {
        const code = new Code(parameters, results);
        for (let i = 0; i < parameters.length; i++) code.get(i);
        write(code);
        return WebAssembly.validate(assemble([{ code, export: "run" }]));
      });
  const signatures = types.flatMap((a) => [
    [a],
    ...types.flatMap((b) => [[a, b], ...types.map((c) => [a, b, c])]),
  ]);
  const find = (write: (code: Code) => void): string =>
    signatures.find((parameters) => valid(parameters, write))?.join() ?? "";
  const control = ["unreachable", "return", "drop", "select"];
  for (const name of Object.keys({ ...plain, ...vector, ...extended })) {
    if (control.includes(name)) continue;
    expect
      .soft(
        find((code) => void code.op(name as never)),
        name,
      )
      .not.toBe("");
  }
  for (const name of [...Object.keys(memory), ...Object.keys(vectorMemory)])
    expect
      .soft(
        find((code) => void code.at(name as never, 4)),
        name,
      )
      .not.toBe("");
  for (const name of Object.keys(laneMemory))
    expect
      .soft(
        find((code) => void code.laneAt(name as never, 1)),
        name,
      )
      .not.toBe("");
  for (const name of Object.keys(lanes))
    expect
      .soft(
        find((code) => void code.lane(name as never, 1)),
        name,
      )
      .not.toBe("");
});

test("variables that are forgotten are 0 in the next round, constants stay", () => {
  const code = new Code(["i32"]);
  const i = code.local("i32");
  const sum = code.get(code.splat(0)).keep("v128");
  code.while(
    i,
    () => code.i32(3),
    1,
    () => {
      const count = code.count;
      const made = code.local("v128");
      code.get(made).get(code.splat(5)).op("i32x4.add").set(made);
      code.get(sum).get(made).op("i32x4.add").set(sum);
      code.forget(count);
    },
  );
  code.get(0).get(sum).at("v128.store");
  const memory = sharedMemory();
  load<(address: number) => void>(code, memory)(0);
  expect([...new Int32Array(memory.buffer, 0, 4)]).toEqual([15, 15, 15, 15]);
});

test("copies in step take turns, and compute what each would alone", () => {
  const code = new Code(["i32", "i32"], ["i32"]);
  const results = code.inStep(2, (copy) => {
    const square = code.get(copy).get(copy).op("i32.mul").keep("i32");
    code.i32(100).get(square).op("i32.lt_u");
    code.if(() => code.get(square).i32(1).op("i32.add").set(square));
    return code.get(square).i32(3).op("i32.mul").keep("i32");
  }) as [number, number];
  code.get(results[0]).get(results[1]).op("i32.sub");
  const [{ lines }] = disassemble(assemble([{ code, export: "run" }])) as [Listing];
  const products = lines.flatMap(({ text }, i) => (text === "i32.mul" ? [i] : []));
  const branch = lines.findIndex(({ text }) => text === "if");
  expect(products.filter((i) => i < branch)).toHaveLength(2);
  const run = load<(a: number, b: number) => number>(code);
  expect([run(5, 2), run(11, 10), run(10, 11)]).toEqual([63, 66, -66]);
});
