/**
 * Module 3.103b — An operand of a product: elements at a row, or a column, and a point of the sum.
 *
 * Its address, and each of its guards, is a sum of parts: of the batch, of the row or column, of the
 * point. A part is computed as soon as its group's index is known, so only the last addition and the
 * comparisons are left where elements are read. Four neighbors along the axis in which it lies
 * densely are read at once, in one piece if their addresses are multiples of four.
 */
import type { ContractKernel, Guard, Linear, Read } from "@mt/backend";
import { type DType, dtypes } from "@mt/operators";
import { convert } from "../wgsl/primitives.ts";
import { storageOf } from "../wgsl/storage.ts";
import type { ModuleWriter } from "../wgsl/writer.ts";
import type { Group, Product } from "./contract-product.ts";
import { formText, type Indices, pointIndices, rangeOf } from "./forms.ts";

/** What is known of an address, and of the values of guards: texts that are to be added up. */
export interface Part {
  readonly address: readonly string[];
  readonly guards: readonly (readonly string[])[];
}

/** Values by their text, so that none is written twice in a block. */
export class Known {
  readonly writer: ModuleWriter;
  readonly #names: Map<string, string>;

  constructor(writer: ModuleWriter, names: Map<string, string> = new Map()) {
    this.writer = writer;
    this.#names = names;
  }
  /** What is known in a block of its own. */
  inside(): Known {
    return new Known(this.writer, new Map(this.#names));
  }
  keep(text: string, prefix = "p"): string {
    if (/^\w+$/.test(text)) return text;
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = this.writer.keep(text, prefix);
    this.#names.set(text, name);
    return name;
  }
  /** The indices of a group's axes, from the number of a point in it: u32. */
  digits(group: Group, point: string, product: Product): Indices {
    const indices = product.box.map(() => "0");
    if (group.axes.length === 0) return indices;
    const key = `${group.axes.join("_")} of ${point}`;
    const prefix = this.#names.get(key) ?? this.writer.name("i");
    if (!this.#names.has(key)) {
      pointIndices(group.extents, point, `${prefix}_`, (line) => this.writer.line(line));
      this.#names.set(key, prefix);
    }
    group.axes.forEach((axis, k) => {
      indices[axis] = `${prefix}_${k}`;
    });
    return indices;
  }
}

/** Along which group of axes neighbors are read. */
export type Direction = "side" | "summed";

const zeroUnless = (test: string | null, value: string, zero: string): string =>
  test === null ? value : `select(${zero}, ${value}, ${test})`;
const sumText = (terms: readonly string[]): string => (terms.length ? terms.join(" + ") : "0i");

export class Operand {
  readonly side: Group;
  readonly direction: Direction;
  /** Whether four neighbors are one element of the array. */
  readonly whole: boolean;
  /** WGSL type of an element, and of a sum of products. */
  readonly element: string;
  readonly sum: string;
  readonly #read: Read;
  readonly #array: string;
  readonly #guards: readonly Guard[];
  readonly #dtype: DType;

  constructor(writer: ModuleWriter, product: Product, side: Group, read: Read, whole: boolean) {
    const { dtype } = product.kernel;
    this.side = side;
    this.#read = read;
    this.#guards = liveGuards(read, product);
    this.direction = directionOf(read, side, product);
    this.whole = whole;
    this.#dtype = dtype;
    this.sum = storageOf(dtype).register;
    this.element = read.dtype === "f16" ? "f16" : this.sum;
    const stored = storageOf(read.dtype).element;
    this.#array = writer.array(read.slot, read.dtype, "read", whole ? `vec4<${stored}>` : stored);
  }

  get guarded(): boolean {
    return this.#guards.length > 0;
  }

  /** What indices add to an address and to guards; the offsets belong to one part of all. */
  part(known: Known, indices: Indices, withOffset = false): Part {
    const text = (form: Linear): readonly string[] => {
      const made = formText({ ...form, offset: withOffset ? form.offset : 0 }, indices);
      return made === "0i" ? [] : [known.keep(made)];
    };
    return { address: text(this.#read), guards: this.#guards.map(text) };
  }
  add(known: Known, ...parts: readonly Part[]): Part {
    const sum = (terms: readonly string[]): readonly string[] =>
      terms.length > 1 ? [known.keep(terms.join(" + "))] : terms;
    return {
      address: sum(parts.flatMap((part) => part.address)),
      guards: this.#guards.map((_, k) => sum(parts.flatMap((part) => part.guards[k] ?? []))),
    };
  }

  /** One element as a value of the sum's type, 0 where a guard fails. */
  scalar(known: Known, part: Part): string {
    const [place, test] = this.#place(known, part, null);
    return known.keep(zeroUnless(test, this.#widened(this.#at(place)), `${this.sum}()`), "x");
  }
  /**
   * Puts four neighbors into a variable: one part if they are read as a whole, else four. Zero where
   * guards or `mask` fail.
   */
  quad(
    known: Known,
    name: string,
    parts: readonly Part[],
    masks: readonly (string | null)[],
  ): void {
    const type = `vec4<${this.element}>`;
    const same = this.element === storageOf(this.#read.dtype).element;
    const elements = parts.map((part, k) => {
      const [place, test] = this.#place(known, part, masks[k] ?? null);
      if (!this.whole) return zeroUnless(test, this.#raised(this.#at(place)), `${this.element}()`);
      const four = `${this.#array}[(${place}) >> 2u]`;
      return zeroUnless(test, same ? four : `${type}(${four})`, `${type}()`);
    });
    const value = this.whole ? elements[0] : `${type}(${elements.join(", ")})`;
    known.writer.line(`${name} = ${value};`);
  }
  /** A component, or all, of what `quad` gave, in the sum's type. */
  widen(text: string): string {
    return this.element === this.sum ? text : `${this.sum}(${text})`;
  }
  widenQuad(text: string): string {
    return this.element === this.sum ? text : `vec4<${this.sum}>(${text})`;
  }

  /** One element where all guards are known to hold, as a value of the sum's type. */
  unguarded({ address }: Part): string {
    return this.#widened(this.#at(sumText(address)));
  }
  /** Whether all guards hold; null if there are none. Without branches: no `&&`. */
  holds(part: Part, mask: string | null = null): string | null {
    const tests = this.#guards.map(
      ({ extent }, k) => `(u32(${sumText(part.guards[k] ?? [])}) < ${extent}u)`,
    );
    if (mask !== null) tests.unshift(`(${mask})`);
    return tests.length ? tests.join(" & ") : null;
  }
  /** Where an element lies, the first one where a guard fails; and whether none does. */
  #place(known: Known, part: Part, mask: string | null): readonly [string, string | null] {
    const holds = this.holds(part, mask);
    const place = sumText(part.address);
    if (holds === null) return [place, null];
    const test = known.keep(holds, "h");
    return [`select(0i, ${place}, ${test})`, test];
  }
  #at(place: string): string {
    return this.whole
      ? `${this.#array}[(${place}) >> 2u][(${place}) & 3i]`
      : `${this.#array}[${place}]`;
  }
  /** As `element`, which stays narrow only for f16. */
  #raised(text: string): string {
    return this.element === "f16" ? text : this.#widened(text);
  }
  #widened(text: string): string {
    return convert(storageOf(this.#read.dtype).load(text), this.#read.dtype, this.#dtype);
  }
}

/** Guards that do not hold all over the box. */
function liveGuards(read: Read, { box }: Product): readonly Guard[] {
  return read.guards.filter((guard) => {
    const [low, high] = rangeOf(guard, box);
    return low < 0 || high >= guard.extent;
  });
}

const lastAxis = (group: Group): number => group.axes.at(-1) ?? -1;
const strideOf = (form: Linear, axis: number): number => form.strides[axis] ?? 0;

/** Whether aligned fours along a group's last axis are elements of an array of fours. */
function readsWhole(read: Read, group: Group, product: Product): boolean {
  const axis = lastAxis(group);
  const along = product.box[axis] ?? 1;
  const others = read.strides.every((stride, k) => k === axis || stride % 4 === 0);
  const still = liveGuards(read, product).every((guard) => strideOf(guard, axis) === 0);
  const dense = strideOf(read, axis) === 1 && along % 4 === 0 && read.offset % 4 === 0;
  return dense && others && still && dtypes[read.dtype].kind !== "bool" && read.dtype !== "u8";
}

function directionOf(read: Read, side: Group, product: Product): Direction {
  const { summed } = product;
  if (readsWhole(read, side, product)) return "side";
  if (readsWhole(read, summed, product)) return "summed";
  const distance = (group: Group): number => Math.abs(strideOf(read, lastAxis(group))) || Infinity;
  return distance(summed) < distance(side) ? "summed" : "side";
}

/** Whether the kernel uses a slot in another way than as these operands. */
function sharesSlot(
  { inputs, stores }: ContractKernel,
  slot: number,
  own: readonly Read[],
): boolean {
  const others = inputs.filter((x) => x.kind === "read" && !own.includes(x) && x.slot === slot);
  return others.length > 0 || stores.some((store) => store.slot === slot);
}

/** Both operands: what moves along the rows, and what moves along the columns. */
export function operandsOf(writer: ModuleWriter, product: Product): readonly [Operand, Operand] {
  const { kernel, rows, columns, summed } = product;
  const sides = [rows, columns] as const;
  const reads = [product.left, product.right].map((k) => kernel.inputs[k] as Read);
  const fits = reads.map((read, k) =>
    [sides[k] as Group, summed].some((group) => readsWhole(read, group, product)),
  );
  const own = (read: Read): boolean => !sharesSlot(kernel, read.slot, reads);
  const same = reads[0]?.slot === reads[1]?.slot; // then both are read in one way
  const whole = reads.map(
    (read, k) => own(read) && (same ? fits.every(Boolean) : (fits[k] ?? false)),
  );
  const make = (k: 0 | 1): Operand =>
    new Operand(writer, product, sides[k], reads[k] as Read, whole[k] ?? false);
  return [make(0), make(1)];
}

/** Along what the larger operand is read: neighbors in a workgroup should be neighbors there. */
export function mainDirection(product: Product): Direction {
  const { kernel, rows, columns } = product;
  const [input, side] = rows.size >= columns.size ? [product.left, rows] : [product.right, columns];
  return directionOf(kernel.inputs[input] as Read, side, product);
}

/** How operands are read, in a few letters: products that are read alike are alike. */
export function layoutText(product: Product): string {
  const { kernel, rows, columns, summed } = product;
  const sides = [
    [product.left, rows],
    [product.right, columns],
  ] as const;
  return sides
    .map(([input, side]) => {
      const read = kernel.inputs[input] as Read;
      const direction = directionOf(read, side, product);
      const four = readsWhole(read, direction === "side" ? side : summed, product) ? "4" : "";
      return `${read.dtype}:${direction}${four}${liveGuards(read, product).length ? "?" : ""}`;
    })
    .join(" ");
}
