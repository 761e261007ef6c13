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
import type { Local } from "../wasm/code.ts";

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

/** Offsets of all points of a box. */
const pointsOf = (axes: readonly SummedAxis[]): readonly Pair[] =>
  axes.reduce<readonly Pair[]>(
    (points, { extent, steps }) =>
      points.flatMap(([x, y]) =>
        Array.from({ length: extent }, (_, i) => [x + i * steps[0], y + i * steps[1]] as const),
      ),
    [[0, 0]],
  );

/** Sums by row and vector, over operands whose first elements lie at two addresses. */
export function writeTile(
  v: Vectors,
  { rows, rowStep, vectors, columnStep, folded, summed, dtype }: Tile,
  [left, right]: readonly [Local, Local],
): readonly (readonly Local[])[] {
  const { code } = v;
  const float = isFloat(dtype);
  let cut = summed.length;
  let written = 1;
  while (cut > 0 && written * (summed[cut - 1] as SummedAxis).extent <= longest)
    written *= (summed[--cut] as SummedAxis).extent;
  const loops = summed.slice(0, cut);
  // of a long axis a few points at a time, if there is nothing within it
  const long = cut === summed.length ? loops.pop() : undefined;
  const within = long ? [{ ...long, extent: Math.min(atOnce, long.extent) }] : summed.slice(cut);
  const offsets = pointsOf(within);
  // offsets in loads cannot be negative: what they start from
  const lowest = ([0, 1] as const).map(
    (k) =>
      Math.min(...offsets.map((x) => x[k])) +
      Math.min(0, k ? (vectors - 1) * columnStep : (rows - 1) * rowStep),
  ) as [number, number];
  const addresses = [left, right].map((x) => code.get(x).keep("i32")) as [Local, Local];
  const sums = Array.from({ length: rows }, () =>
    Array.from({ length: vectors }, () => code.get(v.i32(0)).keep("v128")),
  );

  const move = (steps: Pair, times: number): void =>
    steps.forEach((step, k) => {
      const address = addresses[k] as Local;
      if (step * times)
        code
          .get(address)
          .i32(step * times)
          .op("i32.add")
          .set(address);
    });
  const repeat = (times: number, steps: Pair, body: () => void): void => {
    if (times === 0) return;
    const rest = code.i32(times).keep("i32");
    code.loop((again) => {
      body();
      move(steps, 1);
      code.get(rest).i32(1).op("i32.sub").tee(rest).branchIf(again);
    });
  };
  const add = (sum: Local, x: Local, y: Local): void => {
    if (float && v.fuses) code.get(x).get(y).get(sum).op("f32x4.relaxed_madd");
    else if (float) code.get(v.mul(x, y)).get(sum).op("f32x4.add");
    else code.get(x).get(y).op("i32x4.mul").get(sum).op("i32x4.add");
    code.set(sum);
  };
  const load = (which: 0 | 1, name: "v128.load" | "v128.load32_splat", offset: number): Local =>
    code
      .get(addresses[which])
      .at(name, offset - lowest[which])
      .keep("v128");
  const multiply = (list: readonly Pair[]): void => {
    for (const [a, b] of list) {
      const columns = sums[0]?.map((_, k) => load(1, "v128.load", b + k * columnStep)) ?? [];
      sums.forEach((row, i) => {
        const element = load(0, folded ? "v128.load" : "v128.load32_splat", a + i * rowStep);
        columns.forEach((column, k) => {
          add(row[k] as Local, element, column);
        });
      });
    }
  };
  const nested = ([axis, ...inside]: readonly SummedAxis[]): void => {
    if (axis) {
      repeat(axis.extent, axis.steps, () => nested(inside));
      move(axis.steps, -axis.extent);
    } else if (long) {
      const times = Math.floor(long.extent / atOnce);
      repeat(times, [long.steps[0] * atOnce, long.steps[1] * atOnce], () => multiply(offsets));
      multiply(offsets.slice(0, long.extent % atOnce));
      move(long.steps, -times * atOnce);
    } else multiply(offsets);
  };
  move(lowest, 1);
  nested(loops);
  return folded ? sums.map((row) => row.map((x) => across(v, x, float))) : sums;
}

/** The sum of all lanes. */
function across(v: Vectors, sum: Local, float: boolean): Local {
  const add = float ? "f32x4.add" : "i32x4.add";
  const pairs = v.op(add, sum, v.shuffleWords(sum, sum, 2, 3, 0, 1));
  return v.op(add, pairs, v.shuffleWords(pairs, pairs, 1, 0, 3, 2));
}
