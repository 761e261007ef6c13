/**
 * Module 3.76 — How a loop kernel is laid out.
 *
 * Which axis its vectors lie along, how many steps are taken together, in what order the loops
 * stand, and where the work is cut into units. The axis is the one along which reading, computing
 * and storing all points costs least by a rough count; a fold can have its vectors along an axis it
 * folds (then lanes are combined at its end) or along one of its results.
 */
import type { Input, Linear, Store } from "@mt/backend";
import { costOfPrimitive, type Expr, postorder } from "@mt/operators";
import { bytesOf } from "../vectors/storage.ts";
import { moves, type Nest, sizeOf } from "./nest.ts";
import type { Geometry } from "./scope.ts";

export interface Plan {
  readonly geometry: Geometry;
  /** Positions of outer axes; the rest are folded. */
  readonly outer: number;
  /** Whether vectors lie along an axis that is folded. */
  readonly folded: boolean;
  /** Steps taken together at the copy position. */
  readonly copies: number;
  /** Points of a vector that count. */
  readonly lanes: number;
  /** Indices that are taken together, by position. */
  readonly steps: readonly number[];
  /** The position that is cut, and into pieces of how many indices. */
  readonly split: number;
  readonly chunk: number;
  readonly units: number;
  readonly nanosecondsPerUnit: number;
  readonly summary: string;
}

/** What may be varied, for tests and for tuning. */
export interface Tuning {
  /** Vectors a map takes at once. */
  readonly unroll?: number;
  /** Points in a unit, about. */
  readonly grain?: number;
}

const along = (form: Linear, axis: number): number => form.strides[axis] ?? 0;
/** In operations: of reading or storing four points that lie like this. */
const accessCost = (stride: number): number =>
  stride === 0 ? 0.5 : stride === 1 ? 1 : stride === -1 ? 1.5 : 5;
/** An outer axis along which a read that jumps along `axis` has neighbours, so that it can be turned; or −1. */
function turningAxis(nest: Nest, input: Input, axis: number): number {
  if (nest.folds.length || input.kind !== "read" || input.guards.length || input.indirect)
    return -1;
  if (bytesOf(input.dtype) !== 4 || Math.abs(along(input, axis)) < 2) return -1;
  const fits = (k: number): boolean => k !== axis && (nest.outer[k] as number) >= 4;
  return input.strides.findIndex((stride, k) => stride === 1 && fits(k));
}
function inputCost(nest: Nest, input: Input, axis: number): number {
  const { inputs } = nest;
  if ((nest.outer[axis] ?? 0) >= 4 && turningAxis(nest, input, axis) >= 0) return 2;
  if (input.kind === "scalar") return 0;
  if (input.kind === "index") return along(input, axis) ? 1 : 0;
  const guards = input.guards.reduce((sum, g) => sum + (along(g, axis) ? 3 : 1), 0);
  if (input.kind === "test") return guards;
  const index = input.indirect && (inputs[input.indirect.input] as Input);
  const scattered = index !== undefined && moves(index, inputs, axis);
  return guards + (scattered ? 8 : accessCost(along(input, axis)));
}
const argumentsOf = (roots: readonly Expr[]): Set<number> =>
  new Set(postorder(...roots).flatMap((x) => (x.kind === "arg" ? [x.index] : [])));
export const computing = (roots: readonly Expr[]): number =>
  postorder(...roots).reduce(
    (sum, x) => sum + (x.kind === "call" ? costOfPrimitive(x.primitive) : 0),
    0,
  );

/** Operations at each folded point, and at each outer one, for four points along an axis. */
function costs(nest: Nest, axis: number): { readonly within: number; readonly around: number } {
  const { inputs, folds, stores } = nest;
  const reading = (roots: readonly Expr[]): number =>
    [...argumentsOf(roots)].reduce((sum, k) => {
      const input = inputs[k];
      return input ? sum + inputCost(nest, input, axis) : sum;
    }, computing(roots));
  const storing = (list: readonly Store[]): number =>
    list.reduce((sum, store) => sum + accessCost(along(store, axis)), 0);
  const inner = stores.filter((store) => store.inside);
  const outer = stores.filter((store) => !store.inside);
  const bodies = folds.map(({ body }) => body);
  return {
    within:
      reading(bodies) + reading(inner.map(({ body }) => body)) + storing(inner) + folds.length,
    around: reading(outer.map(({ body }) => body)) + storing(outer),
  };
}

interface Choice {
  readonly axis: number;
  readonly folded: boolean;
  /** Operations for all points. */
  readonly cost: number;
}
function choose(nest: Nest): Choice {
  const { outer, inner, folds, running } = nest;
  const points = sizeOf(outer);
  const extents = [...outer, ...inner];
  const choices = extents.map((extent, axis): Choice => {
    const folded = axis >= outer.length;
    const { within, around } = costs(nest, axis);
    const vectors = Math.ceil(extent / 4) / extent; // for each point
    const inside = folds.length ? points * sizeOf(inner) * within * vectors : 0;
    const ends = folded ? points * (around + 8 * folds.length) : points * vectors * around;
    return { axis, folded, cost: inside + ends };
  });
  // of equals the last outer one, along which results are likely to lie
  const possible = choices.filter(({ folded }) => !folded || !running).reverse();
  const sorted = possible.toSorted(
    (a, b) => a.cost - b.cost || Number(a.folded) - Number(b.folded),
  );
  return sorted[0] as Choice;
}

/** So many vectors at once that the fewest are computed twice. */
function copiesFor(extent: number, most: number): number {
  let best = 1;
  let least = Infinity;
  for (let copies = 1; copies <= Math.min(most, Math.floor(extent / 4)); copies++) {
    const computed = Math.ceil(extent / (4 * copies)) * 4 * copies;
    if (computed <= least) [best, least] = [copies, computed];
  }
  return best;
}

/** Copies along the vector, or along the axis by which most reads that jump can be turned. */
function copiesOf(
  nest: Nest,
  { axis, folded }: Choice,
  { unroll }: Tuning,
): { readonly copies: number; readonly along: number } {
  const { folds, inner, stores, inputs } = nest;
  const extent = [...nest.outer, ...inner][axis] as number;
  const turning = inputs.map((input) => turningAxis(nest, input, axis)).find((k) => k >= 0);
  if (turning !== undefined && extent >= 4)
    return { copies: (nest.outer[turning] as number) >= 8 ? 8 : 4, along: turning };
  // chains of many steps need more of them side by side to fill the processor
  const bodies = [...folds, ...stores].map(({ body }) => body);
  const heavy = computing(bodies) >= 16;
  const folding = folds.length > 0 && inner.length > 0;
  const most = folding && !folded ? (heavy ? 4 : 8) : folding || heavy ? 4 : 2;
  return { copies: copiesFor(extent, unroll ?? most), along: axis };
}

export function planOf(nest: Nest, tuning: Tuning = {}): Plan {
  const { outer, inner } = nest;
  const choice = choose(nest);
  const { axis, folded, cost } = choice;
  const { copies, along } = copiesOf(nest, choice, tuning);
  const extents = [...outer, ...inner];
  const all = extents.map((_, k) => k);
  const last = (list: readonly number[]): number[] =>
    list.includes(axis) ? [...list.filter((k) => k !== axis), axis] : [...list];
  const order = [...last(all.slice(0, outer.length)), ...last(all.slice(outer.length))];
  const geometry: Geometry = {
    axes: order,
    extents: order.map((k) => extents[k] as number),
    vector: order.indexOf(axis),
    copy: order.indexOf(along),
  };
  const lanes = Math.min(4, extents[axis] as number);
  const steps = order.map((k) => (k === axis ? lanes : 1) * (k === along ? copies : 1));
  return {
    geometry,
    steps,
    outer: outer.length,
    folded,
    copies,
    lanes,
    ...unitsOf(nest, geometry, steps, cost, tuning),
    summary: `${folded ? "folds" : "along"} ${extents[axis]}, ${copies} × ${lanes}`,
  };
}

/** The nest with an axis along which reads are turned in blocks that caches can hold. */
export function blocked(nest: Nest): Nest {
  const { axis, folded } = choose(nest);
  const extent = nest.outer[axis] ?? 0;
  const turns = !folded && nest.inputs.some((input) => turningAxis(nest, input, axis) >= 0);
  const block = [128, 112, 96, 80, 64, 48, 32].find((n) => extent % n === 0);
  if (!turns || block === undefined || extent <= block) return nest;
  // the blocks first, then all other axes, then within a block
  const rest = nest.outer.map((_, k) => k).filter((k) => k !== axis);
  const divide = <L extends Linear>(form: L): L => ({
    ...form,
    strides: [block * along(form, axis), ...rest.map((k) => along(form, k)), along(form, axis)],
  });
  return {
    ...nest,
    outer: [extent / block, ...rest.map((k) => nest.outer[k] as number), block],
    inputs: nest.inputs.map((input) => {
      if (input.kind === "scalar") return input;
      if (input.kind === "index") return divide(input);
      const guards = input.guards.map(divide);
      return input.kind === "test" ? { ...input, guards } : { ...divide(input), guards };
    }),
    stores: nest.stores.map(divide),
  };
}

/** Units of some thousand points: whole indices of one position, or a few of them. */
function unitsOf(
  nest: Nest,
  { extents }: Geometry,
  steps: readonly number[],
  cost: number,
  { grain = 8192 }: Tuning,
): Pick<Plan, "split" | "chunk" | "units" | "nanosecondsPerUnit"> {
  const count = nest.outer.length;
  const inner = Math.max(1, sizeOf(nest.inner));
  const target = Math.max(1, grain / inner);
  let split = 0;
  const below = (position: number): number => sizeOf(extents.slice(position + 1, count));
  while (split < count - 1 && below(split) >= target) split++;
  const extent = extents[split] as number;
  const step = steps[split] as number;
  const wanted = Math.max(1, Math.round(target / Math.max(1, below(split)) / step));
  const chunk = Math.min(Math.max(1, extent), wanted * step);
  const empty = sizeOf(nest.outer) === 0;
  const units = empty ? 0 : sizeOf(extents.slice(0, split)) * Math.ceil(extent / chunk);
  // an operation on four f32 takes about half a nanosecond
  return { split, chunk, units, nanosecondsPerUnit: (0.5 * cost) / Math.max(1, units) };
}
