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
  /** Elements from one panel to the next, if it lies in panels. */
  readonly panel: number | null;
}
/** The axis a tile takes several indices of, and how many. */
export interface Cut {
  readonly axis: number;
  readonly width: number;
}
export interface Layout {
  readonly operand: Operand;
  /** The loops that make the copy. */
  readonly kernels: readonly LoopKernel[];
  /** Of the copy; 0 if there is none. */
  readonly elements: number;
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

/** The axes an operand moves along, in groups; `alone` stays by itself. */
function grouping(read: Read, extents: Shape, alone: number): readonly Group[] {
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
const grouped = new WeakMap<Read, Map<number, readonly Group[]>>();
/** The same, found once for each read of a product: plans are many, and every one asks. */
function groupsOf(read: Read, extents: Shape, alone: number): readonly Group[] {
  const known = grouped.get(read) ?? new Map<number, readonly Group[]>();
  grouped.set(read, known);
  const groups = known.get(alone) ?? grouping(read, extents, alone);
  known.set(alone, groups);
  return groups;
}

/** Elements from one index to the next of a dense box. */
const denseStrides = (box: Shape): number[] => box.map((_, axis) => sizeOf(box.slice(axis + 1)));

/** One axis of a copy: how the forms of what is read move along it, and where they start. */
interface Dimension {
  readonly extent: number;
  readonly direction: Shape;
  readonly start: number;
}
const dimensionOf = ({ extent, direction, low }: Group): Dimension => ({
  extent,
  direction,
  start: low,
});

/** The dimension along which a guard moves and the indices it lets pass, if it is a single one. */
function passing({ offset, strides, extent }: Guard): readonly [number, number, number] | null {
  const axis = strides.findIndex((x) => x !== 0);
  const step = strides[axis] as number;
  if (axis < 0 || strides.some((x, k) => x !== 0 && k !== axis)) return null;
  return step > 0
    ? [axis, Math.ceil(-offset / step), Math.ceil((extent - offset) / step)]
    : [axis, Math.floor((extent - offset) / step) + 1, Math.floor(-offset / step) + 1];
}

/** Copies a box; where guards fail zeros are stored, or nothing if all that pass are a box, too. */
function copyLoop(
  read: Read,
  dtype: DType,
  dimensions: readonly Dimension[],
  { slot, ...place }: Linear & { readonly slot: number },
): LoopKernel {
  const moved = <L extends Linear>(form: L, which: number): L => {
    const strides = dimensions.map(({ direction }) => direction[which] as number);
    const offset = dimensions.reduce(
      (sum, { start }, k) => sum + start * (strides[k] as number),
      form.offset,
    );
    return { ...form, offset, strides };
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
    offset: from.reduce((sum, x, k) => sum + x * (form.strides[k] as number), form.offset),
  });
  const body = cast(argument(0, read.dtype), dtype);
  return {
    kind: "loop",
    outer: to.map((x, k) => Math.max(0, x - (from[k] as number))),
    inner: [],
    inputs: [{ ...within(moved(read, 0)), guards: box ? [] : guards, fill: 0 }],
    folds: [],
    stores: [{ ...within(place), slot, dtype, inside: false, body }],
  };
}
/** Copies of `read` that are the whole of a slot, after zeros where they store none. */
function overZeros(
  { guards }: Read,
  dtype: DType,
  slot: number,
  size: number,
  loops: LoopKernel[],
): Layout["kernels"] {
  if (guards.length === 0 || loops.some(({ inputs }) => (inputs[0] as Read).guards.length))
    return loops;
  const store = { slot, dtype, inside: false, offset: 0, strides: [1], body: constant(0, dtype) };
  return [
    { kind: "loop", outer: [size], inner: [], inputs: [], folds: [], stores: [store] },
    ...loops,
  ];
}

/** As it lies. */
export const direct = ({ slot, offset, strides }: Read): Layout => ({
  operand: { slot, offset, strides, panel: null },
  kernels: [],
  elements: 0,
});

/** A copy in `slot`, in which the elements a tile takes at once are neighbours. */
export function copied(
  read: Read,
  dtype: DType,
  extents: Shape,
  cut: Cut,
  summed: readonly number[],
  slot: number,
): Layout {
  const rows = along(read, dtype, extents, cut.axis, slot);
  const alone = groupsOf(read, extents, -1).some(
    ({ members }) => members.length === 1 && members[0]?.axis === cut.axis,
  );
  return rows && !alone ? rows : inPanels(read, dtype, extents, cut, summed, slot);
}

/** Where element Σ stride · (value of group) lies, as a form over all axes. */
function formOver(extents: Shape, groups: readonly Group[], strides: Shape): Linear {
  const all = extents.map(() => 0);
  let offset = 0;
  groups.forEach(({ members, low }, k) => {
    const stride = strides[k] as number;
    offset -= stride * low;
    for (const { axis, multiplier } of members) all[axis] = stride * multiplier;
  });
  return { offset, strides: all };
}

/** A copy in which the elements along `axis` are neighbours; null if windows lie coarser there. */
export function along(
  read: Read,
  dtype: DType,
  extents: Shape,
  axis: number,
  slot: number,
): Layout | null {
  const groups = groupsOf(read, extents, -1);
  const own = groups.find(({ members }) => members.some((member) => member.axis === axis));
  const fine = own?.members.some((member) => member.axis === axis && member.multiplier === 1);
  return own && fine
    ? inRows(read, dtype, extents, [...groups.filter((group) => group !== own), own], slot)
    : null;
}

function inRows(
  read: Read,
  dtype: DType,
  extents: Shape,
  groups: readonly Group[],
  slot: number,
): Layout {
  const box = groups.map(({ extent }) => extent);
  const strides = denseStrides(box);
  const elements = sizeOf(box);
  const copy = copyLoop(read, dtype, groups.map(dimensionOf), { slot, offset: 0, strides });
  return {
    operand: { slot, panel: null, ...formOver(extents, groups, strides) },
    kernels: overZeros(read, dtype, slot, elements, [copy]),
    elements,
  };
}

/** Rows of a panel that are copied at a time where they lie far apart. */
const depth = 16;

function inPanels(
  read: Read,
  dtype: DType,
  extents: Shape,
  { axis, width }: Cut,
  summed: readonly number[],
  slot: number,
): Layout {
  const extent = extents[axis] as number;
  const panels = Math.ceil(extent / width);
  const whole = Math.floor(extent / width);
  const groups = groupsOf(read, extents, axis);
  const folded = (group: Group): number =>
    Math.max(...group.members.map((member) => summed.indexOf(member.axis)));
  const around = groups.filter((group) => folded(group) < 0);
  const within = groups
    .filter((group) => folded(group) >= 0)
    .toSorted((x, y) => folded(x) - folded(y));
  const sizes = (list: readonly Group[]): number[] => list.map((group) => group.extent);
  const strides = denseStrides([...sizes(around), panels, ...sizes(within), width]);
  const panel = strides[around.length] as number;
  const direction = [read, ...read.guards].map((form) => form.strides[axis] as number);
  // from far apart a little for every panel: what else lies in a line of the cache is used soon
  const [only] = within.length === 1 ? within : [];
  const far = only && Math.abs(only.direction[0] as number) > Math.abs(direction[0] as number);
  const block = far && only.extent > depth && only.extent % depth === 0 ? depth : null;
  const loop = (count: number, from: number, first: number): LoopKernel => {
    const across = { extent: count, direction: direction.map((x) => x * width), start: 0 };
    const along = { extent: width, direction, start: from };
    const [outside, inside] = [around.map(dimensionOf), within.map(dimensionOf)];
    const place = { slot, offset: first * panel };
    if (!only || block === null)
      return copyLoop(read, dtype, [...outside, across, ...inside, along], { ...place, strides });
    const blocks = {
      extent: only.extent / block,
      direction: only.direction.map((x) => x * block),
      start: only.low / block,
    };
    const own = strides.slice(0, around.length);
    return copyLoop(
      read,
      dtype,
      [...outside, blocks, across, { ...dimensionOf(only), extent: block, start: 0 }, along],
      { ...place, strides: [...own, block * width, panel, width, 1] },
    );
  };
  const others = strides.filter((_, k) => k !== around.length);
  const form = formOver(extents, [...around, ...within], others);
  const elements = sizeOf([...sizes(around), panels, ...sizes(within), width]);
  // the last panel reaches back so that it is whole
  const loops = [loop(whole, 0, 0), ...(panels > whole ? [loop(1, extent - width, whole)] : [])];
  return {
    operand: {
      slot,
      panel,
      offset: form.offset,
      strides: form.strides.map((stride, k) => (k === axis ? 1 : stride)),
    },
    kernels: overZeros(read, dtype, slot, elements, loops),
    elements,
  };
}
