/**
 * Module 3.11 — What a loop means, step by step.
 *
 * Nothing here is fast: it is the definition that generated code is held to, bit for bit, and the
 * way where a host forbids `new Function`. It reads as the documentation of kernels does.
 */
import { dtypes, interpret, type TypedArray } from "@mt/operators";
import type { Guard, Indirect, Input, Linear, Shape } from "../kernel.ts";
import { wideSign } from "./accumulate.ts";
import type { KernelFunction, Loop } from "./loop.ts";

/** Visits every point of a box in row-major order, writing its indices into `at` from `from` on. */
function eachPoint(box: Shape, at: number[], from: number, visit: () => void, axis = 0): void {
  if (axis === box.length) visit();
  else
    for (let i = 0; i < (box[axis] as number); i++) {
      at[from + axis] = i;
      eachPoint(box, at, from, visit, axis + 1);
    }
}

const within = (x: number, extent: number): boolean => x >= 0 && x < extent;

export function interpretLoop(loop: Loop): KernelFunction {
  const { outer, inner, inputs, running } = loop;
  const folds = loop.folds.map(({ monoid, body }) => {
    const wide = wideSign(monoid);
    const combine = interpret(monoid.combine);
    const { round, fromFloat } = dtypes[body.dtype];
    return {
      value: interpret(body),
      identity: fromFloat(monoid.identity),
      step: (x: number, y: number) => (wide === "+" ? x + y : wide ? x * y : combine(x, y)),
      finish: (x: number) => (wide ? round(x) : x),
    };
  });
  const stores = loop.stores.map((store) => {
    const monoid = store.place?.monoid ?? "set";
    const combine = monoid === "set" ? (_: number, y: number) => y : interpret(monoid.combine);
    return { ...store, value: interpret(store.body), combine };
  });
  return (views, offsets, scalars) => {
    const at = [...outer, ...inner].fill(0);
    const form = ({ offset, strides }: Linear): number =>
      strides.reduce((sum, stride, axis) => sum + stride * (at[axis] as number), offset);
    const hold = (guards: readonly Guard[]): boolean =>
      guards.every((guard) => within(form(guard), guard.extent));
    const read = (input: Input): number => {
      if (input.kind === "test") return Number(hold(input.guards));
      const { fromFloat, round } = dtypes[input.dtype];
      if (input.kind === "scalar") return fromFloat(scalars[input.index] as number);
      if (input.kind === "index") return round(form(input));
      const address = hold(input.guards) ? addressOf(input, input.indirect) : undefined;
      const view = views[input.slot] as TypedArray;
      return address === undefined ? fromFloat(input.fill) : (view[address] as number);
    };
    /** Where a read or a store goes; nowhere if its position is out of range. */
    const addressOf = (x: Linear & { readonly slot: number }, place?: Indirect) => {
      const position = place ? read(inputs[place.input] as Input) : 0;
      if (place && !within(position, place.extent)) return undefined;
      return (offsets[x.slot] as number) + form(x) + position * (place?.stride ?? 0);
    };
    const storeAll = (inside: boolean, folded: readonly number[]): void => {
      const values = [...inputs.map(read), ...folded];
      for (const store of stores) {
        const address = store.inside === inside ? addressOf(store, store.place) : undefined;
        if (address === undefined) continue;
        const view = views[store.slot] as TypedArray;
        view[address] = store.combine(view[address] as number, store.value(...values));
      }
    };
    eachPoint(outer, at, 0, () => {
      const folded: number[] = [];
      for (const { identity, value, step, finish } of folds) {
        let carried = identity;
        eachPoint(inner, at, outer.length, () => {
          carried = step(carried, value(...inputs.map(read), ...folded));
          if (running) storeAll(true, [finish(carried)]);
        });
        folded.push(finish(carried));
      }
      if (!running) eachPoint(inner, at, outer.length, () => storeAll(true, folded));
      storeAll(false, folded);
    });
  };
}
