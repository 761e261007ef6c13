/**
 * Module 3.85 — The tile: sums of products that stay in registers.
 *
 * At each point of the sum one vector or more of the columns is loaded, then each row's element in
 * all lanes, and every pair is multiplied and added. Where anything lies is known when the code is
 * written, so two addresses and constants in the loads are all it takes; short axes of the sum are
 * written out, a long one four points at a time.
 */
import { type DType, isFloat } from "@mt/operators";
import type { Vectors } from "../vectors/vectors.ts";
import type { Code, Local } from "../wasm/code.ts";
import { isRelaxed } from "../wasm/features.ts";

/** An axis of the sum: its points, and bytes from one to the next in both operands. */
export interface SummedAxis {
  readonly extent: number;
  readonly steps: readonly [number, number];
}
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
  /** Bytes from one row to the next in the first operand. */
  readonly rowStep: number;
  /** Bytes from one vector of the second operand to the next. */
  readonly columnStep: number;
  /** Vectors lie along the sum: rows are vectors too, and each sum is four that are to be added. */
  readonly folded: boolean;
  /** From the outermost. */
  readonly summed: readonly SummedAxis[];
  readonly dtype: DType;
}

/** Most points of the sum that are written out. */
const longest = 12;
/** Points of a long axis that are taken at once. */
const atOnce = 4;

/** Axes that both operands run through without a gap are one. */
export function collapsed(axes: readonly SummedAxis[]): SummedAxis[] {
  const list: SummedAxis[] = [];
  for (const axis of axes) {
    const last = list[list.length - 1];
    if (last?.steps.every((step, k) => step === (axis.steps[k] as number) * axis.extent))
      list[list.length - 1] = { extent: last.extent * axis.extent, steps: axis.steps };
    else list.push(axis);
  }
  return list;
}

type Pair = readonly [number, number];
const plus = (x: Pair, y: Pair, times: number): Pair => [x[0] + times * y[0], x[1] + times * y[1]];

class TileWriter {
  readonly #v: Vectors;
  readonly #code: Code;
  readonly #tile: Tile;
  readonly #addresses: readonly [Local, Local];
  readonly #sums: readonly (readonly Local[])[];
  /** What offsets in loads start from: they cannot be negative. */
  #lowest: Pair = [0, 0];

  constructor(v: Vectors, tile: Tile, addresses: readonly [Local, Local]) {
    this.#v = v;
    this.#code = v.code;
    this.#tile = tile;
    this.#addresses = addresses.map((x) => v.code.get(x).keep("i32")) as [Local, Local];
    this.#sums = Array.from({ length: tile.rows }, () =>
      Array.from({ length: tile.vectors }, () => v.code.get(v.i32(0)).keep("v128")),
    );
  }

  write(): readonly (readonly Local[])[] {
    const { summed, rows, rowStep, vectors, columnStep } = this.#tile;
    let cut = summed.length;
    let points = 1;
    while (cut > 0 && points * (summed[cut - 1] as SummedAxis).extent <= longest)
      points *= (summed[--cut] as SummedAxis).extent;
    const loops = summed.slice(0, cut);
    // of a long axis a few points at a time, if there is nothing within it
    const long = cut === summed.length ? loops.pop() : undefined;
    const within = long ? [{ ...long, extent: Math.min(atOnce, long.extent) }] : summed.slice(cut);
    const offsets = pointsOf(within);
    const low = (k: 0 | 1): number => Math.min(...offsets.map((x) => x[k]));
    this.#lowest = [
      low(0) + Math.min(0, (rows - 1) * rowStep),
      low(1) + Math.min(0, (vectors - 1) * columnStep),
    ];
    this.#move(this.#lowest);
    this.#loops(loops, () => {
      if (!long) this.#points(offsets);
      else {
        const times = Math.floor(long.extent / atOnce);
        const step: Pair = [long.steps[0] * atOnce, long.steps[1] * atOnce];
        this.#loop(times, step, () => this.#points(offsets));
        this.#points(offsets.slice(0, long.extent % atOnce));
        this.#move([-times * step[0], -times * step[1]]);
      }
    });
    return this.#tile.folded
      ? this.#sums.map((row) => row.map((x) => this.#across(x)))
      : this.#sums;
  }
  /** The sum of all lanes. */
  #across(sum: Local): Local {
    const v = this.#v;
    const add = isFloat(this.#tile.dtype) ? "f32x4.add" : "i32x4.add";
    const pairs = v.op(add, sum, v.shuffleWords(sum, sum, 2, 3, 0, 1));
    return v.op(add, pairs, v.shuffleWords(pairs, pairs, 1, 0, 3, 2));
  }

  #loops(axes: readonly SummedAxis[], body: () => void): void {
    const [axis, ...rest] = axes;
    if (!axis) body();
    else {
      this.#loop(axis.extent, axis.steps, () => this.#loops(rest, body));
      this.#move([-axis.extent * axis.steps[0], -axis.extent * axis.steps[1]]);
    }
  }
  #loop(times: number, steps: Pair, body: () => void): void {
    if (times === 0) return;
    const code = this.#code;
    const left = code.i32(times).keep("i32");
    code.loop((again) => {
      body();
      this.#move(steps);
      code.get(left).i32(1).op("i32.sub").tee(left).branchIf(again);
    });
  }
  #move(by: Pair): void {
    by.forEach((bytes, k) => {
      const address = this.#addresses[k] as Local;
      if (bytes) this.#code.get(address).i32(bytes).op("i32.add").set(address);
    });
  }

  #points(offsets: readonly Pair[]): void {
    const { rows, vectors, rowStep, columnStep, folded } = this.#tile;
    const loadRow = folded ? "v128.load" : "v128.load32_splat";
    const [left, right] = this.#addresses;
    const code = this.#code;
    for (const [a, b] of offsets) {
      const columns = Array.from({ length: vectors }, (_, k) =>
        code
          .get(right)
          .at("v128.load", b - this.#lowest[1] + k * columnStep)
          .keep("v128"),
      );
      for (let row = 0; row < rows; row++) {
        const offset = a + row * rowStep - this.#lowest[0];
        const element = code.get(left).at(loadRow, offset).keep("v128");
        columns.forEach((column, k) => {
          this.#add((this.#sums[row] as readonly Local[])[k] as Local, element, column);
        });
      }
    }
  }
  #add(sum: Local, x: Local, y: Local): void {
    const code = this.#code;
    const float = isFloat(this.#tile.dtype);
    if (float && isRelaxed()) code.get(x).get(y).get(sum).op("f32x4.relaxed_madd");
    else if (float) code.get(this.#v.mul(x, y)).get(sum).op("f32x4.add");
    else code.get(x).get(y).op("i32x4.mul").get(sum).op("i32x4.add");
    code.set(sum);
  }
}

/** Offsets of all points of a box. */
function pointsOf(axes: readonly SummedAxis[]): readonly Pair[] {
  return axes.reduce<readonly Pair[]>(
    (points, { extent, steps }) =>
      points.flatMap((at) => Array.from({ length: extent }, (_, i) => plus(at, steps, i))),
    [[0, 0]],
  );
}

/** Sums by row and vector, over operands whose first elements lie at two addresses. */
export const writeTile = (
  v: Vectors,
  tile: Tile,
  addresses: readonly [Local, Local],
): readonly (readonly Local[])[] => new TileWriter(v, tile, addresses).write();
