/**
 * Module 1.10 — Points in the plane, of two classes.
 *
 * MiniTorch's six sets, from one that a line separates to one that hardly any small network does.
 * Points are uniform in the unit square, except those of the spirals, which nothing draws.
 */
import type { Random } from "@mt/operators";
import { noRandom, notAWholeNumber, unknownPointSet } from "./errors.ts";

export type PointSetName = "simple" | "diag" | "split" | "xor" | "circle" | "spiral";

export interface PointSet {
  readonly name: PointSetName;
  readonly count: number;
  /** x₁ and x₂ of each point, one after the other. `[count, 2]` */
  readonly points: Float32Array;
  /** 0 or 1 for each point. `[count]` */
  readonly labels: Uint8Array;
}

/** Which points of the unit square have label 1. */
type Region = (x1: number, x2: number) => boolean;

const regions: Readonly<Record<Exclude<PointSetName, "spiral">, Region>> = {
  simple: (x1) => x1 < 0.5,
  diag: (x1, x2) => x1 + x2 < 0.5,
  split: (x1) => x1 < 0.2 || x1 > 0.8,
  xor: (x1, x2) => (x1 < 0.5 && x2 > 0.5) || (x1 > 0.5 && x2 < 0.5),
  circle: (x1, x2) => (x1 - 0.5) ** 2 + (x2 - 0.5) ** 2 > 0.1,
};

/** The names of the sets, in order of difficulty. */
export const pointSetNames: readonly PointSetName[] = [
  ...(Object.keys(regions) as (keyof typeof regions)[]),
  "spiral",
];

/**
 * `count` points of a set. `random` draws them; the spirals are the same each time.
 * @throws DatasetError if the set is unknown, `count` is not a whole number ≥ 1, or nothing draws.
 * @example
 * import { Random } from "@mt/operators";
 * const { points, labels } = pointSet("xor", 50, new Random(1));
 * [points.length, labels.length]; // [100, 50]
 */
export function pointSet(name: PointSetName, count: number, random: Random): PointSet {
  if (!pointSetNames.includes(name)) throw unknownPointSet(name, pointSetNames);
  if (!Number.isInteger(count) || count < 1) throw notAWholeNumber("pointSet", "count", count);
  if (name === "spiral") return spiral(count);
  if (!draws(random)) throw noRandom(name, random);
  return inRegion(name, count, random);
}

const draws = (random: unknown): boolean =>
  typeof (random as Random | undefined)?.uniform === "function";

function inRegion(name: keyof typeof regions, count: number, random: Random): PointSet {
  const points = Float32Array.from({ length: 2 * count }, () => random.uniform());
  const labels = Uint8Array.from({ length: count }, (_, i) =>
    Number(regions[name](points[2 * i] as number, points[2 * i + 1] as number)),
  );
  return { name, count, points, labels };
}

/** Two arms around the middle; if `count` is odd the first has one point more. */
function spiral(count: number): PointSet {
  const arms = [Math.ceil(count / 2), Math.floor(count / 2)];
  const coordinates = arms.flatMap((length, label) =>
    Array.from({ length }, (_, i) => {
      const turn = (10 * (i + 5)) / length;
      const [x, y] = [(turn * Math.cos(turn)) / 20, (turn * Math.sin(turn)) / 20];
      // The second arm is the first, a quarter turn on: (x, y) ↦ (y, −x).
      return label ? [0.5 + y, 0.5 - x] : [0.5 + x, 0.5 + y];
    }),
  );
  const labels = Uint8Array.from({ length: count }, (_, i) => Number(i >= (arms[0] as number)));
  return { name: "spiral", count, points: Float32Array.from(coordinates.flat()), labels };
}
