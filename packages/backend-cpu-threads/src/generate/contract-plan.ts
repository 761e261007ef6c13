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
import { along, type Cut, copied, direct, type Layout } from "./contract-operand.ts";
import { inputOver, overAxes, sizeOf } from "./nest.ts";
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

/** Rows, and vectors of columns, whose sums fit into registers with what they are made of. */
const shapes = [
  [6, 2],
  [5, 2],
  [4, 2],
  [3, 3],
  [3, 2],
  [2, 4],
  [2, 2],
  [12, 1],
  [8, 1],
  [4, 1],
  [1, 8],
  [1, 7],
  [1, 5],
  [1, 4],
] as const;
/** The same where a register holds two vectors. */
const doubled = shapes.map(([rows, vectors]) => [rows, 2 * vectors] as const);
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
  const over = inputs.map((input) => inputOver(input, axes));
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
  return Math.max(sums / 2, 4) + (sums < 10 ? 0.6 : 0.3);
}

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
  const inVectors = stores.filter(({ strides }) => folded === null && strides[columnAxis] === 1);
  const storing = 6 * stores.length - 5 * inVectors.length;
  let best: Choice | null = null;
  for (const [rows, vectors] of paired ? [...shapes, ...doubled] : shapes) {
    const width = folded === null ? 4 * vectors : vectors;
    if (rows > high || width > long) continue;
    const tiles = around * Math.ceil(high / rows) * Math.ceil(long / width);
    const cost =
      tiles *
      (steps * loads * perPoint(rows, vectors, paired) + price.tile + storing * rows * vectors);
    if (best && best.cost <= cost) continue;
    const [row, column] = [
      { axis: rowAxis, width: rows },
      { axis: columnAxis, width },
    ];
    best = { swapped, rows: row, columns: column, vectors, folded, cost };
  }
  return best;
}

/** How many steps of so many bytes it takes to come back to the same lines of a cache. */
function linesApart(bytes: number): number {
  let shared = page;
  while (bytes % shared !== 0) shared /= 2;
  return page / shared;
}

/** Whether tiles can read it as it lies. */
function liesWell(
  read: Read,
  cut: Cut,
  { columns, folded }: Shaped,
  uses: number,
  { outer, extents, dtype }: Product,
  { tiles }: Tuning,
): boolean {
  if (read.guards.length || read.dtype !== dtype) return false;
  if (folded !== null) return read.strides[folded] === 1;
  if (cut === columns && read.strides[cut.axis] !== 1) return false;
  if (tiles) return tiles === "direct";
  if (uses <= seldom) return true;
  const shared = (axis: number): boolean => axis === cut.axis || axis >= outer.length;
  const moved = extents.filter((_, axis) => shared(axis) && movesAlong(read, axis));
  const points = extents.flatMap((extent, axis) =>
    axis >= outer.length ? [extent / linesApart(4 * (read.strides[axis] as number))] : [],
  );
  return 4 * sizeOf(moved) <= small && Math.max(...points) <= crowd;
}

/** Axes of the sum in the order in which an operand lies. */
const lyingOrder = (read: Read, axes: readonly number[]): number[] =>
  axes.toSorted(
    (x, y) => Math.abs(read.strides[y] as number) - Math.abs(read.strides[x] as number),
  );

/** Operands for tiles of that shape; null if they cannot lie so. */
export function layOut(
  product: Product,
  choice: Shaped,
  scratch: number,
  tuning: Tuning,
): ContractPlan | null {
  const { outer, extents, operands, dtype } = product;
  const { rows, columns, vectors, folded, swapped } = choice;
  const [a, b] = swapped ? [operands[1], operands[0]] : operands;
  const points = extents.flatMap((_, axis) => (axis < outer.length ? [] : [axis]));
  const summed = lyingOrder(b, points);
  const tiles = ({ axis, width }: Cut): number => Math.ceil((extents[axis] as number) / width);
  const layout = (read: Read, cut: Cut, uses: number, slot: number): Layout | null => {
    if (liesWell(read, cut, choice, uses, product, tuning)) return direct(read);
    return folded === null
      ? copied(read, dtype, extents, cut, summed, slot)
      : along(read, dtype, extents, folded, slot);
  };
  const left = layout(a, rows, tiles(columns), scratch);
  const right = layout(b, columns, tiles(rows), scratch + Math.sign(left?.elements ?? 0));
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
  const choices: Choice[] = [];
  const foldable = extents.flatMap((extent, axis) =>
    axis >= outer.length && extent % 4 === 0 ? [axis] : [],
  );
  const ways = tuning.tiles === "folded" && foldable.length ? foldable : [null, ...foldable];
  for (const swapped of [false, true]) {
    const [a, b] = swapped ? [operands[1], operands[0]] : operands;
    for (let row = 0; row < outer.length; row++)
      for (let column = 0; column < outer.length; column++) {
        const single = row === outer.length - 1;
        const separate = (single || movesAlong(a, row)) && movesAlong(b, column);
        if (!separate || movesAlong(b, row) || movesAlong(a, column)) continue;
        for (const folded of single ? [null] : ways) {
          const choice = shapeFor(product, swapped, row, column, folded, tuning.wide ?? false);
          if (choice) choices.push(choice);
        }
      }
  }
  const costOf = (plan: ContractPlan, { cost }: Choice): number =>
    plan.operands.reduce(
      (sum, { elements, kernels }) => sum + price.copy * elements + price.call * kernels.length,
      cost,
    );
  let best: ContractPlan | null = null;
  const guarded = operands.some(({ guards }) => guards.length);
  const each = guarded ? price.guarded : price.loop;
  let least = tuning.tiles ? Infinity : each * sizeOf(extents);
  for (const choice of choices.sort((x, y) => x.cost - y.cost)) {
    if (choice.cost >= least) break;
    const plan = layOut(product, choice, scratch, tuning);
    const cost = plan ? costOf(plan, choice) : Infinity;
    if (cost < least) [best, least] = [plan, cost];
  }
  return best;
}
