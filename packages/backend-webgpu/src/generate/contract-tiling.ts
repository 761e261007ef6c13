/**
 * Module 3.105 — How a product is cut up: the parameters of the one template.
 *
 * Sums stay in registers. What is multiplied comes straight from memory, and then several
 * invocations may share one sum; or by way of tiles in the workgroup's memory; or in fragments that
 * a subgroup multiplies as a whole. A long sum is cut into pieces, and a loop adds those up.
 */
import { isFloat } from "@mt/operators";
import { chunkOf } from "../wgsl/accuracy.ts";
import type { Product } from "./contract-product.ts";

/** Rows and columns of an invocation's sums. */
interface Registers {
  readonly high: number;
  readonly wide: number;
  /** Invocations along the rows and along the columns of a workgroup. */
  readonly across: readonly [number, number];
  /** Pieces of the sum. */
  readonly pieces: number;
}
/** Operands are read where they are used. */
export interface DirectTiling extends Registers {
  readonly kind: "direct";
  /** Invocations that share a sum. */
  readonly along: number;
}
/** Operands pass through the workgroup's memory, so many points of the sum at a time. */
export interface SharedTiling extends Registers {
  readonly kind: "shared";
  readonly points: number;
}
/** A subgroup multiplies squares of `square` elements a side; `across` counts subgroups, not invocations. */
export interface MatrixTiling extends Registers {
  readonly kind: "matrix";
  readonly points: number;
  readonly square: number;
  /** Invocations of a subgroup. */
  readonly subgroup: number;
}
export type Tiling = DirectTiling | SharedTiling | MatrixTiling;

/** Rows and columns of a workgroup's tile. */
export const tileOf = ({ high, wide, across }: Registers): readonly [number, number] => [
  high * across[0],
  wide * across[1],
];

/** Invocations of a workgroup. */
export function invocationsOf(tiling: Tiling): number {
  const { kind, across } = tiling;
  const each = kind === "direct" ? tiling.along : kind === "matrix" ? tiling.subgroup : 1;
  return across[0] * across[1] * each;
}
/** Points of the sum in a piece, but for the last one. */
export function pieceOf({ summed }: Product, tiling: Tiling): number {
  const step = tiling.kind === "direct" ? 4 * tiling.along : tiling.points;
  return step * Math.ceil(summed.size / (tiling.pieces * step));
}
/** Points after which an invocation puts its sums aside and begins new ones; null: it never does. */
export function pauseOf(product: Product, tiling: Exclude<Tiling, MatrixTiling>): number | null {
  const along = tiling.kind === "direct" ? tiling.along : 1;
  const terms = Math.min(pieceOf(product, tiling), product.summed.size) / along;
  return isFloat(product.kernel.dtype) && chunkOf(terms) < terms ? chunkOf(terms) : null;
}
/** Whether some tiles reach past the last point of the sum. */
export const isRagged = (product: Product, tiling: Exclude<Tiling, DirectTiling>): boolean =>
  product.summed.size % tiling.points !== 0;
/** Workgroups it takes. */
export function groupsOf({ batch, rows, columns }: Product, tiling: Tiling): number {
  const [high, wide] = tileOf(tiling);
  const tiles = Math.ceil(rows.size / high) * Math.ceil(columns.size / wide);
  return batch.size * tiles * tiling.pieces;
}

/** What people are told. */
export function describe(tiling: Tiling): string {
  const { high, wide, across, pieces } = tiling;
  const [rows, columns] = tileOf(tiling);
  const how =
    tiling.kind === "matrix"
      ? `tiles of ${rows} × ${columns} × ${tiling.points} in ${across[0] * across[1]} subgroups, by squares of ${tiling.square}`
      : tiling.kind === "shared"
        ? `tiles of ${rows} × ${columns} × ${tiling.points} in workgroup memory, ${high} × ${wide} in registers`
        : `tiles of ${rows} × ${columns}, ${high} × ${wide} in registers` +
          (tiling.along > 1 ? `, ${tiling.along} invocations a sum` : "");
  return pieces > 1 ? `${how}, ${pieces} pieces` : how;
}
