/**
 * Module 3.77 — How a loop kernel is laid out.
 *
 * Which axis its vectors lie along, how many steps are taken together, in what order the loops
 * stand, and where the work is cut into units. The axis is the one along which reading, computing
 * and storing all points costs least by a rough count; a fold can have its vectors along an axis it
 * folds (then lanes are combined at its end) or along one of its results.
 */
import { type Linear, rewrite } from "@mt/backend";
import { along, costAlong, type Demands, demandsOf, turningAxis } from "./costs.ts";
import { type Nest, sizeOf } from "./nest.ts";
import type { Geometry, Page } from "./scope.ts";

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
  readonly layout: Readonly<Record<string, string>>;
}

/** What may be varied, for tests and for tuning. */
export interface Tuning {
  /** Vectors a map takes at once. */
  readonly unroll?: number;
  /** Points in a unit, about. */
  readonly grain?: number;
  /** Contractions in tiles wherever they can be: of operands as they lie, of copies, along sums. */
  readonly tiles?: "direct" | "copied" | "folded";
  /** Pairs of vectors are as fast as one. */
  readonly wide?: boolean;
}

interface Choice {
  readonly axis: number;
  readonly folded: boolean;
  /** Operations for all points. */
  readonly cost: number;
}
function choose(nest: Nest, { within, around }: Demands): Choice {
  const { outer, inner, folds, running } = nest;
  const points = sizeOf(outer);
  const extents = [...outer, ...inner];
  const choices = extents.map((extent, axis): Choice => {
    const folded = axis >= outer.length;
    const vectors = Math.ceil(extent / 4) / extent; // for each point
    const each = folds.length ? sizeOf(inner) * (costAlong(nest, axis, within) + folds.length) : 0;
    const once = costAlong(nest, axis, around);
    const ends = folded ? once + 8 * folds.length : vectors * once;
    return { axis, folded, cost: points * (each * vectors + ends) };
  });
  // of equals the last outer one, along which results are likely to lie
  const possible = choices.filter(({ folded }) => !folded || !running).reverse();
  const sorted = possible.toSorted(
    (a, b) => a.cost - b.cost || Number(a.folded) - Number(b.folded),
  );
  return sorted[0] as Choice;
}

/** From here on more copies gain nothing, and functions can have only so many variables. */
const hugeFormula = 2000;

/** The most steps of `width` at once, up to `most`, that hardly any points are computed twice. */
function copiesFor(extent: number, most: number, width = 4): number {
  let best = 1;
  let least = Infinity;
  for (let copies = 1; copies <= Math.min(most, Math.floor(extent / width)); copies++) {
    const computed = Math.ceil(extent / (width * copies)) * width * copies;
    if (computed <= Math.max(least, (33 / 32) * extent)) best = copies;
    least = Math.min(least, computed);
  }
  return best;
}

/** Copies along the vector, or along the axis by which most reads that jump can be turned. */
function copiesOf(
  nest: Nest,
  { axis, folded }: Choice,
  { within, around }: Demands,
  { unroll, wide }: Tuning,
): { readonly copies: number; readonly by: number } {
  const { folds, inner, inputs } = nest;
  const extent = [...nest.outer, ...inner][axis] as number;
  const turning = inputs.map((input) => turningAxis(nest, input, axis)).find((k) => k >= 0);
  if (turning !== undefined && extent >= 4 && unroll !== 1)
    return { copies: (nest.outer[turning] as number) >= 8 ? 8 : 4, by: turning };
  // chains of many steps need more of them side by side to fill the processor
  const operations = within.operations + around.operations;
  const folding = folds.length > 0 && inner.length > 0;
  const chains = within.halves || around.halves ? 4 : wide && !folded ? 8 : 6;
  const several = operations >= 32 ? chains : folding ? (folded ? 4 : 8) : 2;
  const most = operations < hugeFormula ? several : 1;
  const copies = copiesFor(extent, unroll ?? most);
  if (copies > 1 || folded) return { copies, by: axis };
  // of a short axis there is one vector: its neighbours along the next axis share what they can
  const next = nest.outer.findLastIndex((n, k) => k !== axis && n > 1);
  if (next < 0) return { copies, by: axis };
  return { copies: copiesFor(nest.outer[next] as number, unroll ?? most, 1), by: next };
}

/** The layout of a nest, and the nest it is for: the same, or cut into blocks. */
export function planOf(
  given: Nest,
  tuning: Tuning = {},
): { readonly nest: Nest; readonly plan: Plan } {
  const demands = demandsOf(given);
  const first = choose(given, demands);
  const nest = blocked(given, first);
  const choice = nest === given ? first : choose(nest, demandsOf(nest));
  const { outer, inner } = nest;
  const { axis, folded, cost } = choice;
  const { copies, by } = copiesOf(nest, choice, demands, tuning);
  const extents = [...outer, ...inner];
  // outer axes, then folded ones; of both the vectors' last
  const rank = (k: number): number => 2 * Number(k >= outer.length) + Number(k === axis);
  const order = [...extents.keys()].sort((a, b) => rank(a) - rank(b));
  const geometry: Geometry = {
    axes: order,
    extents: order.map((k) => extents[k] as number),
    vector: order.indexOf(axis),
    copy: order.indexOf(by),
  };
  const lanes = Math.min(4, extents[axis] as number);
  const steps = order.map((k) => (k === axis ? lanes : 1) * (k === by ? copies : 1));
  const plan: Plan = {
    geometry,
    steps,
    outer: outer.length,
    folded,
    copies,
    lanes,
    ...unitsOf(nest, geometry, steps, cost, tuning),
    layout: { [folded ? "folds" : "along"]: `${extents[axis]}`, vectors: `${copies} × ${lanes}` },
  };
  return { nest, plan };
}

/** The nest with an axis along which reads are turned in blocks that caches can hold. */
function blocked(nest: Nest, { axis, folded }: Choice): Nest {
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
    inputs: rewrite(nest.inputs, { form: divide }),
    stores: nest.stores.map(divide),
  };
}

/** Terms that a fold adds up one after the other. */
const mostTerms = 64;
/**
 * Where it puts aside what it has and begins anew: pages of so many terms, then of so many pages.
 * So what is lost in rounding does not grow with the length; the shape alone decides.
 */
export function pausesOf({ geometry: { extents }, steps, outer }: Plan): Page[] {
  const pauses: Page[] = [];
  let within = 1;
  for (let position = extents.length - 1; position >= outer; position--) {
    const [extent, step] = [extents[position] as number, steps[position] as number];
    let size = step * Math.max(1, Math.floor(mostTerms / within));
    for (; size < extent; size *= mostTerms) pauses.push({ position, size });
    within *= extent / step;
  }
  return pauses;
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
  // an operation on four f32 takes about an eighth of a nanosecond
  return { split, chunk, units, nanosecondsPerUnit: (0.125 * cost) / Math.max(1, units) };
}
