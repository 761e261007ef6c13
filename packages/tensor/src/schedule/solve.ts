/**
 * Module 2.11a — Solving a contraction for its result.
 *
 * A contraction says where each point of the labels' box adds to. A kernel must say, for each
 * element of the result, which points to sum. So each result coordinate y = Σ c·label + offset is
 * solved for one label. Where its coefficient c is ±1 that is one guarded form; otherwise the
 * residues of y modulo |c| become separate kernels, without zeros inserted and without wasted
 * products: the input gradient of a convolution of stride s is s kernels an axis. What neither
 * fits is summed in full under the condition that the coordinates agree.
 */
import type { Guard, Linear } from "@mt/backend";
import type { Contraction } from "../views/contraction.ts";
import { axisForm, constantForm, rangeOf } from "../views/linear.ts";

/** One kernel's worth: forms are over its axes, outer then summed. */
export interface Branch {
  readonly outer: readonly number[];
  readonly summed: readonly number[];
  /** The result's coordinates. */
  readonly out: readonly Linear[];
  readonly labels: readonly Linear[];
  /** Points that count. */
  readonly guards: readonly Guard[];
}

interface State {
  readonly axes: readonly { readonly extent: number; readonly outer: boolean }[];
  /** Forms over the axes so far; null while a label is free. */
  readonly labels: readonly (Linear | null)[];
  readonly out: readonly Linear[];
  readonly guards: readonly Guard[];
}

const axis = (k: number, coefficient = 1, offset = 0): Linear =>
  axisForm(k, k + 1, coefficient, offset);
/** Σ coefficient · form, over as many axes as the longest form knows of. */
function combine(...parts: readonly (readonly [coefficient: number, form: Linear])[]): Linear {
  const strides: number[] = [];
  let offset = 0;
  for (const [c, form] of parts) {
    offset += c * form.offset;
    form.strides.forEach((x, k) => {
      for (let i = strides.length; i <= k; i++) strides.push(0);
      strides[k] = (strides[k] as number) + c * x;
    });
  }
  return { offset, strides };
}
const modulo = (a: number, n: number): number => ((a % n) + n) % n;
const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

export function solve(c: Contraction): Branch[] {
  let states: State[] = [{ axes: [], labels: c.extents.map(() => null), out: [], guards: [] }];
  c.out.forEach((form, d) => {
    const extent = c.shape.dims[d] as number;
    states = states.flatMap((state) => solveCoordinate(c, state, form, extent));
  });
  return states.map((state) => finish(c, state));
}

/** Every way one more result coordinate takes: itself as an axis, or one state a residue. */
function solveCoordinate(c: Contraction, state: State, form: Linear, extent: number): State[] {
  const used = form.strides.flatMap((x, l) => (x === 0 ? [] : [l]));
  const free = used.filter((l) => state.labels[l] === null);
  const sumOf = (labels: readonly number[], { labels: forms }: State, offset: number): Linear =>
    combine(
      [1, constantForm(offset, 0)],
      ...labels.map((l) => [form.strides[l] as number, forms[l] as Linear] as const),
    );
  const known = sumOf(
    used.filter((l) => !free.includes(l)),
    state,
    form.offset,
  );
  const pivot = choosePivot(c, form, free, known);
  if (pivot !== null) return solveFor(pivot, free, known, c, state, form, extent);
  const summed = sumOver(c, state, free);
  const y = axis(summed.axes.length);
  const difference = combine([1, sumOf(used, summed, form.offset)], [-1, y]);
  return [
    {
      ...summed,
      axes: [...summed.axes, { extent, outer: true }],
      out: [...summed.out, y],
      guards: [...summed.guards, { ...difference, extent: 1 }],
    },
  ];
}

/** The label that leaves the fewest points to sum, then the fewest kernels. */
function choosePivot(
  c: Contraction,
  form: Linear,
  free: readonly number[],
  known: Linear,
): number | null {
  let best: { label: number; left: number; kernels: number } | null = null;
  for (const label of free) {
    const step = Math.abs(form.strides[label] as number);
    const others = free.filter((l) => l !== label);
    if (step > 1 && (others.length > 1 || known.strides.some((x) => x % step !== 0))) continue;
    let left = others.reduce((n, l) => n * (c.extents[l] as number), 1);
    const other = others[0];
    if (step > 1 && other !== undefined) left /= step / gcd(step, form.strides[other] as number);
    if (!best || left < best.left || (left === best.left && step < best.kernels))
      best = { label, left, kernels: step };
  }
  return best?.label ?? null;
}

/** Labels that stay summed become axes. */
function sumOver(c: Contraction, state: State, labels: readonly number[]): State {
  const axes = [...state.axes];
  const solved = [...state.labels];
  for (const l of labels)
    solved[l] = axis(axes.push({ extent: c.extents[l] as number, outer: false }) - 1);
  return { ...state, axes, labels: solved };
}

/**
 * The coordinate c·p + Σ d·k + known = y solved for p, where y = |c|·t + r: for each residue r, the
 * k that leave p whole. Where |c| is 1 that is one state, and all k do.
 */
function solveFor(
  pivot: number,
  free: readonly number[],
  known: Linear,
  c: Contraction,
  state: State,
  form: Linear,
  extent: number,
): State[] {
  const step = form.strides[pivot] as number;
  const size = Math.abs(step);
  const others = free.filter((l) => l !== pivot);
  return Array.from({ length: Math.min(size, Math.max(extent, 1)) }, (_, r) => {
    const axes = [...state.axes];
    const labels = [...state.labels];
    const t = axes.push({ extent: Math.ceil((extent - r) / size), outer: true }) - 1;
    const y = axis(t, size, r);
    let rest = combine([1, y], [-1, known]);
    let empty = false;
    // without another label it is as if there were one that adds nothing
    for (const l of others.length ? others : [-1]) {
      const d = form.strides[l] ?? 0;
      const stride = size / gcd(size, d);
      let first = 0; // d·k ≡ r − known (mod |c|); known's strides are multiples of |c|
      while (first < stride && modulo(d * first - r + known.offset, size) !== 0) first++;
      const count = first < stride ? Math.ceil(((c.extents[l] ?? 1) - first) / stride) : 0;
      const k = axis(axes.push({ extent: Math.max(0, count), outer: false }) - 1, stride, first);
      empty ||= count <= 0;
      if (d !== 0) labels[l] = k;
      rest = combine([1, rest], [-d, k]);
    }
    // + 0: no −0 in addresses
    const whole = (x: number): number => (empty ? 0 : x / step + 0);
    const p = { offset: whole(rest.offset), strides: rest.strides.map(whole) };
    labels[pivot] = p;
    const guards = [...state.guards, { ...p, extent: c.extents[pivot] as number }];
    return { axes, labels, out: [...state.out, y], guards };
  });
}

/** Labels nothing was solved for are summed; axes are put in order, outer first. */
function finish(c: Contraction, before: State): Branch {
  const state = sumOver(
    c,
    before,
    before.labels.flatMap((x, l) => (x === null ? [l] : [])),
  );
  const all = state.axes.map((_, k) => k);
  const outer = all.filter((k) => state.axes[k]?.outer);
  const summed = all.filter((k) => !state.axes[k]?.outer);
  const extents = (list: readonly number[]): number[] =>
    list.map((k) => (state.axes[k] as State["axes"][number]).extent);
  const order = [...outer, ...summed];
  const box = extents(order);
  const over = <L extends Linear>(form: L): L => ({
    ...form,
    strides: order.map((k) => form.strides[k] ?? 0),
  });
  const canFail = (g: Guard): boolean => {
    const [low, high] = rangeOf(g, box);
    return low < 0 || high >= g.extent;
  };
  return {
    outer: extents(outer),
    summed: extents(summed),
    out: state.out.map(over),
    labels: state.labels.map((form) => over(form as Linear)),
    guards: box.includes(0) ? [] : state.guards.map(over).filter(canFail),
  };
}
