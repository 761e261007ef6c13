/**
 * Module 3.103 — A contraction as a product of matrices.
 *
 * Each outer axis belongs to the batch, the rows or the columns, by which operands move along it, and
 * axes of a group count as one: its index tells those of all. Forms are linear, so an address or a
 * guard is a sum of one part for each group, whatever the operands are views of. That is all there is
 * to convolutions.
 */
import type { ContractKernel, Linear, Read, Shape } from "@mt/backend";
import type { DType } from "@mt/operators";
import { sizeOf } from "./nest.ts";

/** Axes of the kernel that are walked as one, the last fastest. */
export interface Group {
  readonly axes: readonly number[];
  readonly extents: Shape;
  readonly size: number;
}
export interface Product {
  readonly kernel: ContractKernel;
  /** Outer, then inner. */
  readonly box: Shape;
  readonly batch: Group;
  readonly rows: Group;
  readonly columns: Group;
  readonly summed: Group;
  /** Which inputs move along the rows, and along the columns. */
  readonly left: number;
  readonly right: number;
}

const summable: readonly DType[] = ["f32", "f16", "i32", "u32"];
/** Shorter sums for a single row or column are as fast in a loop. */
const shortest = 32;

const movesAlong = (read: Read, axis: number): boolean =>
  [read, ...read.guards].some((form: Linear) => (form.strides[axis] ?? 0) !== 0);

/** The contraction as a product; null where a loop does as well, as for depthwise convolutions. */
export function productOf(kernel: ContractKernel): Product | null {
  const { outer, inner, inputs, stores, dtype, a, b } = kernel;
  const box = [...outer, ...inner];
  const [first, second] = [inputs[a], inputs[b]] as [Read, Read];
  if (!summable.includes(dtype) || first.indirect || second.indirect) return null;
  if (box.includes(0) || stores.some(({ inside }) => inside)) return null;
  const axesOf = (ofA: boolean, ofB: boolean): number[] =>
    box.flatMap((extent, axis) => {
      const moves = movesAlong(first, axis) === ofA && movesAlong(second, axis) === ofB;
      return axis < outer.length && extent > 1 && moves ? [axis] : [];
    });
  const group = (axes: readonly number[]): Group => {
    const extents = axes.map((axis) => box[axis] as number);
    return { axes, extents, size: sizeOf(extents) };
  };
  const batch = group([...axesOf(true, true), ...axesOf(false, false)]);
  const sides = [group(axesOf(true, false)), group(axesOf(false, true))] as const;
  const points = box.flatMap((extent, axis) => (axis >= outer.length && extent > 1 ? [axis] : []));
  const summed = group(lyingOrder(points, first, second));
  const narrow = Math.min(sides[0].size, sides[1].size) === 1;
  const dot = Math.max(sides[0].size, sides[1].size) === 1;
  if (dot || (narrow && summed.size < shortest)) return null;
  // results of neighboring columns are neighbors in memory
  const dense = (side: Group): boolean =>
    stores.some(({ strides }) => side.axes.some((axis) => Math.abs(strides[axis] ?? 0) === 1));
  const turned = narrow ? sides[0].size === 1 : dense(sides[0]) && !dense(sides[1]);
  const [rows, columns] = turned ? [sides[1], sides[0]] : sides;
  const [left, right] = turned ? [b, a] : [a, b];
  return { kernel, box, batch, rows, columns, summed, left, right };
}

/** Axes of the sum, the one along which an operand's elements are neighbors last. */
function lyingOrder(axes: readonly number[], ...operands: readonly Read[]): readonly number[] {
  const dense = (axis: number): number =>
    operands.filter(({ strides }) => Math.abs(strides[axis] ?? 0) === 1).length;
  return axes.toSorted((x, y) => dense(x) - dense(y));
}
