/** Module 2.2 — Linear forms: offset + Σ strides[k] · index[k], and what can be done with them. */
import type { Linear, Shape } from "@mt/backend";

export const constantForm = (offset: number, rank: number): Linear => ({
  offset,
  strides: new Array<number>(rank).fill(0),
});

/** offset + step · index[axis]. */
export function axisForm(axis: number, rank: number, step = 1, offset = 0): Linear {
  const strides = new Array<number>(rank).fill(0);
  strides[axis] = step;
  return { offset, strides };
}

/** The form with index k replaced by `coordinates[k]`, each a form over `rank` new indices. */
export function substituteForms<L extends Linear>(
  form: L,
  coordinates: readonly Linear[],
  rank: number,
): L {
  let offset = form.offset;
  const strides = new Array<number>(rank).fill(0);
  for (let d = 0; d < form.strides.length; d++) {
    const c = form.strides[d] as number;
    if (c === 0) continue;
    const coordinate = coordinates[d] as Linear;
    offset += c * coordinate.offset;
    for (let k = 0; k < rank; k++)
      strides[k] = (strides[k] as number) + c * (coordinate.strides[k] as number);
  }
  return { ...form, offset, strides };
}

/** The least and greatest value over a box (which must not be empty). */
export function rangeOf(form: Linear, extents: Shape): readonly [low: number, high: number] {
  let low = form.offset;
  let high = form.offset;
  for (let k = 0; k < extents.length; k++) {
    const reach = (form.strides[k] ?? 0) * ((extents[k] as number) - 1);
    if (reach > 0) high += reach;
    else low += reach;
  }
  return [low, high];
}

export const sameForm = (a: Linear, b: Linear): boolean =>
  a.offset === b.offset &&
  a.strides.length === b.strides.length &&
  a.strides.every((s, k) => s === b.strides[k]);
