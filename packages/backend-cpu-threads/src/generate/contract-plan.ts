/**
 * Module 3.84 — How a contraction becomes tiles of a product of matrices.
 *
 * A tile is a few indices of an axis along which one operand moves (its rows) by a few vectors of an
 * axis along which the other one does (its columns), summed over everything in registers; all other
 * axes are loops around it. Where results are few, vectors lie along the sum instead. Which axes, and which size of tile, is a count of what computing,
 * storing and copying cost. Where tiles gain nothing a contraction is computed as the loop it is.
 */
import type { ContractKernel, Input, Read, Shape, Store } from "@mt/backend";
import type { DType } from "@mt/operators";
import { bytesOf } from "../vectors/storage.ts";
import { type Cut, copied, direct, type Layout, type Side, sideOf } from "./contract-operand.ts";
import { inputsOver, overAxes, sizeOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";

/** A contraction without axes of one point. */
export interface Product {
  /** Number of each axis in the kernel, −1 for one that is not there. */
  readonly axes: readonly number[];
  readonly outer: Shape;
  readonly extents: Shape;
  readonly inputs: readonly Input[];
  readonly operands: readonly [Read, Read];
  readonly stores: readonly Store[];
  readonly dtype: DType;
}
/** Which operand has the rows, and the tile over both axes. */
interface Shaped {
  readonly swapped: boolean;
  readonly rows: Cut;
  readonly columns: Cut;
  /** Of columns in a tile; if they lie along an axis of the sum there is one for each column. */
  readonly vectors: number;
  readonly folded: number | null;
}
export interface ContractPlan extends Shaped {
  readonly product: Product;
  /** What moves along the rows, and what moves along the columns. */
  readonly operands: readonly [Layout, Layout];
  /** Axes of the sum, as loops stand. */
  readonly summed: readonly number[];
}

/** Most rows, and vectors of columns, whose sums fit into registers with what they are made of. */
const shapes: readonly (readonly [most: number, vectors: number])[] = [
  [6, 2],
  [3, 3],
  [2, 4],
  [12, 1],
  [1, 8],
  [1, 7],
  [1, 5],
  [1, 4],
  [1, 3],
];
/** Where a register holds two vectors also twice as many. */
const wider: typeof shapes = shapes.flatMap(([most, vectors]) => [
  [most, vectors],
  [most, 2 * vectors],
]);
/** Bytes of an operand's matrix that tiles may well read as it lies; and one read so few times may. */
const small = 1 << 16;
const seldom = 2;
/** Addresses that agree in all that tells a cache's lines apart: more than so many push each other out. */
const crowd = 16;
const page = 4096;
/**
 * Steps of a processor: for a product in a loop, and in one with guards; for an element of a copy;
 * to start a tile, and a kernel; and by how much vectors along the sum are slower, which seldom start
 * where memory likes them to.
 */
const price = { loop: 0.3, guarded: 0.8, copy: 2, tile: 25, call: 300, folded: 1.3 } as const;

/**
 * Without axes of one point, but with one at the end of the outer ones for tiles of a single row;
 * null if its operands cannot be read by tiles.
 */
export function productOf(kernel: ContractKernel): Product | null {
  const { inner, inputs, stores, dtype, a, b } = kernel;
  const all = [...kernel.outer, ...inner];
  const kept = all.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const own = [...kept.filter((axis) => axis < kernel.outer.length), -1];
  const summed = kept.filter((axis) => axis >= kernel.outer.length);
  const axes = [...own, ...summed];
  const over = inputsOver(inputs, axes);
  const operands = [over[a], over[b]] as [Read, Read];
  const words = bytesOf(dtype) === 4 && operands.every(({ indirect }) => !indirect);
  if (!words || all.includes(0) || !summed.length) return null;
  return {
    axes,
    outer: own.map((axis) => all[axis] ?? 1),
    extents: axes.map((axis) => all[axis] ?? 1),
    inputs: over,
    operands,
    stores: stores.map((store) => overAxes(store, own)),
    dtype,
  };
}

const movesAlong = ({ strides, guards }: Read, axis: number): boolean =>
  strides[axis] !== 0 || guards.some((guard) => guard.strides[axis] !== 0);

/** Steps for the products of one tile at one point of the sum: arithmetic, its latency, or loads. */
function perPoint(rows: number, all: number, paired: boolean): number {
  const vectors = paired ? Math.ceil(all / 2) : all;
  const sums = rows * vectors;
  if (rows === 1) return 1.25 * vectors + 0.3; // every column is loaded for a single product
  return Math.max(sums / 2, 4) + (sums < 10 ? 0.4 : 0) + 0.03 * (rows + vectors);
}

/** Steps to store four neighbors in a row: the others go out lane by lane, maybe to lines of their own. */
const storeCost = (stride: number): number => (stride === 1 ? 1 : Math.abs(stride) < 16 ? 6 : 12);

interface Choice extends Shaped {
  readonly cost: number;
}

/** The cheapest shape of a tile over two axes. */
function shapeFor(
  product: Product,
  swapped: boolean,
  rowAxis: number,
  columnAxis: number,
  folded: number | null,
  wide: boolean,
): Choice | null {
  const { extents, outer, stores } = product;
  // hosts find pairs from neighbours that are stored
  const paired =
    wide && folded === null && stores.every(({ strides }) => strides[columnAxis] === 1);
  const [high, long] = [extents[rowAxis] as number, extents[columnAxis] as number];
  const around = sizeOf(outer) / (high * long);
  const steps = sizeOf(extents.slice(outer.length)) / (folded === null ? 1 : 4);
  const loads = folded === null ? 1 : price.folded;
  const storing = stores.reduce(
    (sum, { strides }) => sum + (folded === null ? storeCost(strides[columnAxis] ?? 0) : 6),
    0,
  );
  let best: Choice | null = null;
  for (const [most, vectors] of paired ? wider : shapes) {
    const width = folded === null ? 4 * vectors : vectors;
    if (width > long) continue;
    const rows = evenly(rowAxis, high, most);
    const columns = inSteps(columnAxis, long, width);
    const tile = (some: number): number =>
      steps * loads * perPoint(some, vectors, paired) + price.tile + storing * some * vectors;
    const each = rows.full * tile(rows.width) + (rows.tiles - rows.full) * tile(rows.narrow);
    const cost = around * columns.tiles * each;
    if (best && best.cost <= cost) continue;
    best = { swapped, rows, columns, vectors, folded, cost };
  }
  return best;
}

/** As few tiles as can be, of equal size but for one index. */
function evenly(axis: number, extent: number, most: number): Cut {
  const tiles = Math.ceil(extent / most);
  const width = Math.ceil(extent / tiles);
  const full = extent - tiles * (width - 1);
  return { axis, tiles, width, full, narrow: width - 1, rest: full * width };
}
/** Tiles of one size, the last of which reaches back so that it is whole. */
const inSteps = (axis: number, extent: number, width: number): Cut => ({
  axis,
  tiles: Math.ceil(extent / width),
  width,
  full: Math.floor(extent / width),
  narrow: width,
  rest: extent - width,
});

/** How many steps of so many bytes it takes to come back to the same lines of a cache. */
const linesApart = (bytes: number): number => page / Math.min(page, bytes & -bytes);

/** Whether tiles can read it as it lies. */
function liesWell(
  read: Read,
  cut: Cut,
  { rows, columns, folded }: Shaped,
  { outer, extents, dtype }: Product,
  { tiles }: Tuning,
): boolean {
  if (read.guards.length || read.dtype !== dtype) return false;
  if (folded !== null) return read.strides[folded] === 1;
  if (cut === columns && read.strides[cut.axis] !== 1) return false;
  if (tiles) return tiles === "direct";
  const uses = outer.map((extent, axis) => {
    if (movesAlong(read, axis)) return 1;
    return axis === rows.axis ? rows.tiles : axis === columns.axis ? columns.tiles : extent;
  });
  if (sizeOf(uses) <= seldom) return true;
  const moved = extents.flatMap((extent, axis) => {
    const stride = Math.abs(read.strides[axis] as number);
    const folds = axis >= outer.length;
    return stride && (folds || axis === cut.axis) ? [{ extent, stride, folds }] : [];
  });
  const elements = sizeOf(moved.map(({ extent }) => extent));
  const span = moved.reduce((sum, { extent, stride }) => sum + stride * (extent - 1), 1);
  const side = moved.find(({ stride }) => stride === 1)?.extent ?? 1; // neighbors share a line
  const bytes = Math.min(4 * span, (64 / Math.min(16, side)) * elements);
  const apart = ({ extent, stride, folds }: (typeof moved)[number]): boolean =>
    !folds || extent / linesApart(4 * stride) <= crowd;
  return bytes <= small && moved.every(apart);
}

/** Axes of the sum in the order in which an operand lies. */
const lyingOrder = (read: Read, axes: readonly number[]): number[] =>
  axes.toSorted(
    (x, y) => Math.abs(read.strides[y] as number) - Math.abs(read.strides[x] as number),
  );

export const sidesOf = ({ operands, extents }: Product): [Side, Side] =>
  operands.map((read) => sideOf(read, extents)) as [Side, Side];

/** Operands for tiles of that shape; null if they cannot lie so. */
export function layOut(
  product: Product,
  sides: readonly [Side, Side],
  choice: Shaped,
  scratch: number,
  tuning: Tuning,
): ContractPlan | null {
  const { outer, extents, dtype } = product;
  const { rows, columns, vectors, folded, swapped } = choice;
  const [a, b] = swapped ? [sides[1], sides[0]] : sides;
  const points = extents.flatMap((_, axis) => (axis < outer.length ? [] : [axis]));
  const summed = lyingOrder(b.read, points);
  const layout = (side: Side, cut: Cut, slot: number): Layout | null =>
    liesWell(side.read, cut, choice, product, tuning)
      ? direct(side.read)
      : copied(side, dtype, extents, cut, folded, summed, slot);
  const left = layout(a, rows, scratch);
  const right = layout(b, columns, scratch + Math.sign(left?.elements ?? 0));
  return left && right
    ? { product, swapped, rows, columns, vectors, folded, operands: [left, right], summed }
    : null;
}

/** The cheapest plan, or null if a loop is as cheap; copies are put in slots from `scratch` on. */
export function planContract(
  product: Product,
  scratch: number,
  tuning: Tuning,
): ContractPlan | null {
  const { outer, extents, operands } = product;
  const guarded = operands.some(({ guards }) => guards.length);
  const each = guarded ? price.guarded : price.loop;
  let least = tuning.tiles ? Infinity : each * sizeOf(extents);
  if (least <= price.tile) return null;
  const choices: Choice[] = [];
  const foldable = extents.flatMap((extent, axis) =>
    axis >= outer.length && extent % 4 === 0 ? [axis] : [],
  );
  const ways = tuning.tiles === "folded" && foldable.length ? foldable : [null, ...foldable];
  for (const swapped of [false, true]) {
    const [a, b] = swapped ? [operands[1], operands[0]] : operands;
    for (const row of outer.keys())
      for (const column of outer.keys()) {
        const single = row === outer.length - 1;
        const separate = (single || movesAlong(a, row)) && movesAlong(b, column);
        if (!separate || movesAlong(b, row) || movesAlong(a, column)) continue;
        for (const folded of ways) {
          const choice = shapeFor(product, swapped, row, column, folded, tuning.wide ?? false);
          if (choice) choices.push(choice);
        }
      }
  }
  let best: ContractPlan | null = null;
  const sides = sidesOf(product);
  for (const choice of choices.sort((x, y) => x.cost - y.cost)) {
    if (choice.cost >= least) break;
    const plan = layOut(product, sides, choice, scratch, tuning);
    const copies = plan?.operands.reduce(
      (sum, { elements }) => sum + (elements && price.copy * elements + price.call),
      0,
    );
    const cost = choice.cost + (copies ?? Infinity);
    if (cost < least) [best, least] = [plan, cost];
  }
  return best;
}
