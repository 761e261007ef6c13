/**
 * Module 3.98 — A loop kernel, put in order.
 *
 * A kernel without folds becomes plain maps, those stored inside over outer and inner axes together.
 * Axes of one point go, and neighbors that every form passes through as if they were one become one:
 * what is left takes the fewest divisions to find its indices.
 */
import type { Input, Linear, LoopKernel, Shape, Store } from "@mt/backend";
import { rewrite } from "@mt/backend";

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** All forms of some part of a kernel. */
function formsOf(part: unknown): readonly Linear[] {
  const forms: Linear[] = [];
  rewrite(part, {
    form: (form) => {
      forms.push(form);
      return form;
    },
  });
  return forms;
}
/** A part of a kernel whose forms run over some of their axes. */
export const overAxes = <T>(part: T, axes: readonly number[]): T =>
  rewrite(part, { form: (form) => ({ ...form, strides: axes.map((k) => form.strides[k] ?? 0) }) });

/** Axes in groups, each of which is walked like one axis with the stride of its last. */
function groupsOf(extents: Shape, outer: number, forms: readonly Linear[]): readonly number[][] {
  const groups: number[][] = [];
  extents.forEach((extent, axis) => {
    if (extent === 1) return;
    const group = groups.at(-1);
    const last = group?.at(-1) ?? 0;
    const joins =
      group !== undefined &&
      last < outer === axis < outer &&
      forms.every(
        ({ strides }) => (strides[last] ?? 0) === (strides[axis] ?? 0) * (extents[axis] as number),
      );
    if (joins) group.push(axis);
    else groups.push([axis]);
  });
  return groups;
}

/** With as few axes as its forms allow. */
function collapsed(kernel: LoopKernel): LoopKernel {
  const { outer, inner, inputs, stores } = kernel;
  const extents = [...outer, ...inner];
  if (extents.includes(0)) return kernel;
  const groups = groupsOf(extents, outer.length, formsOf([inputs, stores]));
  const axes = groups.map((group) => group.at(-1) as number);
  const sizes = groups.map((group) => sizeOf(group.map((axis) => extents[axis] as number)));
  const ofOuter = axes.filter((axis) => axis < outer.length);
  return {
    ...kernel,
    outer: sizes.slice(0, ofOuter.length),
    inner: sizes.slice(ofOuter.length),
    inputs: overAxes(inputs, axes),
    stores: stores.map((store): Store => overAxes(store, store.inside ? axes : ofOuter)),
  };
}

/** The kernels a loop kernel is made of, one after the other. */
export function nestsOf(kernel: LoopKernel): readonly LoopKernel[] {
  const { outer, inner, inputs, folds, stores } = kernel;
  if (folds.length) return [collapsed(kernel)];
  const inside = stores.filter((store) => store.inside);
  const outside = stores.filter((store) => !store.inside);
  const maps: LoopKernel[] = [];
  if (inside.length)
    maps.push({
      ...kernel,
      outer: [...outer, ...inner],
      inner: [],
      stores: inside.map((store) => ({ ...store, inside: false })),
    });
  if (outside.length) {
    const own = outer.map((_, axis) => axis);
    const still: readonly Input[] = overAxes(inputs, own);
    maps.push({ ...kernel, inner: [], inputs: still, stores: outside });
  }
  return maps.map(collapsed);
}
