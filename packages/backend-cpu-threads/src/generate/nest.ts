/**
 * Module 3.71 — A loop kernel, put in order.
 *
 * Axes of one point go; a kernel without folds becomes plain maps over one box, those stored inside
 * over outer and inner axes together. What is left has at least one outer axis.
 */
import {
  type Fold,
  type Input,
  type Linear,
  type LoopKernel,
  type PrefixKernel,
  rewrite,
  type Shape,
  type Store,
} from "@mt/backend";

export interface Nest {
  readonly outer: Shape;
  readonly inner: Shape;
  readonly inputs: readonly Input[];
  readonly folds: readonly Fold[];
  readonly stores: readonly Store[];
  /** Inside stores see the fold up to their point. */
  readonly running: boolean;
}

/** A form over some of its axes. */
export const overAxes = <L extends Linear>(form: L, axes: readonly number[]): L => ({
  ...form,
  strides: axes.map((axis) => form.strides[axis] ?? 0),
});
export const inputsOver = (inputs: readonly Input[], axes: readonly number[]): readonly Input[] =>
  rewrite(inputs, { form: (form) => overAxes(form, axes) });

/** Without axes of one point, but with one outer axis at least. */
export function squeeze(nest: Nest): Nest {
  const extents = [...nest.outer, ...nest.inner];
  const kept = extents.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const outer = kept.filter((axis) => axis < nest.outer.length);
  const alone = outer.length === 0;
  const axes = alone ? [extents.length, ...kept] : kept; // an axis nothing moves along
  const ofOuter = alone ? [extents.length] : outer;
  return {
    ...nest,
    outer: ofOuter.map((axis) => extents[axis] ?? 1),
    inner: kept.filter((axis) => axis >= nest.outer.length).map((axis) => extents[axis] as number),
    inputs: inputsOver(nest.inputs, axes),
    stores: nest.stores.map((store) => overAxes(store, store.inside ? axes : ofOuter)),
  };
}

/** The nests a kernel is made of, one after the other. */
export function nestsOf(kernel: LoopKernel | PrefixKernel): readonly Nest[] {
  const { outer, inner, inputs, stores } = kernel;
  const running = kernel.kind === "prefix";
  const folds = running ? [kernel.fold] : kernel.folds;
  const whole: Nest = { outer, inner, inputs, folds, stores, running };
  if (folds.length) return [squeeze(whole)];
  const inside = stores.filter((store) => store.inside);
  const outside = stores.filter((store) => !store.inside);
  const maps: Nest[] = [];
  if (inside.length)
    maps.push({
      ...whole,
      outer: [...outer, ...inner],
      inner: [],
      stores: inside.map((store) => ({ ...store, inside: false })),
    });
  if (outside.length)
    maps.push({
      ...whole,
      inner: [],
      inputs: inputsOver(inputs, [...outer.keys()]),
      stores: outside,
    });
  return maps.map(squeeze);
}

/** Whether an input's value depends on the index along an axis. */
export function moves(input: Input, inputs: readonly Input[], axis: number): boolean {
  const along = (form: Linear): boolean => (form.strides[axis] ?? 0) !== 0;
  if (input.kind === "scalar") return false;
  if (input.kind === "index") return along(input);
  if (input.guards.some(along)) return true;
  if (input.kind === "test") return false;
  const index = input.indirect && (inputs[input.indirect.input] as Input);
  return along(input) || (index !== undefined && moves(index, inputs, axis));
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
