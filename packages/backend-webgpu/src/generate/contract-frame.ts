/**
 * Module 3.106 — What all tilings of a product share: where a workgroup is, and what becomes of sums.
 *
 * An operand is zero where its guards fail, and zero times infinity is no zero. So a sum that is NaN
 * is computed once more by the invocation that has it, product by product, and only those count of
 * which both guards hold.
 */
import { type DType, isFloat } from "@mt/operators";
import { chunkOf } from "../wgsl/accuracy.ts";
import { storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { Known, type Operand, operandsOf, type Part } from "./contract-operand.ts";
import type { Group, Product } from "./contract-product.ts";
import type { Sums } from "./contract-registers.ts";
import { describe, groupsOf, pieceOf, type Tiling, tileOf } from "./contract-tiling.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { emitStores } from "./map.ts";
import { Point } from "./reads.ts";

/** Numbers of points, u32, as text. */
export interface Place {
  readonly batch: string;
  readonly piece: string;
  /** The tile's first row and column. */
  readonly row: string;
  readonly column: string;
  /** Points of the sum, from the first to the one after the last. */
  readonly from: string;
  readonly to: string;
}

/** Sums of pieces are not rounded to f16 before they are added up. */
export const scratchDtype = ({ kernel }: Product): DType =>
  isFloat(kernel.dtype) ? "f32" : kernel.dtype;

/** Rows of tiles that are worked on together. */
const band = 8;

export class Frame {
  readonly writer: ModuleWriter;
  readonly product: Product;
  readonly left: Operand;
  readonly right: Operand;
  readonly known: Known;
  readonly tiling: Tiling;
  readonly #grid: readonly [number, number, number];
  /** The binding of pieces' sums. */
  readonly #scratch: number;

  constructor(product: Product, tiling: Tiling, scratch: number, facts: Facts) {
    this.writer = new ModuleWriter(facts);
    this.product = product;
    this.tiling = tiling;
    this.#scratch = scratch;
    [this.left, this.right] = operandsOf(this.writer, product);
    this.known = new Known(this.writer);
    this.#grid = gridOf(groupsOf(product, tiling), facts);
  }

  /** Finds the workgroup's place, and ends those that have none. */
  enter(): Place {
    const { writer, product, tiling } = this;
    const { batch, rows, columns } = product;
    const [high, wide] = tileOf(tiling);
    const [x, y, z] = this.#grid;
    const groups = groupsOf(product, tiling);
    writer.line(`let number = ${groupNumber(this.#grid)};`);
    if (x * y * z > groups) writer.line(`if (number >= ${groups}u) { return; }`);
    const [down, right] = [Math.ceil(rows.size / high), Math.ceil(columns.size / wide)];
    let rest = "number";
    const take = (count: number): string => {
      if (count === 1) return "0u";
      const index = this.known.keep(`${rest} % ${count}u`, "w");
      rest = this.known.keep(`${rest} / ${count}u`, "w");
      return index;
    };
    const first = (index: string, size: number): string =>
      index === "0u" ? index : this.known.keep(`${index} * ${size}u`, "w");
    const [over, under] = this.#tile(take(right * down), down, right);
    const column = first(over, wide);
    const row = first(under, high);
    const place = { column, row, batch: take(batch.size), piece: take(tiling.pieces) };
    return { ...place, ...this.#points(this.known, place.piece) };
  }
  /**
   * Which tile across and which down. Large products go through bands of eight rows of tiles, column
   * by column, so that what neighbors read is still in the cache.
   */
  #tile(tile: string, down: number, over: number): readonly [string, string] {
    const { known, writer } = this;
    if (down <= band || over <= band) {
      if (over === 1) return ["0u", tile];
      const across = known.keep(`${tile} % ${over}u`, "w");
      return [across, down === 1 ? "0u" : known.keep(`${tile} / ${over}u`, "w")];
    }
    writer.line(`let band = ${tile} / ${band * over}u * ${band}u;`);
    writer.line(`let within = ${tile} % ${band * over}u;`);
    const height =
      down % band === 0 ? `${band}u` : known.keep(`min(${down}u - band, ${band}u)`, "w");
    const across = known.keep(`within / ${height}`, "w");
    return [across, known.keep(`band + within % ${height}`, "w")];
  }
  #points(known: Known, piece: string): { readonly from: string; readonly to: string } {
    const { size } = this.product.summed;
    const length = pieceOf(this.product, this.tiling);
    if (length >= size) return { from: "0u", to: `${size}u` };
    const from = known.keep(`${piece} * ${length}u`, "k");
    return { from, to: known.keep(`min(${from} + ${length}u, ${size}u)`, "k") };
  }
  /** What the batch adds to both operands' addresses. */
  bases(known: Known, { batch }: Pick<Place, "batch">): readonly [Part, Part] {
    const indices = known.digits(this.product.batch, batch, this.product);
    return [this.left.part(known, indices, true), this.right.part(known, indices, true)];
  }
  /** What a row or a column adds to its operand's; past the end are the last `width` again. */
  side(known: Known, operand: Operand, point: string, width: number): Part {
    const number = known.keep(`min(${point}, ${operand.side.size - width}u)`);
    return this.inside(known, operand, number);
  }
  /** The same for one that is not past the end. */
  inside(known: Known, operand: Operand, number: string): Part {
    return operand.part(known, known.digits(operand.side, number, this.product));
  }

  /** `walk` over the points of a sum, some at a time, after which its sums are put aside. */
  inChunks(
    { from, to }: Place,
    points: number,
    walk: (from: string, to: string) => void,
    sums: Sums,
  ): void {
    this.writer.block(`for (var c = ${from}; c < ${to}; c += ${points}u)`, () => {
      walk("c", `min(c + ${points}u, ${to})`);
      sums.pause();
    });
  }

  /** Does with a sum what is to be done; nothing for one past the end. */
  finish(place: Place, row: string, column: string, sum: string): void {
    this.writer.line(`finish(${row}, ${column}, ${place.batch}, ${place.piece}, ${sum});`);
  }

  end(invocations: number, more: readonly string[] = []): GeneratedKernel {
    this.#defineFinish();
    const { box } = this.product;
    const { outer } = this.product.kernel;
    const sizes = [box.slice(0, outer.length), box.slice(outer.length)].map((x) => x.join(" × "));
    const summary = `product [${sizes.join(" | ")}] in ${describe(this.tiling)}`;
    return this.writer.finish(invocations, [...parameters, ...more], this.#grid, summary);
  }

  #defineFinish(): void {
    const { writer, product, tiling } = this;
    const { kernel, batch, rows, columns } = product;
    const { dtype } = kernel;
    const type = storageOf(dtype).register;
    const [high, wide] = tileOf(tiling);
    const checked = isFloat(dtype) && (this.left.guarded || this.right.guarded);
    const names = "row: u32, column: u32, batch: u32, piece: u32";
    if (checked) this.#defineAgain(names, type);
    writer.define(`fn finish(${names}, total: ${type})`, () => {
      const known = new Known(writer);
      const past = [
        ...(rows.size % high ? [`row >= ${rows.size}u`] : []),
        ...(columns.size % wide ? [`column >= ${columns.size}u`] : []),
      ];
      if (past.length) writer.line(`if (${past.join(" || ")}) { return; }`);
      let sum = "total";
      if (checked) {
        sum = "sum";
        writer.line("var sum = total;");
        writer.line("if (is_nan(sum)) { sum = sum_again(row, column, batch, piece); }");
      }
      if (tiling.pieces > 1) {
        const array = writer.array(this.#scratch, scratchDtype(product), "read_write");
        const matrix = `(piece * ${batch.size}u + batch) * ${rows.size}u + row`;
        writer.line(`${array}[(${matrix}) * ${columns.size}u + column] = ${sum};`);
        return;
      }
      const groups: readonly (readonly [Group, string])[] = [
        [batch, "batch"],
        [rows, "row"],
        [columns, "column"],
      ];
      const found = groups.map(([group, number]) => known.digits(group, number, product));
      const indices = product.box.map(
        (_, axis) => found.map((list) => list[axis] as string).find((x) => x !== "0") ?? "0",
      );
      const point = new Point(writer, kernel.inputs, product.box, indices);
      const { narrow } = storageOf(dtype);
      point.knowResult(kernel.inputs.length, dtype, narrow ? narrow(sum) : sum);
      emitStores(point, kernel.stores);
    });
  }
  #defineAgain(names: string, type: string): void {
    const { writer, product, left, right } = this;
    writer.define(`fn sum_again(${names}) -> ${type}`, () => {
      const known = new Known(writer);
      const bases = this.bases(known, { batch: "batch" });
      const parts = [left, right].map((operand, k) =>
        operand.add(known, bases[k] as Part, this.inside(known, operand, k ? "column" : "row")),
      );
      const { from, to } = this.#points(known, "piece");
      writer.line(`var total = ${type}();`);
      writer.line(`var sum = ${type}();`);
      writer.block(`for (var k = ${from}; k < ${to}; k++)`, () => {
        const inside = known.inside();
        const indices = inside.digits(product.summed, "k", product);
        const values = [left, right].map((operand, k) => {
          const part = operand.add(inside, parts[k] as Part, operand.part(inside, indices));
          return { operand, part, holds: operand.holds(part) };
        });
        const tests = values.flatMap(({ holds }) => (holds === null ? [] : [holds]));
        writer.block(`if (${tests.join(" & ")})`, () => {
          const [x, y] = values.map(({ operand, part }) => operand.unguarded(part));
          writer.line(`sum += ${x} * ${y};`);
        });
        writer.line(
          `if (k % ${chunkOf(product.summed.size)}u == 0u) { total += sum; sum = ${type}(); }`,
        );
      });
      writer.line("return total + sum;");
    });
  }
}
