/**
 * Module 3.107b — Tiles of operands in the workgroup's memory.
 *
 * A tile, some points of the sum deep, is brought by all invocations together, in fours along the axis
 * in which its operand is dense, and lies as the operand does, so that nothing is turned. Fours are
 * fetched into registers first and put down later, while what was put down before is multiplied.
 */
import type { Frame, Place } from "./contract-frame.ts";
import type { Operand, Part } from "./contract-operand.ts";

/** One operand's tile. */
export interface Tile {
  readonly operand: Operand;
  readonly array: string;
  /** Elements along its rows or columns. */
  readonly size: number;
  /** Fours from one line to the next. */
  readonly line: number;
  /** Fours that each invocation brings. */
  readonly fours: readonly Four[];
}
interface Four {
  /** The variable it is in on its way. */
  readonly name: string;
  /** Where it goes, and whether there is one at all. */
  readonly place: string;
  readonly exists: string | null;
  /** What the batch and its rows or columns add: one part, or one for each of the four. */
  readonly parts: readonly Part[];
  /** Its first point of the sum within the tile: u32. */
  readonly point: string;
}
export interface StageOptions {
  readonly invocations: number;
  /** Points of the sum in a tile. */
  readonly points: number;
  /** Whether some tiles reach past the last point of the sum. */
  readonly ragged: boolean;
  /** Fours that are left free at the end of lines along rows or columns, and along the sum: lines then lie in different banks. */
  readonly gaps: { readonly side: number; readonly summed: number };
  /** Whether tiles are arrays of elements instead of fours. */
  readonly apart: boolean;
}

export class Stage {
  readonly #frame: Frame;
  readonly #options: StageOptions;

  constructor(frame: Frame, options: StageOptions) {
    this.#frame = frame;
    this.#options = options;
  }

  /** The tile of an operand, `size` rows or columns from the first one on. */
  tile(operand: Operand, array: string, size: number, base: Part, first: string): Tile {
    const { writer, known } = this.#frame;
    const { points, gaps, invocations, apart } = this.#options;
    const side = operand.direction === "side";
    const within = (side ? size : points) / 4;
    const line = within + gaps[operand.direction];
    const length = line * (side ? points : size);
    const element = apart ? operand.element : `vec4<${operand.element}>`;
    writer.declare(`var<workgroup> ${array}: array<${element}, ${apart ? 4 * length : length}>;`);
    const all = (size * points) / 4;
    const fours = Array.from({ length: Math.ceil(all / invocations) }, (_, e): Four => {
      const place = known.keep(e ? `lane + ${e * invocations}u` : "lane");
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
      const exists = (e + 1) * invocations > all ? `${place} < ${all}u` : null;
      const point = known.keep(side ? outer : `${inner} * 4u`);
      const at = line === within ? place : known.keep(`${outer} * ${line}u + ${inner}`);
      return { name, place: at, exists, parts, point };
    });
    return { operand, array, size, line, fours };
  }
  /** The number of four `e` within its line, or of its line, of lines of so many fours. */
  #part(e: number, within: number, which: "inner" | "outer"): string {
    const { known } = this.#frame;
    const { invocations } = this.#options;
    const step = e * invocations;
    if (step % within === 0 && invocations % within === 0) {
      if (which === "inner") return known.keep(`lane % ${within}u`);
      return known.keep(step ? `lane / ${within}u + ${step / within}u` : `lane / ${within}u`);
    }
    return known.keep(`(lane + ${step}u) ${which === "inner" ? "%" : "/"} ${within}u`);
  }

  /** Brings the fours of the tiles that begin at a point of the sum. */
  fetch(tiles: readonly Tile[], start: string, place: Place): void {
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
          const masks = points.map((k) => (this.#options.ragged ? `${k} < ${place.to}` : null));
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

  /** Puts down what was fetched. */
  put(tiles: readonly Tile[]): void {
    for (const { array, fours } of tiles)
      for (const { name, place, exists } of fours) {
        const lines = this.#options.apart
          ? [0, 1, 2, 3].map((c) => `${array}[${place} * 4u + ${c}u] = ${name}.${"xyzw"[c]};`)
          : [`${array}[${place}] = ${name};`];
        const all = lines.join(" ");
        this.#frame.writer.line(exists ? `if (${exists}) { ${all} }` : all);
      }
  }
}
