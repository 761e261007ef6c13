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
import { rangeOf } from "../views/linear.ts";

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

/** A form while the number of axes still grows: coefficients by axis. */
interface Sum {
  readonly offset: number;
  readonly terms: ReadonlyMap<number, number>;
}
interface State {
  readonly axes: readonly { readonly extent: number; readonly outer: boolean }[];
  readonly labels: readonly (Sum | null)[];
  readonly out: readonly Sum[];
  readonly guards: readonly (Sum & { readonly extent: number })[];
}

const constant = (offset: number): Sum => ({ offset, terms: new Map() });
const axis = (k: number, coefficient = 1, offset = 0): Sum => ({
  offset,
  terms: new Map([[k, coefficient]]),
});
function combine(...parts: readonly (readonly [coefficient: number, sum: Sum])[]): Sum {
  let offset = 0;
  const terms = new Map<number, number>();
  for (const [c, sum] of parts) {
    offset += c * sum.offset;
    for (const [k, x] of sum.terms) terms.set(k, (terms.get(k) ?? 0) + c * x);
  }
  return { offset, terms };
}
const divided = (sum: Sum, by: number): Sum => ({
  offset: sum.offset / by + 0, // + 0: no −0 in addresses
  terms: new Map([...sum.terms].map(([k, x]) => [k, x / by + 0])),
});
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
  const known = combine(
    [1, constant(form.offset)],
    ...used
      .filter((l) => !free.includes(l))
      .map((l) => [form.strides[l] as number, state.labels[l] as Sum] as const),
  );
  const pivot = choosePivot(c, form, free, known);
  if (pivot === null) {
    const summed = sumOver(c, state, free);
    const y = summed.axes.length;
    const whole = combine(
      [1, known],
      ...free.map((l) => [form.strides[l] as number, summed.labels[l] as Sum] as const),
      [-1, axis(y)],
    );
    return [
      {
        ...summed,
        axes: [...summed.axes, { extent, outer: true }],
        out: [...summed.out, axis(y)],
        guards: [...summed.guards, { ...whole, extent: 1 }],
      },
    ];
  }
  const others = free.filter((l) => l !== pivot);
  const step = form.strides[pivot] as number;
  return Math.abs(step) === 1
    ? [solveUnit(c, state, form, extent, pivot, others, known)]
    : residues(c, state, form, extent, pivot, others[0], known);
}

/** The label that leaves the fewest points to sum, then the fewest kernels. */
function choosePivot(
  c: Contraction,
  form: Linear,
  free: readonly number[],
  known: Sum,
): number | null {
  let best: { label: number; left: number; kernels: number } | null = null;
  for (const label of free) {
    const step = Math.abs(form.strides[label] as number);
    const others = free.filter((l) => l !== label);
    const divisible = [...known.terms.values()].every((x) => x % step === 0);
    if (step > 1 && (others.length > 1 || !divisible)) continue;
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
  for (const l of labels) {
    solved[l] = axis(axes.length);
    axes.push({ extent: c.extents[l] as number, outer: false });
  }
  return { ...state, axes, labels: solved };
}

/** y = ±p + rest, so p = ±(y − rest), where it is in range. */
function solveUnit(
  c: Contraction,
  before: State,
  form: Linear,
  extent: number,
  pivot: number,
  others: readonly number[],
  known: Sum,
): State {
  const state = sumOver(c, before, others);
  const y = state.axes.length;
  const sign = form.strides[pivot] as number;
  const p = combine(
    [sign, axis(y)],
    [-sign, known],
    ...others.map((l) => [-sign * (form.strides[l] as number), state.labels[l] as Sum] as const),
  );
  return {
    axes: [...state.axes, { extent, outer: true }],
    labels: state.labels.map((x, l) => (l === pivot ? p : x)),
    out: [...state.out, axis(y)],
    guards: [...state.guards, { ...p, extent: c.extents[pivot] as number }],
  };
}

/** y = |c|·t + r and c·p + d·k + known = y: for each r, the k that leave p whole. */
function residues(
  c: Contraction,
  state: State,
  form: Linear,
  extent: number,
  pivot: number,
  other: number | undefined,
  known: Sum,
): State[] {
  const step = form.strides[pivot] as number;
  const size = Math.abs(step);
  const d = other === undefined ? 0 : (form.strides[other] as number);
  const stride = size / gcd(size, d);
  const made: State[] = [];
  for (let r = 0; r < Math.min(size, extent); r++) {
    const t = state.axes.length;
    const axes = [...state.axes, { extent: Math.ceil((extent - r) / size), outer: true }];
    const labels = [...state.labels];
    const out = [...state.out, axis(t, size, r)];
    // d·k ≡ r − known (mod |c|); known's terms are multiples of |c|
    let first = -1;
    for (let k = 0; k < stride && first < 0; k++)
      if (modulo(d * k - (r - known.offset), size) === 0) first = k;
    const k = axes.length;
    const taps = Math.ceil(
      ((other === undefined ? 1 : (c.extents[other] as number)) - first) / stride,
    );
    const count = first < 0 ? 0 : Math.max(0, taps);
    axes.push({ extent: count, outer: false });
    const tap = axis(k, stride, Math.max(first, 0));
    if (other !== undefined) labels[other] = tap;
    const rest = combine([1, axis(t, size, r)], [-1, known], [-d, tap]);
    const p = divided(rest, step);
    labels[pivot] = count === 0 ? constant(0) : p;
    const guards =
      count === 0 ? state.guards : [...state.guards, { ...p, extent: c.extents[pivot] as number }];
    made.push({ axes, labels, out, guards });
  }
  return made;
}

/** Labels nothing was solved for are summed; axes are put in order, outer first. */
function finish(c: Contraction, before: State): Branch {
  const free = before.labels.flatMap((x, l) => (x === null ? [l] : []));
  const state = sumOver(c, before, free);
  const order = [
    ...state.axes.flatMap((a, k) => (a.outer ? [k] : [])),
    ...state.axes.flatMap((a, k) => (a.outer ? [] : [k])),
  ];
  const box = order.map((k) => (state.axes[k] as State["axes"][number]).extent);
  const linear = (sum: Sum): Linear => ({
    offset: sum.offset,
    strides: order.map((k) => sum.terms.get(k) ?? 0),
  });
  const canFail = (g: Guard): boolean => {
    const [low, high] = rangeOf(g, box);
    return low < 0 || high >= g.extent;
  };
  const empty = box.includes(0);
  return {
    outer: state.axes.filter((a) => a.outer).map((a) => a.extent),
    summed: state.axes.filter((a) => !a.outer).map((a) => a.extent),
    out: state.out.map(linear),
    labels: state.labels.map((sum) => linear(sum as Sum)),
    guards: empty
      ? []
      : state.guards.map((g) => ({ ...linear(g), extent: g.extent })).filter(canFail),
  };
}
