/**
 * Module 2.3 — Views: where element (i, j, …) lives.
 *
 * A view reads stored elements at an affine address wherever its guards hold, and is `fill`
 * elsewhere. Slices, flips, transposes, broadcasts, diagonals, windows and padding only substitute
 * one linear form into another, so any chain of them is again one view. A reshape is one too where
 * strides can express it.
 */
import type { Guard, Linear, Shape } from "@mt/backend";
import { rowMajor, sizeOf } from "../shape.ts";
import { rangeOf, sameForm, substituteForms } from "./linear.ts";

export interface View extends Linear {
  readonly guards: readonly Guard[];
  readonly fill: number;
}

/** A whole array, as it is stored. */
export const whole = (shape: Shape): View =>
  normalized({ offset: 0, strides: rowMajor(shape), guards: [], fill: 0 }, shape);

/** An axis of one element has no stride: so equal accesses are equal views. */
function normalized(view: View, shape: Shape): View {
  if (!shape.includes(1)) return view;
  const flat = <L extends Linear>(form: L): L => ({
    ...form,
    strides: form.strides.map((s, k) => (shape[k] === 1 ? 0 : s)),
  });
  return { ...flat(view), guards: view.guards.map(flat) };
}

/**
 * `view` (over `shape`) read at `coordinates` (forms over the box `extents`). Coordinates that can
 * leave the shape become guards. Null where padding meets padding of another value: one copy.
 */
export function compose(
  view: View,
  shape: Shape,
  coordinates: readonly Linear[],
  extents: Shape,
  fill = 0,
): View | null {
  const rank = extents.length;
  const guards = view.guards.map((g) => substituteForms(g, coordinates, rank));
  const old = guards.length;
  if (sizeOf(extents) > 0) {
    shape.forEach((extent, d) => {
      const coordinate = coordinates[d] as Linear;
      const [low, high] = rangeOf(coordinate, extents);
      if (low < 0 || high >= extent) guards.push({ ...coordinate, extent });
    });
  }
  const added = guards.length > old;
  if (added && old > 0 && !Object.is(view.fill, fill)) return null;
  const { offset, strides } = substituteForms(view, coordinates, rank);
  return normalized({ offset, strides, guards, fill: added ? fill : view.fill }, extents);
}

/** Further conditions under which the view is read; elsewhere it is 0. Null: its fill differs. */
export function guarded(view: View, guards: readonly Guard[]): View | null {
  if (guards.length === 0) return view;
  if (view.guards.length > 0 && !Object.is(view.fill, 0)) return null;
  const fresh = guards.filter(
    (g) => !view.guards.some((h) => h.extent === g.extent && sameForm(g, h)),
  );
  return { ...view, guards: [...view.guards, ...fresh], fill: 0 };
}

/** The finest runs of axes of both shapes that have equal products (axes of one element aside). */
function runs(from: Shape, to: Shape): { from: number[]; to: number[] }[] {
  const out: { from: number[]; to: number[] }[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    while (from[i] === 1) i++;
    while (to[j] === 1) j++;
    if (i >= from.length || j >= to.length) return out;
    const run = { from: [i], to: [j] };
    let n = from[i++] as number;
    let m = to[j++] as number;
    while (n !== m) {
      if (n < m) {
        run.from.push(i);
        n *= from[i++] as number;
      } else {
        run.to.push(j);
        m *= to[j++] as number;
      }
    }
    out.push(run);
  }
}

/** The same elements in row-major order under another shape; null if no strides express it. */
export function reshapeView(view: View, from: Shape, to: Shape): View | null {
  if (sizeOf(to) === 0) return { offset: 0, strides: to.map(() => 0), guards: [], fill: view.fill };
  const groups = runs(from, to);
  const reshaped = <L extends Linear>(form: L): L | null => {
    const strides = new Array<number>(to.length).fill(0);
    for (const run of groups) {
      const axes = run.from.filter((k) => from[k] !== 1);
      for (let k = 1; k < axes.length; k++) {
        const inner = axes[k] as number;
        const outer = axes[k - 1] as number;
        if (form.strides[outer] !== (form.strides[inner] as number) * (from[inner] as number))
          return null;
      }
      let stride = axes.length ? (form.strides[axes[axes.length - 1] as number] as number) : 0;
      for (const k of run.to.toReversed()) {
        strides[k] = to[k] === 1 ? 0 : stride;
        stride *= to[k] as number;
      }
    }
    return { ...form, strides };
  };
  const address = reshaped(view);
  const guards = view.guards.map(reshaped);
  if (!address || guards.includes(null)) return null;
  return { ...address, guards: guards as Guard[] };
}

export const sameView = (a: View, b: View): boolean =>
  sameForm(a, b) &&
  a.guards.length === b.guards.length &&
  (a.guards.length === 0 || Object.is(a.fill, b.fill)) &&
  a.guards.every((g, k) => g.extent === b.guards[k]?.extent && sameForm(g, b.guards[k] as Guard));
