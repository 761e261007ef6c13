/**
 * Module 3.36 — Random contractions: every way in which axes can belong to two operands.
 */
import { argument, type DType, dtypes, type Expr } from "@mt/operators";
import type { ContractKernel, Guard, Read, Role, Store } from "../kernel.ts";
import {
  argumentSlot,
  chance,
  clampTo,
  type Draft,
  type Draw,
  drafted,
  drawFormula,
  drawInput,
  drawStore,
  finished,
  integer,
  pick,
  range,
} from "./arbitrary.ts";
import type { Trial } from "./trial.ts";

interface Axis {
  readonly role: Role;
  readonly extent: number;
}

function drawAxes(draw: Draw): readonly Axis[] {
  const of = (role: Role, most: number): Axis[] =>
    Array.from({ length: integer(draw, 0, most) }, () => ({
      role,
      extent: chance(draw, 4) ? 0 : integer(draw, 1, 4),
    }));
  const outer = [...of("batch", 2), ...of("row", 2), ...of("column", 2)];
  const turns = integer(draw, 0, Math.max(0, outer.length - 1)); // roles in any order
  const summed: Axis = { role: "summed", extent: pick(draw, [1, 2, 3, 5, 8, 0]) };
  return [...outer.slice(turns), ...outer.slice(0, turns), summed, ...of("summed", 1)];
}

/** Which operands move along an axis, by its role. */
const movers: { readonly [R in Role]: readonly [a: boolean, b: boolean] } = {
  batch: [true, true],
  row: [true, false],
  column: [false, true],
  summed: [true, true],
};

/** One operand: strides along its own axes, dense or not, of either sign; guards over them. */
function drawOperand(draft: Draft, axes: readonly Axis[], which: 0 | 1, dtype: DType): Read {
  const { draw } = draft;
  const box = axes.map(({ extent }) => extent);
  let step = chance(draw, 70) ? 1 : 2;
  const order = axes.map((_, axis) => axis);
  if (chance(draw, 50)) order.reverse();
  const strides = axes.map(() => 0);
  for (const axis of order.reverse()) {
    const { role, extent } = axes[axis] as Axis;
    if (!movers[role][which] || (role === "summed" && chance(draw, 10))) continue;
    strides[axis] = chance(draw, 15) ? -step : step;
    step = chance(draw, 80) ? step * Math.max(1, extent) : step; // or overlapping, as windows are
  }
  const [low, high] = range({ offset: 0, strides }, box);
  const slot = argumentSlot(draft, dtype, high - low + 1);
  const guards: Guard[] = [];
  if (chance(draw, 40))
    guards.push({
      offset: integer(draw, -2, 1),
      strides: strides.map((stride) => Math.sign(stride)),
      extent: integer(draw, 1, 5),
    });
  const fill = guards.length && chance(draw, 50) ? 1 : 0; // counts as zero all the same
  return { kind: "read", slot, dtype, offset: 0 - low, strides, guards, fill };
}

/** A contraction with an epilogue or two; operands may be narrower than the sum. */
export function drawRoles(draw: Draw, known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const axes = drawAxes(draw);
  const count = axes.findIndex(({ role }) => role === "summed");
  const box = axes.map(({ extent }) => extent);
  const [outer, inner] = [box.slice(0, count), box.slice(count)];
  const draft = drafted(draw, known, outer, inner);
  const narrower = known.filter((x) => dtypes[x].rank < dtypes[dtype].rank);
  const operand = (which: 0 | 1): Read => {
    const own = narrower.length && chance(draw, 15) ? pick(draw, narrower) : dtype;
    return drawOperand(draft, axes, which, own);
  };
  draft.inputs.push(operand(0), operand(1));
  const kinds = ["strided", "guarded", "scalar", "lookup", "index"];
  const beside = Array.from({ length: integer(draw, 0, 2) }, () =>
    drawInput(draft, pick(draw, kinds), outer, dtype),
  );
  const total = argument(draft.inputs.length, dtype);
  const from: Expr[] = [clampTo(total, 16), ...beside];
  const stores: Store[] = [drawStore(draft, false, total)];
  if (chance(draw, 60)) stores.push(drawStore(draft, false, drawFormula(draw, from, dtype)));
  const kernel: ContractKernel = {
    kind: "contract",
    outer,
    inner,
    inputs: draft.inputs,
    a: 0,
    b: 1,
    roles: axes.map(({ role }) => role),
    dtype,
    stores,
  };
  return finished(draft, kernel);
}
