/**
 * Module 3.88 — Large contractions, slice by slice.
 *
 * Copies of whole operands can take as much memory as all else a program holds. So where they are
 * large, a few indices of an axis are done at a time: copied, multiplied, and the next ones in the
 * same scratch space. A slice is the same code with addresses further on; the shape alone decides.
 */
import type { Linear, LoopKernel } from "@mt/backend";
import { bytesOf } from "../vectors/storage.ts";
import { type ContractPlan, layOut, type Product, sidesOf } from "./contract-plan.ts";
import type { Slices } from "./kernel.ts";
import { sizeOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";

/** Bytes of copies in a slice, at most; and products in it, so that threads have something to share. */
const most = 1 << 20;
const fewest = 1 << 22;

/** Bytes that each binding moves with the index of an outer axis; null if more than that changes. */
function stepsAlong({ inputs, stores }: Product, axis: number): readonly number[] | null {
  const still = ({ strides }: Linear): boolean => !strides[axis];
  const steps: number[] = [];
  for (const input of inputs) {
    if (input.kind === "index" && !still(input)) return null;
    if ("guards" in input && !input.guards.every(still)) return null;
  }
  for (const view of [...inputs, ...stores]) {
    if (!("slot" in view)) continue;
    const step = bytesOf(view.dtype) * (view.strides[axis] ?? 0);
    if ((steps[view.slot] ?? step) !== step) return null;
    steps[view.slot] = step;
  }
  return steps;
}

/** Whether a copy changes from slice to slice. */
export const movesBy = (steps: readonly number[], { inputs }: LoopKernel): boolean =>
  inputs.some((input) => input.kind === "read" && steps[input.slot] !== 0);

/** The plan for one slice, along the first axis that can be cut, if copies are too large at once. */
export function sliced(
  whole: ContractPlan,
  scratch: number,
  tuning: Tuning,
): { readonly plan: ContractPlan; readonly slices?: Slices } {
  const { product, operands, rows, columns } = whole;
  const { outer, extents } = product;
  const { grain } = tuning;
  for (const [axis, extent] of outer.entries()) {
    const steps = axis === rows.axis || axis === columns.axis ? null : stepsAlong(product, axis);
    if (!steps) continue;
    const moving = operands.filter(({ kernels }) => kernels().some((copy) => movesBy(steps, copy)));
    const bytes = moving.reduce((sum, { elements }) => sum + 4 * elements, 0);
    let count = 1;
    for (let next = 2; next <= extent && bytes / count > (grain ?? most); next++)
      if (extent % next === 0 && sizeOf(extents) / next >= (grain ?? fewest)) count = next;
    const size = extent / count;
    const part = { ...product, outer: outer.with(axis, size), extents: extents.with(axis, size) };
    const plan = count > 1 && layOut(part, sidesOf(part), whole, scratch, tuning);
    if (plan) return { plan, slices: { count, steps: steps.map((step) => step * size) } };
  }
  return { plan: whole };
}
