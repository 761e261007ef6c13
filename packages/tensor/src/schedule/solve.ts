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
import { axisForm, rangeOf, substituteForms } from "../views/linear.ts";

/**
 * One kernel's worth. Its axes are the result's coordinates, then the labels, which are summed;
 * labels that were solved for have one point left, or none.
 */
export interface Branch {
  readonly outer: readonly number[];
  readonly summed: readonly number[];
  /** The result's coordinates, and the labels, over the axes. */
  readonly out: readonly Linear[];
  readonly labels: readonly Linear[];
  /** Points that count. */
  readonly guards: readonly Guard[];
}
interface State extends Branch {
  /** Labels that no coordinate has been solved for, or with. */
  readonly free: readonly number[];
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;
const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));
/** The terms of a form that these labels make. */
const only = (form: Linear, keep: (label: number) => boolean): Linear => ({
  offset: form.offset,
  strides: form.strides.map((x, l) => (keep(l) ? x : 0)),
});
const difference = (a: Linear, b: Linear): Linear =>
  substituteForms({ offset: 0, strides: [1, -1] }, [a, b], a.strides.length);

export function solve(c: Contraction): Branch[] {
  const { rank, dims } = c.shape;
  const rankOfBox = rank + c.extents.length;
  let states: State[] = [
    {
      outer: dims,
      summed: c.extents,
      out: dims.map((_, d) => axisForm(d, rankOfBox)),
      labels: c.extents.map((_, l) => axisForm(rank + l, rankOfBox)),
      guards: [],
      free: c.extents.map((_, l) => l),
    },
  ];
  for (let d = 0; d < rank; d++) states = states.flatMap((state) => solveCoordinate(c, state, d));
  return states.map(({ guards, ...state }) => {
    const box = [...state.outer, ...state.summed];
    const canFail = (g: Guard): boolean => {
      const [low, high] = rangeOf(g, box);
      return low < 0 || high >= g.extent;
    };
    return { ...state, guards: box.includes(0) ? [] : guards.filter(canFail) };
  });
}

/** Every way one more result coordinate takes: one state a residue, or a condition. */
function solveCoordinate(c: Contraction, state: State, d: number): State[] {
  const form = c.out[d] as Linear;
  const { labels, out, guards } = state;
  const used = state.free.filter((l) => form.strides[l] !== 0);
  const free = state.free.filter((l) => !used.includes(l));
  const known = substituteForms(
    only(form, (l) => !used.includes(l)),
    labels,
    (out[d] as Linear).strides.length,
  );
  const pivot = choosePivot(c, form, used, known);
  if (pivot !== null) return solveFor(pivot, used, known, c, { ...state, free }, d);
  const all = substituteForms(form, labels, known.strides.length);
  const agree = { ...difference(all, out[d] as Linear), extent: 1 };
  return [{ ...state, free, guards: [...guards, agree] }];
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

/**
 * The coordinate c·p + Σ d·k + known = y solved for p, where y = |c|·t + r: for each residue r, the
 * k that leave p whole. Where |c| is 1 that is one state, and all k do.
 */
function solveFor(
  pivot: number,
  used: readonly number[],
  known: Linear,
  c: Contraction,
  state: State,
  d: number,
): State[] {
  const form = c.out[d] as Linear;
  const extent = state.outer[d] as number;
  const rank = known.strides.length;
  const step = form.strides[pivot] as number;
  const size = Math.abs(step);
  return Array.from({ length: Math.min(size, Math.max(extent, 1)) }, (_, r) => {
    const y = axisForm(d, rank, size, r);
    const labels = [...state.labels];
    const summed = [...state.summed];
    for (const l of used) {
      if (l === pivot) continue;
      const coefficient = form.strides[l] as number;
      const stride = size / gcd(size, coefficient);
      let first = 0; // coefficient·k ≡ r − known (mod |c|); known's strides are multiples of |c|
      while (first < stride && modulo(coefficient * first - r + known.offset, size) !== 0) first++;
      summed[l] =
        first < stride ? Math.max(0, Math.ceil(((summed[l] as number) - first) / stride)) : 0;
      labels[l] = axisForm(state.outer.length + l, rank, stride, first);
    }
    const rest = difference(
      y,
      substituteForms(
        only(form, (l) => l !== pivot),
        labels,
        rank,
      ),
    );
    const divided = (x: number): number => x / step + 0; // no −0 in addresses
    const p = { offset: divided(rest.offset), strides: rest.strides.map(divided) };
    summed[pivot] = Number(Number.isInteger(p.offset)); // else no point adds to this residue
    labels[pivot] = p;
    return {
      ...state,
      outer: state.outer.with(d, Math.ceil((extent - r) / size)),
      summed,
      out: state.out.with(d, y),
      labels,
      guards: [...state.guards, { ...p, extent: c.extents[pivot] as number }],
    };
  });
}
