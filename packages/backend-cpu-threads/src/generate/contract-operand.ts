/**
 * Module 3.83 — Operands of a contraction, laid out so that tiles can read them.
 *
 * A tile reads its operands without guards, in the dtype of the sum, along one axis of each: one
 * element after the other, or as a *panel*, which is as wide as the tile. An operand that does not
 * lie like that is copied by a loop first. Axes that only their sum matters of (the windows of a
 * convolution) are one axis of the copy: it holds every element once, with zeros around.
 */
import type { Guard, Linear, LoopKernel, Read, Shape } from "@mt/backend";
import { argument, cast, constant, type DType } from "@mt/operators";
import { sizeOf } from "./nest.ts";

export interface Operand extends Linear {
  readonly slot: number;
  /** Elements from one panel to the next; 0 if it does not lie in panels. */
  readonly panel: number;
}
/** The axis a tile takes several indices of, and its tiles. */
export interface Cut {
  readonly axis: number;
  readonly tiles: number;
  /** Indices of a tile, at most; so many tiles are full. */
  readonly width: number;
  readonly full: number;
  /** Indices of those after them, and where these start. */
  readonly narrow: number;
  readonly rest: number;
}
/** Tiles in a row, of `width` indices each, from number `first` on. */
interface Run {
  readonly first: number;
  readonly count: number;
  readonly width: number;
  readonly start: number;
}
export const runsOf = ({ tiles, width, full, narrow, rest }: Cut): readonly Run[] => [
  { first: 0, count: full, width, start: 0 },
  ...(tiles > full ? [{ first: full, count: tiles - full, width: narrow, start: rest }] : []),
];
export interface Layout {
  readonly operand: Operand;
  /** Of the copy; 0 if there is none. */
  readonly elements: number;
  /** The loops that make the copy: of many layouts that are weighed one is made. */
  kernels(): readonly LoopKernel[];
}

/** Axes of which only Σ multiplier · index matters. */
interface Group {
  /** How each form moves when that sum grows by one. */
  readonly direction: Shape;
  readonly members: readonly { readonly axis: number; readonly multiplier: number }[];
  /** Values from `low` on. */
  readonly low: number;
  readonly extent: number;
}

const gcd = (x: number, y: number): number => (y === 0 ? Math.abs(x) : gcd(y, x % y));

/** The group with one more axis, if it is parallel and windows overlap. */
function joined(group: Group, axis: number, direction: Shape, extent: number): Group | null {
  const lead = group.direction.findIndex((x) => x !== 0);
  const [own, other] = [group.direction[lead] as number, direction[lead] as number];
  if (other === 0) return null;
  const parallel = direction.every((x, k) => x * own === (group.direction[k] as number) * other);
  const finer = Math.abs(own) / gcd(own, other); // the old direction is so many new ones
  const divides = group.direction.every((x) => x % finer === 0);
  if (!parallel || !divides) return null;
  const multiplier = other / (own / finer);
  const reach = multiplier * (extent - 1);
  const all = (group.extent - 1) * finer + Math.abs(reach) + 1;
  if (all >= group.extent * extent) return null;
  return {
    direction: group.direction.map((x) => x / finer),
    members: [
      ...group.members.map((m) => ({ ...m, multiplier: m.multiplier * finer })),
      { axis, multiplier },
    ],
    low: group.low * finer + Math.min(0, reach),
    extent: all,
  };
}

/** The axes an operand moves along, in groups; without axis `alone`. */
function groupsOf(read: Read, extents: Shape, alone?: number): readonly Group[] {
  const forms: readonly Linear[] = [read, ...read.guards];
  const groups: Group[] = [];
  extents.forEach((extent, axis) => {
    const direction = forms.map((form) => form.strides[axis] as number);
    if (axis === alone || direction.every((x) => x === 0)) return;
    for (const [i, group] of groups.entries()) {
      const more = joined(group, axis, direction, extent);
      if (!more) continue;
      groups[i] = more;
      return;
    }
    groups.push({ direction, members: [{ axis, multiplier: 1 }], low: 0, extent });
  });
  return groups;
}
/** An operand and what it moves along. */
export interface Side {
  readonly read: Read;
  readonly groups: readonly Group[];
}

export const sideOf = (read: Read, extents: Shape): Side => ({
  read,
  groups: groupsOf(read, extents),
});

/** One axis of a copy: how the forms of what is read move along it, from where, and the copy itself. */
interface Dimension {
  readonly extent: number;
  readonly direction: Shape;
  readonly low: number;
  readonly stride: number;
}

const advanced = (offset: number, strides: Shape, by: Shape): number =>
  strides.reduce((sum, stride, k) => sum + stride * (by[k] as number), offset);

/** The dimension along which a guard moves and the indices it lets pass, if it is a single one. */
function passing({ offset, strides, extent }: Guard): readonly [number, number, number] | null {
  const axis = strides.findIndex((x) => x !== 0);
  const step = strides[axis] as number;
  if (axis < 0 || strides.some((x, k) => x !== 0 && k !== axis)) return null;
  // from the other end, if it runs backwards
  const [first, by] = step > 0 ? [offset, step] : [extent - 1 - offset, -step];
  return [axis, Math.ceil(-first / by), Math.ceil((extent - first) / by)];
}

/** Copies a box; where guards fail zeros are stored, or nothing if all that pass are a box, too. */
function copyLoop(
  read: Read,
  dtype: DType,
  slot: number,
  start: number,
  dimensions: readonly Dimension[],
): LoopKernel {
  const moved = <L extends Linear>(form: L, which: number): L => {
    const strides = dimensions.map(({ direction }) => direction[which] as number);
    return {
      ...form,
      offset: advanced(
        form.offset,
        strides,
        dimensions.map(({ low }) => low),
      ),
      strides,
    };
  };
  const guards = read.guards.map((guard, k): Guard => moved(guard, k + 1));
  const ranges = guards.map(passing);
  const box = ranges.every((range) => range !== null);
  const from = dimensions.map(() => 0);
  const to = dimensions.map(({ extent }) => extent);
  for (const [axis, low, high] of box ? ranges : []) {
    from[axis] = Math.max(from[axis] as number, low);
    to[axis] = Math.min(to[axis] as number, high);
  }
  const within = <L extends Linear>(form: L): L => ({
    ...form,
    offset: advanced(form.offset, form.strides, from),
  });
  const place = within({ offset: start, strides: dimensions.map(({ stride }) => stride) });
  const body = cast(argument(0, read.dtype), dtype);
  return {
    kind: "loop",
    outer: to.map((x, k) => Math.max(0, x - (from[k] as number))),
    inner: [],
    inputs: [{ ...within(moved(read, 0)), guards: box ? [] : guards, fill: 0 }],
    folds: [],
    stores: [{ ...place, slot, dtype, inside: false, body }],
  };
}
/** Zeros all over a copy, for loops that store none where guards fail. */
const zeros = (slot: number, dtype: DType, size: number): LoopKernel => ({
  kind: "loop",
  outer: [size],
  inner: [],
  inputs: [],
  folds: [],
  stores: [{ slot, dtype, inside: false, offset: 0, strides: [1], body: constant(0, dtype) }],
});

/** As it lies. */
export const direct = ({ slot, offset, strides }: Read): Layout => ({
  operand: { slot, offset, strides, panel: 0 },
  elements: 0,
  kernels: () => [],
});

/** Rows of a panel that are copied at a time where they lie far apart. */
const depth = 16;

/** No cut: all in one piece. */
const none: Cut = { axis: -1, tiles: 1, width: 1, full: 1, narrow: 1, rest: 1 };

/**
 * A copy in `slot`: neighbours are the elements a tile takes at once, or those along `folded`; null
 * if windows lie coarser there.
 */
export function copied(
  { read, groups: all }: Side,
  dtype: DType,
  extents: Shape,
  cut: Cut,
  folded: number | null,
  summed: readonly number[],
  slot: number,
): Layout | null {
  const axis = folded ?? cut.axis;
  const is = (member: { readonly axis: number }): boolean => member.axis === axis;
  const own = all.find(({ members }) => members.some(is));
  const fine = own?.members.find(is)?.multiplier === 1;
  const others = all.filter((group) => group !== own);
  const made = (groups: readonly Group[], around: number, by: Cut): Layout =>
    dense(read, dtype, extents, slot, groups, around, by);
  const single = own?.members.length === 1;
  if (own && fine && (folded !== null || !single))
    return made([...others, own], others.length, none);
  if (folded !== null) return null;
  const place = (group: Group): number =>
    Math.max(...group.members.map((member) => summed.indexOf(member.axis)));
  const groups = (own && !single ? groupsOf(read, extents, axis) : others).toSorted(
    (x, y) => place(x) - place(y),
  );
  return made(groups, groups.filter((group) => place(group) < 0).length, cut);
}

/** The groups in that order, and after `around` of them panels, as wide as tiles are high. */
function dense(
  read: Read,
  dtype: DType,
  extents: Shape,
  slot: number,
  groups: readonly Group[],
  around: number,
  cut: Cut,
): Layout {
  const { axis, width, tiles } = cut;
  const box = [...groups.map(({ extent }) => extent), width];
  box.splice(around, 0, tiles);
  const strides = box.map((_, k) => sizeOf(box.slice(k + 1)));
  const [panel = 0] = strides.splice(around, 1);
  const placed = groups.map((group, k) => ({ ...group, stride: strides[k] as number }));
  const outside = placed.slice(0, around);
  const inside = placed.slice(around);
  const direction = [read, ...read.guards].map((form) => form.strides[axis] ?? 0);
  // from far apart a little for every panel: what else lies in a line of the cache is used soon
  const [only] = inside.length === 1 ? inside : [];
  const far = only && Math.abs(only.direction[0] as number) > Math.abs(direction[0] as number);
  const blocks = far && axis >= 0 && only.extent > depth && only.extent % depth === 0;
  const [before, after] = blocks ? divided(only) : [[], inside];
  const elements = sizeOf(box);
  const kernels = (): LoopKernel[] => {
    const loops = runsOf(cut).map(({ first, count, width: some, start }) => {
      const wide = direction.map((x) => x * some);
      const across = { extent: count, direction: wide, low: 0, stride: panel };
      const along = { extent: some, direction, low: start, stride: 1 };
      const loop = [...outside, ...before, across, ...after, along];
      return copyLoop(read, dtype, slot, panel * first, loop);
    });
    const guarded = loops.some(({ inputs }) => (inputs[0] as Read).guards.length > 0);
    const bare = read.guards.length > 0 && !guarded;
    return bare ? [zeros(slot, dtype, elements), ...loops] : loops;
  };
  let offset = 0;
  const steps = extents.map((_, k) => Number(k === axis));
  for (const { members, low, stride } of placed) {
    offset -= stride * low;
    for (const member of members) steps[member.axis] = stride * member.multiplier;
  }
  return {
    operand: { slot, panel: axis < 0 ? 0 : panel, offset, strides: steps },
    elements,
    kernels,
  };
}

/** A dimension as blocks, and as what is within one. */
const divided = ({
  extent,
  direction,
  low,
  stride,
}: Dimension): readonly [readonly Dimension[], readonly Dimension[]] => [
  [
    {
      extent: extent / depth,
      direction: direction.map((x) => x * depth),
      low: low / depth,
      stride: stride * depth,
    },
  ],
  [{ extent: depth, direction, low: 0, stride }],
];
