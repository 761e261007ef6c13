/**
 * Module 3.52 — The code of one function, written down as it runs.
 *
 * A stack machine: `code.get(x).get(y).op("f32x4.add").set(z)`. Control is structured, so a loop is
 * a function that writes its body, and a label is what that function is given. Vector constants are
 * kept in locals that are set once, where the function starts: inside a loop a constant costs
 * nothing (spelling it out there costs up to half of the speed).
 */
import { ByteWriter } from "./bytes.ts";
import {
  type Access,
  type Encoding,
  encodings,
  type Instruction,
  type LaneAccess,
  type LaneInstruction,
} from "./instructions.ts";

/** Types as bytes. */
export const types = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof types;

/** A variable of the function; its parameters come first. */
export type Local = number;
/** Where `branch` goes: out of a block, or back to the start of a loop. */
export type Label = number;

/** The bits of an f32, as an i32. */
export const bitsOf = (value: number): number =>
  new Int32Array(Float32Array.of(value).buffer)[0] as number;

export class Code {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #body = new ByteWriter();
  readonly #constants = new Map<string, readonly [local: Local, words: readonly number[]]>();
  /** Vector variables that no loop has forgotten. */
  readonly #kept: Local[] = [];
  #depth = 0;
  /** Where steps end, while copies are written (`inStep`), and how deep they stand. */
  #ends: number[] = [];
  #stepDepth = -1;

  constructor(parameters: readonly ValueType[], results: readonly ValueType[] = []) {
    this.parameters = parameters;
    this.results = results;
  }

  /** A new variable, 0 where the function starts. */
  local(type: ValueType): Local {
    const local = this.#declare(type);
    if (type === "v128") this.#kept.push(local);
    return local;
  }
  get(local: Local): this {
    return this.#with(0x20, local);
  }
  set(local: Local): this {
    this.#with(0x21, local);
    if (this.#depth === this.#stepDepth) this.#ends.push(this.#body.length);
    return this;
  }
  /** Sets and keeps the value on the stack. */
  tee(local: Local): this {
    return this.#with(0x22, local);
  }
  /** What the stack holds, in a new variable. */
  keep(type: ValueType): Local {
    const local = this.local(type);
    this.set(local);
    return local;
  }

  /**
   * Writes `count` copies of code that differ in their variables alone, and lays them out in turns:
   * the first step of each, then the second of each. A step ends where a variable is set, with
   * nothing left on the stack. Processors look ahead a hundred instructions or two, which chains as
   * long as an exponential's fill while they wait.
   */
  inStep<T>(count: number, write: (copy: number) => T): T[] {
    const start = this.#body.length;
    const outer = [this.#stepDepth, this.#ends] as const;
    this.#stepDepth = this.#depth;
    const copies = Array.from({ length: count }, (_, copy) => {
      this.#ends = [this.#body.length];
      const made = write(copy);
      this.#ends[this.#ends.length - 1] = this.#body.length; // what follows the last step is part of it
      return { made, ends: this.#ends };
    });
    [this.#stepDepth, this.#ends] = outer;
    const steps = (copies[0]?.ends.length ?? 0) - 1;
    if (steps > 1 && copies.every(({ ends }) => ends.length === steps + 1)) {
      const written = this.#body.takeFrom(start);
      for (let step = 0; step < steps; step++)
        for (const { ends } of copies)
          this.#body.append(
            written.subarray((ends[step] as number) - start, (ends[step + 1] as number) - start),
          );
    }
    return copies.map(({ made }) => made);
  }

  /** How many variables there are: for `forget`. */
  get count(): number {
    return this.parameters.length + this.#locals.length;
  }
  /**
   * Clears the vector variables made since there were `count`, at the end of a loop's body; those of
   * loops inside it are cleared already. Nothing reads them again, but the compiler does not know,
   * and would carry each from round to round.
   */
  forget(count: number): this {
    this.get(this.splat(0));
    while ((this.#kept.at(-1) ?? -1) >= count) this.tee(this.#kept.pop() as Local);
    return this.op("drop");
  }

  i32(value: number): this {
    this.#body.byte(0x41).signed(value);
    return this;
  }
  i64(value: bigint): this {
    this.#body.byte(0x42).signed64(value);
    return this;
  }
  f64(value: number): this {
    this.#body.byte(0x44).float64(value);
    return this;
  }
  /** A vector constant of four words, in a variable. */
  words(...four: readonly number[]): Local {
    const key = four.map((x) => x | 0).join();
    const known = this.#constants.get(key);
    if (known) return known[0];
    const local = this.#declare("v128");
    this.#constants.set(key, [local, four]);
    return local;
  }
  /** The same i32 in all lanes. */
  splat(value: number): Local {
    return this.words(value, value, value, value);
  }
  /** The same f32 in all lanes. */
  splatF32(value: number): Local {
    return this.splat(bitsOf(value));
  }
  /** The same f64 in both halves. */
  splatF64(value: number): Local {
    const [low = 0, high = 0] = new Int32Array(Float64Array.of(value).buffer);
    return this.words(low, high, low, high);
  }

  op(name: Instruction): this {
    const { prefix, code } = encodings.get(name) as Encoding;
    if (prefix) this.#body.byte(prefix).unsigned(code);
    else this.#body.byte(code);
    return this;
  }
  /** An i32 without sign, but `most` at most. */
  least(local: Local, most: number): this {
    return this.get(local).i32(most).get(local).i32(most).op("i32.lt_u").op("select");
  }
  /** A load (address on the stack) or a store (address, value), `offset` bytes further on. */
  at(name: Access | LaneAccess, offset = 0): this {
    this.op(name as never)
      .#body.unsigned(0)
      .unsigned(offset); // no hint of an alignment: engines take none
    return this;
  }
  /** A load into (address, vector), or a store of, one lane. */
  laneAt(name: LaneAccess, lane: number, offset = 0): this {
    this.at(name, offset).#body.byte(lane);
    return this;
  }
  lane(name: LaneInstruction, lane: number): this {
    this.op(name as never).#body.byte(lane);
    return this;
  }
  /** Bytes of two vectors on the stack, by number 0 … 31. */
  shuffle(bytes: readonly number[]): this {
    this.#body.byte(0xfd).unsigned(13).append(bytes);
    return this;
  }
  /** Words of two vectors on the stack, by number 0 … 7. */
  shuffleWords(...four: readonly number[]): this {
    return this.shuffle(four.flatMap((w) => [0, 1, 2, 3].map((byte) => 4 * w + byte)));
  }
  /** Function number `index` of the module, with arguments from the stack. */
  call(index: number): this {
    return this.#with(0x10, index);
  }

  /** `branch(label)` leaves the block. */
  block(body: (end: Label) => void): this {
    return this.#structure(0x02, body);
  }
  /** `branch(label)` runs the body again; falling off its end leaves the loop. */
  loop(body: (again: Label) => void): this {
    return this.#structure(0x03, body);
  }
  /** Takes a condition from the stack; both branches leave a value of `type` there, if there is one. */
  if(then: () => void, otherwise?: () => void, type?: ValueType): this {
    return this.#structure(0x04, then, otherwise, type);
  }
  branch(to: Label): this {
    return this.#with(0x0c, this.#depth - to);
  }
  /** Takes a condition from the stack. */
  branchIf(to: Label): this {
    return this.#with(0x0d, this.#depth - to);
  }
  /**
   * `for (; counter < end; counter += step)`, numbers without sign; `end` writes one on the stack.
   * Vector variables of the body end with it.
   */
  while(counter: Local, end: () => void, step: number, body: () => void): this {
    return this.block((out) => {
      this.get(counter);
      end();
      this.op("i32.ge_u").branchIf(out);
      this.loop((again) => {
        const { count } = this;
        body();
        this.forget(count).get(counter).i32(step).op("i32.add").tee(counter);
        end();
        this.op("i32.lt_u").branchIf(again);
      });
    });
  }

  /** The function as it stands in a module's code section. */
  finish(): Uint8Array {
    const all = new ByteWriter();
    all.unsigned(this.#locals.length);
    for (const type of this.#locals) all.unsigned(1).byte(types[type]);
    for (const [local, words] of this.#constants.values()) {
      all
        .byte(0xfd)
        .unsigned(12)
        .append(new Uint8Array(Int32Array.from(words).buffer));
      all.byte(0x21).unsigned(local);
    }
    return all.append(this.#body.bytes).byte(0x0b).bytes;
  }

  #declare(type: ValueType): Local {
    return this.parameters.length + this.#locals.push(type) - 1;
  }
  #with(code: number, operand: number): this {
    this.#body.byte(code).unsigned(operand);
    return this;
  }
  #structure(
    code: number,
    body: (label: Label) => void,
    otherwise?: () => void,
    type?: ValueType,
  ): this {
    this.#body.byte(code).byte(type ? types[type] : 0x40);
    body(++this.#depth);
    if (otherwise) {
      this.#body.byte(0x05);
      otherwise();
    }
    this.#depth--;
    this.#body.byte(0x0b);
    return this;
  }
}
