/**
 * Module 3.104 — Sums of products in registers: what every invocation computes of a tile.
 *
 * A tile of `high` rows and `wide` columns takes high + wide elements to read for high · wide
 * products. Columns stand four to a register where they come in fours.
 */
import type { ModuleWriter } from "../wgsl/writer.ts";
import type { Operand } from "./contract-operand.ts";

/** Some elements of one operand at one point of the sum, or at four. */
export interface Fragment {
  /** The element of row or column `i` at point `k`. */
  scalar(i: number, k: number): string;
  /** Those of columns 4q … 4q + 3. */
  quad(q: number, k: number): string;
}

/** Which rows, or columns, of a tile belong to one invocation. */
export interface Share {
  /** How many, and how many invocations share the tile. */
  readonly count: number;
  readonly across: number;
  /** Whether neighbors come in fours; else `across` lie between one and the next. */
  readonly fours: boolean;
}
/** The place in the tile of an invocation's row or column number `i`; `own`: its number, u32. */
export function placeIn({ across, fours }: Share, own: string, i: number): string {
  const [scale, offset] = fours ? [4, Math.floor(i / 4) * 4 * across + (i % 4)] : [1, i * across];
  const scaled = scale === 1 ? own : `${own} * ${scale}u`;
  return offset === 0 ? scaled : `${scaled} + ${offset}u`;
}

/** The same for one whose number is only known when it runs: `i`, u32. */
export function placeOf({ count, across, fours }: Share, own: string, i: string): string {
  if (count === 1) return own;
  if (!fours) return `${own} + ${i} * ${across}u`;
  return count === 4 ? `${own} * 4u + ${i}` : `(${own} + ${i} / 4u * ${across}u) * 4u + ${i} % 4u`;
}

const components = "xyzw";

/** Elements that lie in variables of four along the sum: one for each row or column. */
export function alongSum(operand: Operand, names: readonly string[]): Fragment {
  const scalar = (i: number, k: number): string => operand.widen(`${names[i]}.${components[k]}`);
  return {
    scalar,
    quad: (q, k) =>
      `vec4<${operand.sum}>(${[0, 1, 2, 3].map((c) => scalar(4 * q + c, k)).join(", ")})`,
  };
}
/** Elements that lie in variables of four along the rows or columns: for each point, by fours. */
export function alongSide(operand: Operand, names: readonly (readonly string[])[]): Fragment {
  const name = (q: number, k: number): string => names[k]?.[q] as string;
  return {
    scalar: (i, k) => operand.widen(`${name(Math.floor(i / 4), k)}.${components[i % 4]}`),
    quad: (q, k) => operand.widenQuad(name(q, k)),
  };
}
/** Elements in variables of their own, in the sum's type. */
export function apart(operand: Operand, names: readonly (readonly string[])[]): Fragment {
  const scalar = (i: number, k: number): string => names[k]?.[i] as string;
  return {
    scalar,
    quad: (q, k) =>
      `vec4<${operand.sum}>(${[0, 1, 2, 3].map((c) => scalar(4 * q + c, k)).join(", ")})`,
  };
}

/** An invocation's sums; long ones are put aside now and then, where they take no registers. */
export class Sums {
  readonly #writer: ModuleWriter;
  readonly #type: string;
  readonly #high: number;
  readonly #wide: number;
  /** Columns in a register. */
  readonly #width: number;
  readonly #register: string;
  readonly #pauses: boolean;

  constructor(writer: ModuleWriter, type: string, high: number, wide: number, pauses: boolean) {
    this.#writer = writer;
    this.#type = type;
    this.#high = high;
    this.#wide = wide;
    this.#width = wide % 4 === 0 ? 4 : 1;
    this.#register = this.#width === 4 ? `vec4<${type}>` : type;
    this.#pauses = pauses;
    for (const name of this.#names) writer.line(`var ${name} = ${this.#register}();`);
    const count = this.#names.length;
    if (pauses) writer.declare(`var<private> totals: array<${this.#register}, ${count}>;`);
  }
  get #names(): readonly string[] {
    const columns = this.#wide / this.#width;
    return Array.from(
      { length: this.#high * columns },
      (_, i) => `s${Math.floor(i / columns)}_${i % columns}`,
    );
  }

  /** Adds the products at some points of the sum. */
  add(left: Fragment, right: Fragment, points: number): void {
    for (let k = 0; k < points; k++) {
      const columns = Array.from({ length: this.#wide / this.#width }, (_, q) =>
        this.#writer.keep(this.#width === 4 ? right.quad(q, k) : right.scalar(q, k), "y"),
      );
      for (let r = 0; r < this.#high; r++) {
        const x = left.scalar(r, k);
        columns.forEach((y, q) => {
          this.#writer.line(`s${r}_${q} += ${x} * ${y};`);
        });
      }
    }
  }
  /** Adds the sums to those that were put aside, and begins new ones. */
  pause(): void {
    this.#names.forEach((name, i) => {
      this.#writer.line(`totals[${i}] += ${name}; ${name} = ${this.#register}();`);
    });
  }
  /** The sum of a row and a column. */
  at(row: number, column: number): string {
    const columns = this.#wide / this.#width;
    const q = Math.floor(column / this.#width);
    const name = this.#pauses ? `totals[${row * columns + q}]` : `s${row}_${q}`;
    return this.#width === 4 ? `${name}.${components[column % 4]}` : name;
  }
  /** `use` for each row and column of an invocation's, in a loop: code for one stands for all. */
  each(use: (row: string, column: string, sum: string) => void): void {
    const count = this.#high * this.#wide;
    if (count === 1) {
      use("0u", "0u", this.at(0, 0));
      return;
    }
    if (!this.#pauses) {
      const all = Array.from({ length: count }, (_, i) =>
        this.at(Math.floor(i / this.#wide), i % this.#wide),
      );
      this.#writer.line(`var sums = array<${this.#type}, ${count}>(${all.join(", ")});`);
    }
    const put = this.#width === 4 ? "totals[i / 4u][i % 4u]" : "totals[i]";
    this.#writer.block(`for (var i = 0u; i < ${count}u; i++)`, () => {
      const [row, column] =
        this.#wide === 1 ? ["i", "0u"] : [`i / ${this.#wide}u`, `i % ${this.#wide}u`];
      use(`(${row})`, `(${column})`, this.#pauses ? put : "sums[i]");
    });
  }
}
