/**
 * Module 3.107c — Products through the workgroup's memory.
 *
 * A tile of each operand, some points of the sum deep, is read together and stays in memory that all
 * invocations of the workgroup share, until every one has multiplied its rows by its columns. The
 * next tiles are on their way meanwhile.
 */
import { Frame } from "./contract-frame.ts";
import type { Product } from "./contract-product.ts";
import {
  alongSide,
  alongSum,
  type Fragment,
  placeIn,
  placeOf,
  type Share,
  Sums,
} from "./contract-registers.ts";
import { Stage, type Tile } from "./contract-stage.ts";
import { isRagged, pauseOf, type SharedTiling } from "./contract-tiling.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";

class SharedWriter {
  readonly #frame: Frame;
  readonly #tiling: SharedTiling;
  readonly #invocations: number;
  readonly #stage: Stage;

  constructor(product: Product, tiling: SharedTiling, scratch: number, facts: Facts) {
    this.#frame = new Frame(product, tiling, scratch, facts);
    this.#tiling = tiling;
    this.#invocations = tiling.across[0] * tiling.across[1];
    this.#stage = new Stage(this.#frame, {
      invocations: this.#invocations,
      points: tiling.points,
      ragged: isRagged(product, tiling),
      gaps: { side: 0, summed: 1 },
      apart: false,
    });
  }

  generate(): GeneratedKernel {
    const frame = this.#frame;
    const { writer, known, left, right } = frame;
    const { high, wide, across, points } = this.#tiling;
    const place = frame.enter();
    const column = known.keep(`lane % ${across[1]}u`, "own");
    const row = known.keep(`lane / ${across[1]}u`, "own");
    const bases = frame.bases(known, place);
    const stage = this.#stage;
    const tiles = [
      stage.tile(left, "rows", high * across[0], bases[0], place.row),
      stage.tile(right, "columns", wide * across[1], bases[1], place.column),
    ] as const;
    const [rows, columns] = [
      { count: high, across: across[0], fours: left.direction === "side" },
      { count: wide, across: across[1], fours: right.direction === "side" },
    ];
    const pause = pauseOf(frame.product, this.#tiling);
    const sums = new Sums(writer, left.sum, high, wide, pause !== null);
    stage.fetch(tiles, place.from, place);
    const walk = (from: string, to: string): void =>
      writer.block(`for (var k = ${from}; k < ${to}; k += ${points}u)`, () => {
        stage.put(tiles);
        writer.line("workgroupBarrier();");
        writer.block(`if (k + ${points}u < ${place.to})`, () =>
          stage.fetch(tiles, `k + ${points}u`, place),
        );
        writer.block(`for (var q = 0u; q < ${points / 4}u; q++)`, () => {
          const ofRows = this.#fragment(tiles[0], rows, row);
          sums.add(ofRows, this.#fragment(tiles[1], columns, column), 4);
        });
        writer.line("workgroupBarrier();");
      });
    if (pause === null) walk(place.from, place.to);
    else frame.inChunks(place, pause, walk, sums);
    sums.each((r, c, sum) => {
      frame.finish(
        place,
        `${place.row} + ${placeOf(rows, row, r)}`,
        `${place.column} + ${placeOf(columns, column, c)}`,
        sum,
      );
    });
    return frame.end(this.#invocations);
  }

  /** An invocation's rows or columns at points 4q … 4q + 3 of the tile. */
  #fragment({ operand, array, line }: Tile, share: Share, own: string): Fragment {
    const { writer } = this.#frame;
    const read = (place: string): string => writer.keep(`${array}[${place}]`, "x");
    if (operand.direction === "side")
      return alongSide(
        operand,
        [0, 1, 2, 3].map((k) =>
          Array.from({ length: share.count / 4 }, (_, q) =>
            read(`(q * 4u + ${k}u) * ${line}u + ${own} + ${q * share.across}u`),
          ),
        ),
      );
    return alongSum(
      operand,
      Array.from({ length: share.count }, (_, i) =>
        read(`(${placeIn(share, own, i)}) * ${line}u + q`),
      ),
    );
  }
}

export const generateShared = (
  product: Product,
  tiling: SharedTiling,
  scratch: number,
  facts: Facts,
): GeneratedKernel => new SharedWriter(product, tiling, scratch, facts).generate();
