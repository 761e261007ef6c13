/**
 * A module to read: its code by instruction, with the offset of each in the bytes.
 *
 * The other way round than `src/wasm`, from the same tables, so that what is printed is what was
 * meant, and for modules made there: one type of block, no tables of its own, no globals.
 */
import { encodings, laneMemory, lanes, memory, vectorMemory } from "../../src/wasm/instructions.ts";

/** An instruction, and how deep it stands in blocks. */
export interface Line {
  readonly offset: number;
  readonly depth: number;
  readonly text: string;
}
/** A function of the module: the variables it has beside its parameters, and its instructions. */
export interface Listing {
  readonly locals: readonly string[];
  readonly lines: readonly Line[];
}

const types = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
]);
const typeOf = (byte: number): string => types.get(byte) ?? "";

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  byte(): number {
    return this.#bytes[this.offset++] as number;
  }
  /** Seven bits a byte, the lowest first. */
  #groups(): readonly [value: bigint, bits: bigint] {
    let value = 0n;
    for (let bits = 0n; ; bits += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << bits;
      if (byte < 128) return [value, bits + 7n];
    }
  }
  unsigned(): number {
    return Number(this.#groups()[0]);
  }
  signed(): bigint {
    const [value, bits] = this.#groups();
    return BigInt.asIntN(Number(bits), value);
  }
  float64(): number {
    this.offset += 8;
    return this.#view.getFloat64(this.offset - 8, true);
  }
  /** A vector as four floats if they look like floats, else as four words. */
  vector(): string {
    const words = Array.from({ length: 4 }, (_, k) =>
      this.#view.getInt32(this.offset + 4 * k, true),
    );
    const floats = words.map((_, k) => this.#view.getFloat32(this.offset + 4 * k, true));
    this.offset += 16;
    const plain = floats.every((x) => x === 0 || (Math.abs(x) > 1e-20 && Math.abs(x) < 1e20));
    return plain ? `f32 ${floats.join(" ")}` : `i32 ${words.join(" ")}`;
  }
}

/** What follows an instruction's code, as text. */
type Operand = (r: Reader) => string;
const index: Operand = (r) => String(r.unsigned());
const access: Operand = (r) => {
  r.unsigned(); // a hint of the alignment
  const offset = r.unsigned();
  return offset ? `offset=${offset}` : "";
};
const lane: Operand = (r) => String(r.byte());
const none: Operand = () => "";
const block: Operand = (r) => typeOf(r.byte());
const codeOf = (prefix: number, code: number): string => `${prefix} ${code}`;

const instructions = new Map<string, readonly [name: string, operand: Operand]>([
  [codeOf(0, 0x02), ["block", block]],
  [codeOf(0, 0x03), ["loop", block]],
  [codeOf(0, 0x04), ["if", block]],
  [codeOf(0, 0x05), ["else", none]],
  [codeOf(0, 0x0b), ["end", none]],
  [codeOf(0, 0x0c), ["br", index]],
  [codeOf(0, 0x0d), ["br_if", index]],
  [codeOf(0, 0x10), ["call", index]],
  [codeOf(0, 0x20), ["local.get", index]],
  [codeOf(0, 0x21), ["local.set", index]],
  [codeOf(0, 0x22), ["local.tee", index]],
  [codeOf(0, 0x41), ["i32.const", (r) => String(r.signed())]],
  [codeOf(0, 0x42), ["i64.const", (r) => String(r.signed())]],
  [codeOf(0, 0x44), ["f64.const", (r) => String(r.float64())]],
  [codeOf(0xfd, 12), ["v128.const", (r) => r.vector()]],
  [
    codeOf(0xfd, 13),
    ["i8x16.shuffle", (r) => Array.from({ length: 16 }, () => r.byte()).join(" ")],
  ],
]);
const operandOf = (name: string): Operand => {
  if (name in memory || name in vectorMemory) return access;
  if (name in laneMemory) return (r) => `${access(r)} ${lane(r)}`.trim();
  return name in lanes ? lane : none;
};
for (const [name, { prefix, code }] of encodings)
  instructions.set(codeOf(prefix, code), [name, operandOf(name)]);

function listing(r: Reader, end: number): Listing {
  const locals: string[] = [];
  for (let runs = r.unsigned(); runs > 0; runs--) {
    const count = r.unsigned();
    locals.push(...new Array<string>(count).fill(typeOf(r.byte())));
  }
  const lines: Line[] = [];
  let depth = 0;
  while (r.offset < end) {
    const { offset } = r;
    const first = r.byte();
    const prefixed = first === 0xfc || first === 0xfd;
    const key = prefixed ? codeOf(first, r.unsigned()) : codeOf(0, first);
    const known = instructions.get(key);
    if (!known) throw new Error(`no instruction ${key} at byte ${offset}`);
    const [name, operand] = known;
    if (name === "end" || name === "else") depth = Math.max(0, depth - 1);
    lines.push({ offset, depth, text: `${name} ${operand(r)}`.trim() });
    if (["block", "loop", "if", "else"].includes(name)) depth++;
  }
  return { locals, lines };
}

/** The functions of a module. @throws Error for an instruction that kernels have no use for. */
export function disassemble(bytes: Uint8Array): readonly Listing[] {
  const r = new Reader(bytes);
  r.offset = 8; // "\0asm" and the version
  const functions: Listing[] = [];
  while (r.offset < bytes.length) {
    const section = r.byte();
    const length = r.unsigned();
    const end = r.offset + length;
    if (section === 10)
      for (let count = r.unsigned(); count > 0; count--) {
        const size = r.unsigned();
        functions.push(listing(r, r.offset + size));
      }
    r.offset = end;
  }
  return functions;
}

/** Lines as text, one below the other. */
export const textOf = (lines: readonly Line[]): string =>
  lines
    .map(({ offset, depth, text }) => `${String(offset).padStart(4)}  ${"  ".repeat(depth)}${text}`)
    .join("\n");
