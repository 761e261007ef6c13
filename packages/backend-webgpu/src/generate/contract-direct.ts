/**
 * Module 3.107 — Products straight from memory.
 *
 * Nothing is shared but, where results are few, the sums: `along` invocations take every so many of
 * its points each, and what they come to is added in workgroup memory, always in the same order.
 */
import { Frame, type Place } from "./contract-frame.ts";
import { type Known, mainDirection, type Operand, type Part } from "./contract-operand.ts";
import type { Product } from "./contract-product.ts";
import {
  alongSide,
  alongSum,
  apart,
  type Fragment,
  placeIn,
  placeOf,
  type Share,
  Sums,
} from "./contract-registers.ts";
import { type DirectTiling, pauseOf, tileOf } from "./contract-tiling.ts";
import type { Indices } from "./forms.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { sizeOf } from "./nest.ts";

/** How the elements of an invocation's rows, or columns, are read. */
interface Reader {
  readonly operand: Operand;
  readonly share: Share;
  /** What the batch and the row or column add, for each that is read at a point: one, or four. */
  readonly parts: readonly Part[];
}

/** What is done at the points with such indices. */
type AtPoints = (known: Known, indices: readonly Indices[]) => void;

class DirectWriter {
  readonly #frame: Frame;
  readonly #tiling: DirectTiling;
  /** Points that are taken at once: four where an operand is read in fours along the sum. */
  readonly #step: number;
  /** Invocations that are neighbors share a sum, or else rows and columns. */
  readonly #sumFirst: boolean;

  constructor(product: Product, tiling: DirectTiling, scratch: number, facts: Facts) {
    this.#frame = new Frame(product, tiling, scratch, facts);
    this.#tiling = tiling;
    const { left, right } = this.#frame;
    this.#sumFirst = mainDirection(product) === "summed";
    this.#step = [left, right].some((x) => x.whole && x.direction === "summed") ? 4 : 1;
  }

  generate(): GeneratedKernel {
    const { writer, known, left, right } = this.#frame;
    const { high, wide, across, along } = this.#tiling;
    const [down, over] = across;
    const place = this.#frame.enter();
    const inner = this.#sumFirst ? along : 1;
    const share = this.#own(along, this.#sumFirst ? 1 : down * over);
    const column = this.#own(over, inner);
    const row = this.#own(down, inner * over);
    const bases = this.#frame.bases(known, place);
    const rows = this.#reader(left, bases[0], { count: high, across: down }, place.row, row);
    const columns = this.#reader(
      right,
      bases[1],
      { count: wide, across: over },
      place.column,
      column,
    );
    const pause = pauseOf(this.#frame.product, this.#tiling);
    const sums = new Sums(writer, left.sum, high, wide, pause !== null);
    const add = (inside: Known, indices: readonly Indices[]): void => {
      const [x, y] = [rows, columns].map((reader) => this.#read(inside, reader, indices));
      sums.add(x as Fragment, y as Fragment, this.#step);
    };
    if (along > 1 || this.#tiling.pieces > 1) {
      const walk = (from: string, to: string): void => this.#byNumber(from, to, share, add);
      if (pause === null) walk(place.from, place.to);
      else this.#frame.inChunks(place, pause * along, walk, sums);
    } else this.#overAxes(add, pause, sums);
    if (along > 1) this.#combine(place, share, [rows.share, row], [columns.share, column], sums);
    else
      sums.each((r, c, sum) => {
        const at = `${place.row} + ${placeOf(rows.share, row, r)}`;
        const beside = `${place.column} + ${placeOf(columns.share, column, c)}`;
        this.#frame.finish(place, at, beside, sum);
      });
    return this.#frame.end(down * over * along);
  }

  /** The invocation's number among `count`, each of which stands for `inner` neighbors. */
  #own(count: number, inner: number): string {
    if (count === 1) return "0u";
    const { across, along } = this.#tiling;
    const whole = inner > 1 ? `lane / ${inner}u` : "lane";
    const outermost = count * inner === across[0] * across[1] * along;
    return this.#frame.known.keep(outermost ? whole : `(${whole}) % ${count}u`, "own");
  }
  #reader(
    operand: Operand,
    base: Part,
    { count, across }: Omit<Share, "fours">,
    first: string,
    own: string,
  ): Reader {
    const { known } = this.#frame;
    const fours = operand.whole && operand.direction === "side" && count % 4 === 0;
    const share: Share = { count, across, fours };
    const width = fours ? 4 : 1;
    const parts = Array.from({ length: count / width }, (_, i) => {
      const number = `${first} + ${placeIn(share, own, width * i)}`;
      return operand.add(known, base, this.#frame.side(known, operand, number, width));
    });
    return { operand, share, parts };
  }

  /** `body` at each of the invocation's points of the sum, given their indices at 0, 1, … `step`. */
  #byNumber(from: string, to: string, own: string, body: AtPoints): void {
    const { writer, known, product } = this.#frame;
    const step = this.#step;
    const start = step === 1 ? own : `${own} * ${step}u`;
    const stride = step * this.#tiling.along;
    writer.block(`for (var k = ${from} + ${start}; k < ${to}; k += ${stride}u)`, () => {
      const inside = known.inside();
      const numbers = Array.from({ length: step }, (_, i) => inside.keep(i ? `k + ${i}u` : "k"));
      body(
        inside,
        numbers.map((k) => inside.digits(product.summed, k, product)),
      );
    });
  }
  /** The same where it has all of them, without a division: a loop for each axis. */
  #overAxes(body: AtPoints, pause: number | null, sums: Sums): void {
    const { writer, known, product } = this.#frame;
    const { axes, extents } = product.summed;
    const step = this.#step;
    const nest = (position: number, indices: Indices): void => {
      const axis = axes[position];
      if (axis === undefined) {
        const inside = known.inside();
        const at = (i: number): Indices =>
          indices.map((x, k) => (i && k === axes.at(-1) ? inside.keep(`${x} + ${i}i`) : x));
        body(
          inside,
          Array.from({ length: step }, (_, i) => at(i)),
        );
        return;
      }
      const by = position === axes.length - 1 ? step : 1;
      const k = `k${position}`;
      const walk = (from: string, to: string): void =>
        writer.block(`for (var ${k} = ${from}; ${k} < ${to}; ${k} += ${by}i)`, () =>
          nest(
            position + 1,
            indices.map((x, other) => (other === axis ? k : x)),
          ),
        );
      const extent = extents[position] as number;
      const within = sizeOf(extents.slice(position + 1)); // points of one round
      if (pause === null || within > pause || within * extent <= pause) walk("0i", `${extent}i`);
      else {
        const some = by * Math.floor(pause / (within * by));
        writer.block(`for (var c = 0i; c < ${extent}i; c += ${some}i)`, () => {
          walk("c", `min(c + ${some}i, ${extent}i)`);
          sums.pause();
        });
      }
    };
    nest(
      0,
      product.box.map(() => "0"),
    );
  }
  #read(known: Known, { operand, share, parts }: Reader, points: readonly Indices[]): Fragment {
    const { writer } = known;
    const at = (part: Part, indices: Indices): Part =>
      operand.add(known, part, operand.part(known, indices));
    const quad = (part: Part): string => {
      const name = writer.name("x");
      writer.line(`var ${name}: vec4<${operand.element}>;`);
      operand.quad(known, name, [part], []);
      return name;
    };
    if (operand.whole && operand.direction === "summed")
      return alongSum(
        operand,
        parts.map((part) => quad(at(part, points[0] as Indices))),
      );
    const read = (part: Part): string => (share.fours ? quad(part) : operand.scalar(known, part));
    const names = points.map((indices) => parts.map((part) => read(at(part, indices))));
    return share.fours ? alongSide(operand, names) : apart(operand, names);
  }

  /** Adds up what invocations have found of the same sums; then each finishes some of these. */
  #combine(
    place: Place,
    own: string,
    [rows, row]: readonly [Share, string],
    [columns, column]: readonly [Share, string],
    sums: Sums,
  ): void {
    const { writer, left } = this.#frame;
    const { across, along } = this.#tiling;
    const [high, wide] = tileOf(this.#tiling);
    const count = high * wide;
    const invocations = across[0] * across[1] * along;
    writer.declare(`var<workgroup> partial: array<${left.sum}, ${along * count}>;`);
    for (let r = 0; r < rows.count; r++)
      for (let c = 0; c < columns.count; c++) {
        const line = `(${placeIn(rows, row, r)}) * ${wide}u`;
        const at = `${own} * ${count}u + ${line} + ${placeIn(columns, column, c)}`;
        writer.line(`partial[${at}] = ${sums.at(r, c)};`);
      }
    writer.line("workgroupBarrier();");
    writer.block(`for (var o = lane; o < ${count}u; o += ${invocations}u)`, () => {
      writer.line(`var sum = partial[o];`);
      writer.block(`for (var p = 1u; p < ${along}u; p++)`, () =>
        writer.line(`sum += partial[p * ${count}u + o];`),
      );
      this.#frame.finish(
        place,
        `${place.row} + o / ${wide}u`,
        `${place.column} + o % ${wide}u`,
        "sum",
      );
    });
  }
}

export const generateDirect = (
  product: Product,
  tiling: DirectTiling,
  scratch: number,
  facts: Facts,
): GeneratedKernel => new DirectWriter(product, tiling, scratch, facts).generate();
