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
import { type Nest, sizeOf } from "./nest.ts";
import type { Geometry } from "./scope.ts";

export interface Plan {
  readonly geometry: Geometry;
  /** Positions of outer axes; the rest are folded. */
  readonly outer: number;
  /** Whether vectors lie along an axis that is folded. */
  readonly folded: boolean;
  /** Steps taken together at the copy position, and their indices. */
  readonly copies: number;
  readonly step: number;
  readonly lanes: number;
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
function inputCost(input: Input, inputs: readonly Input[], axis: number): number {
  if (input.kind === "scalar") return 0;
  if (input.kind === "index") return along(input, axis) ? 1 : 0;
  const guards = input.guards.reduce((sum, g) => sum + (along(g, axis) ? 3 : 1), 0);
  if (input.kind === "test") return guards;
  const index = input.indirect && (inputs[input.indirect.input] as Linear);
  const scattered = index && along(index, axis) !== 0;
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
      return input ? sum + inputCost(input, inputs, axis) : sum;
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

export function planOf(nest: Nest, tuning: Tuning = {}): Plan {
  const { outer, inner, folds } = nest;
  const { axis, folded, cost } = choose(nest);
  const extents = [...outer, ...inner];
  const isOuter = (k: number): boolean => k < outer.length;
  const last = (list: readonly number[], k: number): number[] =>
    list.includes(k) ? [...list.filter((x) => x !== k), k] : [...list];
  const all = extents.map((_, k) => k);
  const order = [
    ...last(all.filter(isOuter), folded ? -1 : axis),
    ...last(
      all.filter((k) => !isOuter(k)),
      folded ? axis : -1,
    ),
  ];
  const extent = extents[axis] as number;
  const heavy = computing(folds.map(({ body }) => body)) > 12;
  const most = folds.length && inner.length ? (heavy ? 2 : folded ? 4 : 8) : (tuning.unroll ?? 2);
  const copies = copiesFor(extent, most);
  const lanes = Math.min(4, extent);
  const position = order.indexOf(axis);
  const geometry: Geometry = {
    axes: order,
    extents: order.map((k) => extents[k] as number),
    vector: position,
    copy: position,
  };
  return {
    geometry,
    outer: outer.length,
    folded,
    copies,
    step: Math.min(extent, 4 * copies),
    lanes,
    ...unitsOf(nest, geometry, folded ? 1 : Math.min(extent, 4 * copies), cost, tuning),
    summary: `${folded ? "along a folded axis" : "along"} of ${extent}, ${copies} × ${lanes}`,
  };
}

/** Units of some thousand points: whole indices of one position, or a few of them. */
function unitsOf(
  nest: Nest,
  { extents }: Geometry,
  step: number,
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
  const multiple = split === count - 1 ? step : 1;
  const wanted = Math.max(1, Math.round(target / Math.max(1, below(split)) / multiple));
  const chunk = Math.min(Math.max(1, extent), wanted * multiple);
  const empty = sizeOf(nest.outer) === 0;
  const units = empty ? 0 : sizeOf(extents.slice(0, split)) * Math.ceil(extent / chunk);
  // an operation on four f32 takes about half a nanosecond
  return { split, chunk, units, nanosecondsPerUnit: (0.5 * cost) / Math.max(1, units) };
}
