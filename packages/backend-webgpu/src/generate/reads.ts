/**
 * Module 3.97 — Inputs at a point.
 *
 * What a formula needs is read when it is first needed, each input once. Where a guard fails, or a
 * position lies outside, nothing is read at all.
 */
import type { Input, Linear, Read, Shape } from "@mt/backend";
import { type Argument, argument, type DType, type Expr, isFloat, postorder } from "@mt/operators";
import { emitFormulas, emitKnown, lowered, type Scope } from "../wgsl/formula.ts";
import { literal, storageOf } from "../wgsl/storage.ts";
import type { ModuleWriter } from "../wgsl/writer.ts";
import { formText, guardText, type Indices, rangeOf } from "./forms.ts";

export const dtypeOf = (input: Input): DType => (input.kind === "test" ? "bool" : input.dtype);

/** Whether an input's value depends on the index along some axis. */
export function movesAlong(input: Input, inputs: readonly Input[], axis: number): boolean {
  const along = (form: Linear): boolean => (form.strides[axis] ?? 0) !== 0;
  if (input.kind === "scalar") return false;
  if (input.kind === "index") return along(input);
  if (input.guards.some(along)) return true;
  if (input.kind === "test") return false;
  const position = input.indirect && inputs[input.indirect.input];
  return along(input) || (position !== undefined && movesAlong(position, inputs, axis));
}

/** A point of a kernel's box, and what is known there. */
export class Point {
  readonly writer: ModuleWriter;
  readonly inputs: readonly Input[];
  /** Extents of all axes, outer and inner. */
  readonly box: Shape;
  readonly indices: Indices;
  readonly #scope: Scope;
  readonly #access: "read" | "read_write";

  constructor(
    writer: ModuleWriter,
    inputs: readonly Input[],
    box: Shape,
    indices: Indices,
    scope: Scope = new Map(),
    access: "read" | "read_write" = "read",
  ) {
    this.writer = writer;
    this.inputs = inputs;
    this.box = box;
    this.indices = indices;
    this.#scope = scope;
    this.#access = access;
  }

  /** This point with more indices known: what is written there is not known here. */
  inside(indices: Indices): Point {
    const { writer, inputs, box } = this;
    return new Point(writer, inputs, box, indices, new Map(this.#scope), this.#access);
  }
  /** The same point in a block of its own. */
  inBlock(): Point {
    return this.inside(this.indices);
  }

  /** Makes an argument known. */
  know(index: number, dtype: DType, name: string): void {
    this.#scope.set(argument(index, dtype), name);
  }
  /** The same for what a fold came to: compilers must not see what that was made of. */
  knowResult(index: number, dtype: DType, made: string): void {
    const text = isFloat(dtype) ? `as_rounded(${made})` : made;
    this.know(index, dtype, this.writer.keep(text, "f"));
  }

  /** The values of formulas, with all that they need. */
  values(formulas: readonly Expr[]): readonly string[] {
    for (const x of argumentsOf(formulas)) this.#require(x);
    return emitFormulas(this.writer, formulas, this.#scope);
  }
  value(formula: Expr): string {
    return this.values([formula])[0] as string;
  }

  /** Names all parts of formulas that can be known without moving along some axes. */
  settle(formulas: readonly Expr[], axes: readonly number[]): void {
    for (const x of argumentsOf(formulas)) {
      const input = this.inputs[x.index];
      if (input && !axes.some((axis) => movesAlong(input, this.inputs, axis))) this.#require(x);
    }
    emitKnown(this.writer, formulas, this.#scope);
  }

  #require(x: Argument): void {
    const input = this.inputs[x.index];
    if (!input || this.#scope.has(x)) return;
    this.#scope.set(x, this.#input(input, x.index));
  }
  #input(input: Input, index: number): string {
    const { writer, indices, box } = this;
    if (input.kind === "scalar") return writer.keep(writer.number(input.index, input.dtype), "x");
    if (input.kind === "test") return writer.keep(guardText(input.guards, box, indices), "x");
    if (input.kind === "index") {
      const form = formText(input, indices);
      return writer.keep(input.dtype === "u32" ? `u32(${form})` : form, "x");
    }
    return this.#read(input, index);
  }
  #read(input: Read, index: number): string {
    const { writer, indices, box } = this;
    const { slot, dtype, guards, fill, indirect } = input;
    const inside = guardText(guards, box, indices);
    if (inside === "false" || isBefore(input, box)) return literal(fill, dtype);
    const tests = inside === "true" ? [] : [inside];
    let place = formText(input, indices);
    if (indirect) {
      const position = this.#position(indirect.input);
      tests.push(`u32(${position}) < ${indirect.extent}u`);
      place = `${place} + i32(${position}) * ${indirect.stride}i`;
    }
    const array = writer.array(slot, dtype, this.#access);
    const { load, register } = storageOf(dtype);
    const element = load(`${array}[${place}]`);
    if (tests.length === 0) return writer.keep(element, `x${index}`);
    const name = writer.name(`x${index}`);
    writer.line(`var ${name}: ${register} = ${literal(fill, dtype)};`);
    writer.line(`if (${tests.join(" && ")}) { ${name} = ${element}; }`);
    return name;
  }
  /** The value of the integer input that gives a position. */
  #position(index: number): string {
    const input = this.inputs[index] as Input;
    const x = argument(index, dtypeOf(input));
    this.#require(x);
    return this.#scope.get(x) as string;
  }
}

/** Whether a read lies before its slot all over the box: its guards cannot hold then. */
const isBefore = (read: Read, box: Shape): boolean => !read.indirect && rangeOf(read, box)[1] < 0;

/** Arguments of formulas as they are written on the device. */
function argumentsOf(formulas: readonly Expr[]): readonly Argument[] {
  return postorder(...formulas.map(lowered)).filter((x) => x.kind === "arg");
}
