/** Elements into lanes and back, for every dtype. */
import type { DType } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { roundHalf } from "../../src/vectors/half.ts";
import {
  bytesOf,
  decode,
  encode,
  loadFour,
  loadLane,
  loadSplat,
  storeFour,
  storeLane,
} from "../../src/vectors/storage.ts";
import { Vectors } from "../../src/vectors/vectors.ts";
import { Code, type Local } from "../../src/wasm/code.ts";
import { assemble } from "../../src/wasm/module.ts";

const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
const bytes = new Uint8Array(memory.buffer);
/** Runs code that has an input and an output address. */
function run(
  write: (v: Vectors, input: Local, output: Local) => void,
  input: number,
  output: number,
) {
  const code = new Code(["i32", "i32"]);
  write(new Vectors(code), 0, 1);
  const module = new WebAssembly.Module(assemble([{ code, export: "run" }]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.run as (...x: number[]) => void)(input, output);
}
/** An f16 as a number: https://en.wikipedia.org/wiki/Half-precision_floating-point_format */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

describe.each(["f32", "i32", "u32", "u8", "bool", "f16"] as const)("%s", (dtype: DType) => {
  const width = bytesOf(dtype);
  const some =
    dtype === "bool" ? [1, 0, 1, 1] : [1, 200, 77, 254].map((x) => (width > 1 ? x * 97 : x));
  const put = () => {
    bytes.fill(170, 0, 256);
    some.forEach((x, i) => {
      for (let k = 0; k < width; k++) bytes[64 + i * width + k] = (x >> (8 * k)) & 255;
    });
  };
  const found = () => [...bytes.subarray(128 - width, 128 + 5 * width)];
  const wanted = (order: readonly (number | null)[]) =>
    [null, ...order, null].flatMap((k) =>
      k === null
        ? new Array(width).fill(170)
        : [...bytes.subarray(64 + k * width, 64 + (k + 1) * width)],
    );

  test("four neighbours, no byte beside them", () => {
    put();
    run(
      (v, x, y) => storeFour(v.code, dtype, encode(v, dtype, loadFour(v, dtype, x, 64)), y, 64),
      0,
      64,
    );
    expect(found()).toEqual(wanted([0, 1, 2, 3]));
  });
  test("one element in all lanes", () => {
    put();
    run(
      (v, x, y) => storeFour(v.code, dtype, encode(v, dtype, loadSplat(v, dtype, x, width)), y, 0),
      64,
      128,
    );
    expect(found()).toEqual(wanted([1, 1, 1, 1]));
  });
  test("lane by lane", () => {
    put();
    run(
      (v, x, y) => {
        const raw = v.code.local("v128");
        for (const lane of [3, 0, 2, 1])
          loadLane(v.code, dtype, raw, lane, () => void v.code.get(x), (3 - lane) * width);
        const packed = encode(v, dtype, decode(v, dtype, raw));
        for (const lane of [1, 2]) storeLane(v.code, dtype, packed, lane, y, lane * width);
      },
      64,
      128,
    );
    expect(found()).toEqual(wanted([null, 2, 1, null]));
  });
});

describe("f16", () => {
  test("every pattern of 16 bits is the number it stands for, and comes back", () => {
    const words = new Uint16Array(memory.buffer, 1024, 65536).map((_, i) => i);
    new Uint16Array(memory.buffer, 1024, 65536).set(words);
    const [numbers, back] = [200_000, 600_000];
    for (const [from, to, write] of [
      [
        1024,
        numbers,
        (v: Vectors, x: Local, y: Local) =>
          void v.code
            .get(y)
            .get(loadFour(v, "f16", x, 0))
            .at("v128.store"),
      ],
      [
        numbers,
        back,
        (v: Vectors, x: Local, y: Local) =>
          storeFour(v.code, "f16", encode(v, "f16", loadFour(v, "f32", x, 0)), y, 0),
      ],
    ] as const) {
      const [step, stride] = from === 1024 ? [8, 16] : [16, 8];
      run(
        (v, x, y) => {
          const [i, a, b] = ["i32", "i32", "i32"].map(() => v.code.local("i32")) as [
            Local,
            Local,
            Local,
          ];
          v.code.while(
            i,
            () => v.code.i32(16384),
            1,
            () => {
              v.code.get(x).get(i).i32(step).op("i32.mul").op("i32.add").set(a);
              v.code.get(y).get(i).i32(stride).op("i32.mul").op("i32.add").set(b);
              write(v, a, b);
            },
          );
        },
        from,
        to,
      );
    }
    const decoded = new Float32Array(memory.buffer, numbers, 65536);
    const encoded = new Uint16Array(memory.buffer, back, 65536);
    const isNumber = words.map((bits) => Number(!Number.isNaN(half(bits))));
    expect([...decoded].findIndex((x, i) => !Object.is(x, half(i)))).toBe(-1);
    expect([...encoded].findIndex((x, i) => isNumber[i] && x !== i)).toBe(-1);
  });
  test("rounds to the nearest, halves to even, as Math.f16round", () => {
    const { f16round } = Math as unknown as { f16round?: (x: number) => number };
    if (!f16round) return; // Node 22 has no such function
    const values = new Float32Array(memory.buffer, 0, 4096);
    for (let i = 0; i < 4096; i++) {
      const base = half(Math.imul(i, 2654435761) >>> 16);
      const next = half((Math.imul(i, 2654435761) >>> 16) ^ 1);
      values[i] =
        i % 3 === 0
          ? (base + next) / 2
          : i % 3 === 1
            ? base * 1.0004
            : base + (next - base) * 0.4999;
    }
    values.set([
      65519.99,
      65520,
      1e30,
      -1e30,
      2 ** -25,
      2 ** -25 * 1.0001,
      -0,
      Number.NaN,
      Infinity,
    ]);
    const wanted = [...values].map(f16round);
    run(
      (v, x, y) => {
        const [i, a, b] = [v.code.local("i32"), v.code.local("i32"), v.code.local("i32")];
        v.code.while(
          i,
          () => v.code.i32(16384),
          16,
          () => {
            v.code.get(x).get(i).op("i32.add").set(a);
            v.code.get(y).get(i).op("i32.add").set(b);
            v.code
              .get(b)
              .get(roundHalf(v, loadFour(v, "f32", a, 0)))
              .at("v128.store");
          },
        );
      },
      0,
      32768,
    );
    expect([...new Float32Array(memory.buffer, 32768, 4096)]).toEqual(wanted);
  });
});
