/** Runs a formula over columns of numbers, in vectors, without any of the generator. */
import { type DType, dtypes, type Expr } from "@mt/operators";
import { emitFormula, lowered } from "../../src/vectors/formula.ts";
import { lanesOf, Vectors } from "../../src/vectors/vectors.ts";
import { Code } from "../../src/wasm/code.ts";
import { assemble } from "../../src/wasm/module.ts";

type Words = Float32Array | Int32Array | Uint32Array;
const wordsOf = (dtype: DType, length: number, buffer: ArrayBufferLike, offset: number): Words => {
  const lanes = lanesOf[dtype];
  const make = lanes === "float" ? Float32Array : lanes === "unsigned" ? Uint32Array : Int32Array;
  return new make(buffer as ArrayBuffer, offset, length);
};

/** A function of columns (dtypes given) that computes the formula for each row; bools are 0 and −1. */
export function columnsOf(
  formula: Expr,
  inputs: readonly DType[],
  relaxed?: boolean,
): (columns: readonly ArrayLike<number>[]) => Words {
  const e = lowered(formula);
  const code = new Code([...inputs, "out", "end"].map(() => "i32" as const));
  const end = inputs.length + 1;
  const i = code.local("i32");
  const v = new Vectors(code, relaxed);
  code.while(
    i,
    () => code.get(end),
    16,
    () => {
      const given = inputs.map((_, k) =>
        code.get(k).get(i).op("i32.add").at("v128.load").keep("v128"),
      );
      const y = emitFormula(v, e, given);
      code.get(inputs.length).get(i).op("i32.add").get(y).at("v128.store");
    },
  );
  const bytes = assemble([{ code, export: "run" }]);
  const module = new WebAssembly.Module(bytes);
  return (columns) => {
    const length = columns[0]?.length ?? 0;
    const room = Math.ceil(length / 4) * 16;
    const pages = Math.ceil((room * (inputs.length + 1)) / 65536) + 1;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    inputs.forEach((dtype, k) => {
      const words = wordsOf(dtype, length, memory.buffer, k * room);
      words.set(columns[k] as ArrayLike<number>);
      if (dtype === "bool") words.set(words.map((x) => (x ? -1 : 0)));
    });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const addresses = [...inputs, "out"].map((_, k) => k * room);
    (exports.run as (...x: number[]) => void)(...addresses, room);
    return wordsOf(formula.dtype, length, memory.buffer, inputs.length * room);
  };
}
export const round = (dtype: DType, x: number): number => dtypes[dtype].round(x);
