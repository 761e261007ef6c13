/**
 * Module 3.107d — Products by subgroups: what tensor cores are for.
 *
 * A subgroup as a whole multiplies squares of f16 and keeps the sums, in f32, where only it knows. They
 * come out through the workgroup's memory, a square at a time, and are finished like any other.
 * https://github.com/gpuweb/gpuweb/blob/main/proposals/subgroup-matrix.md
 */
import { Frame } from "./contract-frame.ts";
import type { Product } from "./contract-product.ts";
import { Stage, type Tile } from "./contract-stage.ts";
import { isRagged, type MatrixTiling, tileOf } from "./contract-tiling.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";

const grid = (high: number, wide: number): (readonly [number, number])[] =>
  Array.from({ length: high * wide }, (_, i) => [Math.floor(i / wide), i % wide]);

class MatrixWriter {
  readonly #frame: Frame;
  readonly #tiling: MatrixTiling;
  readonly #stage: Stage;

  constructor(product: Product, tiling: MatrixTiling, scratch: number, facts: Facts) {
    this.#frame = new Frame(product, tiling, scratch, facts);
    this.#tiling = tiling;
    const { across, subgroup, points } = tiling;
    this.#stage = new Stage(this.#frame, {
      invocations: subgroup * across[0] * across[1],
      points,
      ragged: isRagged(product, tiling),
      gaps: { side: 2, summed: 2 }, // lines begin at multiples of 16 bytes
      apart: true,
    });
  }

  generate(): GeneratedKernel {
    const { writer, known, left, right, bases, place } = this.#enter();
    const { high, wide, across, points, square, subgroup } = this.#tiling;
    const [rows, columns] = tileOf(this.#tiling);
    const tiles = [
      this.#stage.tile(left, "rows", rows, bases[0], place.row),
      this.#stage.tile(right, "columns", columns, bases[1], place.column),
    ] as const;
    const [down, over] = [high / square, wide / square];
    const own = {
      row: known.keep(`(subgroup / ${across[1]}u) * ${high}u`, "own"),
      column: known.keep(`(subgroup % ${across[1]}u) * ${wide}u`, "own"),
    };
    for (const [r, c] of grid(down, over))
      writer.line(`var s${r}_${c} = subgroup_matrix_result<f32, ${square}, ${square}>();`);
    this.#stage.fetch(tiles, place.from, place);
    writer.block(`for (var k = ${place.from}; k < ${place.to}; k += ${points}u)`, () => {
      this.#stage.put(tiles);
      writer.line("workgroupBarrier();");
      writer.block(`if (k + ${points}u < ${place.to})`, () =>
        this.#stage.fetch(tiles, `k + ${points}u`, place),
      );
      for (let k = 0; k < points; k += square) {
        const y = Array.from({ length: over }, (_, c) =>
          this.#load(tiles[1], "right", `${own.column} + ${c * square}u`, k),
        );
        for (let r = 0; r < down; r++) {
          const x = this.#load(tiles[0], "left", `${own.row} + ${r * square}u`, k);
          for (let c = 0; c < over; c++)
            writer.line(
              `s${r}_${c} = subgroupMatrixMultiplyAccumulate(${x}, ${y[c]}, s${r}_${c});`,
            );
        }
      }
      writer.line("workgroupBarrier();");
    });
    const all = square * square;
    const subgroups = across[0] * across[1];
    writer.declare(`var<workgroup> results: array<f32, ${subgroups * all}>;`);
    for (const [r, c] of grid(down, over)) {
      writer.line(
        `subgroupMatrixStore<row_major>(&results, subgroup * ${all}u, s${r}_${c}, ${square}u);`,
      );
      writer.line("workgroupBarrier();");
      writer.block(`for (var o = within; o < ${all}u; o += ${subgroup}u)`, () => {
        const row = `${place.row} + ${own.row} + ${r * square}u + o / ${square}u`;
        const column = `${place.column} + ${own.column} + ${c * square}u + o % ${square}u`;
        this.#frame.finish(place, row, column, `results[subgroup * ${all}u + o]`);
      });
      writer.line("workgroupBarrier();");
    }
    return this.#frame.end(subgroup * subgroups, [
      "@builtin(subgroup_id) subgroup: u32",
      "@builtin(subgroup_invocation_id) within: u32",
    ]);
  }
  #enter() {
    const { writer, known, left, right } = this.#frame;
    for (const name of ["f16", "subgroups", "chromium_experimental_subgroup_matrix"])
      writer.enable(name);
    const place = this.#frame.enter();
    return { writer, known, left, right, place, bases: this.#frame.bases(known, place) };
  }

  /** A square of a tile, from a row or column and from point `k` on. */
  #load({ operand, array, line }: Tile, which: "left" | "right", first: string, k: number): string {
    const { square } = this.#tiling;
    const side = operand.direction === "side";
    const isRows = (which === "left") !== side;
    const place = side ? `${k * 4 * line}u + ${first}` : `(${first}) * ${4 * line}u + ${k}u`;
    const type = `subgroup_matrix_${which}<f16, ${square}, ${square}>`;
    const order = isRows ? "row_major" : "col_major";
    const text = `subgroupMatrixLoad<${type}, ${order}>(&${array}, ${place}, ${4 * line}u)`;
    return this.#frame.writer.keep(text, "m");
  }
}

export const generateMatrix = (
  product: Product,
  tiling: MatrixTiling,
  scratch: number,
  facts: Facts,
): GeneratedKernel => new MatrixWriter(product, tiling, scratch, facts).generate();
