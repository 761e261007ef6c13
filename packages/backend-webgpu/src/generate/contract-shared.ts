/**
 * Module 3.108 — Products through the workgroup's memory.
 *
 * A tile of each operand, some points of the sum deep, is read together and stays in memory that all
 * invocations of the workgroup share, until every one has multiplied its rows by its columns. The
 * next tiles are on their way meanwhile, in registers. Tiles lie as their operand does, in fours along
 * its dense axis, so that nothing is turned.
 */
import { Frame, type Place } from "./contract-frame.ts";
import type { Operand, Part } from "./contract-operand.ts";
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
import { pieceOf, type SharedTiling } from "./contract-tiling.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";

/** One operand's tile. */
interface Tile {
  readonly operand: Operand;
  readonly array: string;
  readonly share: Share;
  /** Elements along its rows or columns. */
  readonly size: number;
  /** Fours from one line to the next; one more than there are keeps lines in different banks. */
  readonly line: number;
  readonly base: Part;
  readonly first: string;
  /** Fours that each invocation brings: names that they have on their way. */
  readonly fours: readonly Four[];
}
interface Four {
  readonly name: string;
  /** Where it goes, and whether there is one at all. */
  readonly place: string;
  readonly exists: string | null;
  /** What the batch and its rows or columns add: one part, or one for each of the four. */
  readonly parts: readonly Part[];
  /** Its first point of the sum within the tile: u32. */
  readonly point: string;
}

class SharedWriter {
  readonly #frame: Frame;
  readonly #tiling: SharedTiling;
  readonly #invocations: number;
  /** Whether some tiles reach past the last point of the sum. */
  readonly #ragged: boolean;

  constructor(product: Product, tiling: SharedTiling, scratch: number, facts: Facts) {
    this.#frame = new Frame(product, tiling, scratch, facts);
    this.#tiling = tiling;
    this.#invocations = tiling.across[0] * tiling.across[1];
    const piece = pieceOf(product, tiling);
    this.#ragged = product.summed.size % tiling.points !== 0 || piece % tiling.points !== 0;
  }

  generate(): GeneratedKernel {
    const frame = this.#frame;
    const { writer, known, left, right } = frame;
    const { high, wide, across, points } = this.#tiling;
    const place = frame.enter();
    const column = known.keep(`lane % ${across[1]}u`, "own");
    const row = known.keep(`lane / ${across[1]}u`, "own");
    const bases = frame.bases(known, place);
    const rows = this.#tile(left, "rows", { count: high, across: across[0] }, bases[0], place.row);
    const columns = this.#tile(
      right,
      "columns",
      { count: wide, across: across[1] },
      bases[1],
      place.column,
    );
    const sums = new Sums(writer, left.sum, high, wide);
    this.#fetch([rows, columns], place.from, place);
    writer.block(`for (var k = ${place.from}; k < ${place.to}; k += ${points}u)`, () => {
      for (const { array, fours } of [rows, columns])
        for (const { name, place: at, exists } of fours) {
          const put = `${array}[${at}] = ${name};`;
          writer.line(exists ? `if (${exists}) { ${put} }` : put);
        }
      writer.line("workgroupBarrier();");
      writer.block(`if (k + ${points}u < ${place.to})`, () =>
        this.#fetch([rows, columns], `k + ${points}u`, place),
      );
      writer.block(`for (var q = 0u; q < ${points / 4}u; q++)`, () => {
        sums.add(this.#fragment(rows, row), this.#fragment(columns, column), 4);
      });
      writer.line("workgroupBarrier();");
    });
    sums.each((r, c, sum) => {
      frame.finish(
        place,
        `${place.row} + ${placeOf(rows.share, row, r)}`,
        `${place.column} + ${placeOf(columns.share, column, c)}`,
        sum,
      );
    });
    return frame.end(this.#invocations);
  }

  #tile(
    operand: Operand,
    array: string,
    { count, across }: Omit<Share, "fours">,
    base: Part,
    first: string,
  ): Tile {
    const { writer, known } = this.#frame;
    const { points } = this.#tiling;
    const side = operand.direction === "side";
    const size = count * across;
    const line = side ? size / 4 : points / 4 + 1;
    const length = side ? line * points : line * size;
    writer.declare(`var<workgroup> ${array}: array<vec4<${operand.element}>, ${length}>;`);
    const all = (size * points) / 4;
    const fours = Array.from({ length: Math.ceil(all / this.#invocations) }, (_, e): Four => {
      const place = known.keep(e ? `lane + ${e * this.#invocations}u` : "lane");
      const within = side ? size / 4 : points / 4;
      const inner = this.#part(e, within, "inner");
      const outer = this.#part(e, within, "outer");
      const number = side ? `${first} + ${inner} * 4u` : `${first} + ${outer}`;
      const isWhole = operand.whole || !side;
      const parts = Array.from({ length: isWhole ? 1 : 4 }, (_, i) => {
        const at = i ? `${number} + ${i}u` : number;
        const part = this.#frame.side(known, operand, at, operand.whole && side ? 4 : 1);
        return operand.add(known, base, part);
      });
      const name = writer.name("next");
      writer.line(`var ${name} = vec4<${operand.element}>();`);
      const exists = (e + 1) * this.#invocations > all ? `${place} < ${all}u` : null;
      const point = known.keep(side ? outer : `${inner} * 4u`);
      const at = side ? place : known.keep(`${outer} * ${line}u + ${inner}`);
      return { name, place: at, exists, parts, point };
    });
    return {
      operand,
      array,
      share: { count, across, fours: side },
      size,
      line,
      base,
      first,
      fours,
    };
  }
  /** The number of four `e` within its line, or of its line, of lines of so many fours. */
  #part(e: number, within: number, which: "inner" | "outer"): string {
    const { known } = this.#frame;
    const step = e * this.#invocations;
    if (step % within === 0 && this.#invocations % within === 0) {
      if (which === "inner") return known.keep(`lane % ${within}u`);
      return known.keep(step ? `lane / ${within}u + ${step / within}u` : `lane / ${within}u`);
    }
    return known.keep(`(lane + ${step}u) ${which === "inner" ? "%" : "/"} ${within}u`);
  }

  /** Brings the fours of the tiles that begin at a point of the sum. */
  #fetch(tiles: readonly Tile[], start: string, place: Place): void {
    const known = this.#frame.known.inside();
    const { product } = this.#frame;
    for (const { operand, fours } of tiles)
      for (const { name, parts, point, exists } of fours) {
        const own = exists ? known.inside() : known;
        const bring = (): void => {
          const first = own.keep(`${start} + ${point}`);
          const count = operand.whole || operand.direction === "side" ? 1 : 4;
          const points = Array.from({ length: count }, (_, i) =>
            own.keep(i ? `${first} + ${i}u` : first),
          );
          const masks = points.map((k) => (this.#ragged ? `${k} < ${place.to}` : null));
          const along = points.map((k) =>
            operand.part(own, own.digits(product.summed, k, product)),
          );
          const all = Array.from({ length: Math.max(parts.length, along.length) }, (_, i) =>
            operand.add(own, (parts[i] ?? parts[0]) as Part, (along[i] ?? along[0]) as Part),
          );
          operand.quad(
            own,
            name,
            all,
            all.map((_, i) => masks[i] ?? masks[0] ?? null),
          );
        };
        if (exists) this.#frame.writer.block(`if (${exists})`, bring);
        else bring();
      }
  }

  /** An invocation's rows or columns at points 4q … 4q + 3 of the tile. */
  #fragment({ operand, array, share, line }: Tile, own: string): Fragment {
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
