/**
 * Module 3.11 — What a kernel means, step by step.
 *
 * Nothing here is fast: it is the definition that generated code is held to, bit for bit, and the
 * way where a host forbids `new Function`. Loops and scatters are written as their documentation
 * reads.
 */
import { dtypes, interpret, type TypedArray } from "@mt/operators";
import type {
  ArgsortKernel,
  Fold,
  Input,
  Linear,
  LoopKernel,
  PrefixKernel,
  Read,
  ScatterKernel,
  Shape,
  Store,
} from "../kernel.ts";
import { wideSign } from "./accumulate.ts";

/** The memory behind a kernel's bindings: whole blocks, and where each binding starts in them. */
export interface Memory {
  readonly views: TypedArray[];
  /** In elements. */
  readonly offsets: number[];
}
/** A kernel ready to run. */
export type KernelFunction = (
  views: readonly TypedArray[],
  offsets: readonly number[],
  scalars: Float64Array,
) => void;

/** Visits every point of a box in row-major order, writing its indices into `at` from `from` on. */
function eachPoint(box: Shape, at: number[], from: number, visit: () => void, axis = 0): void {
  if (axis === box.length) visit();
  else
    for (let i = 0; i < (box[axis] as number); i++) {
      at[from + axis] = i;
      eachPoint(box, at, from, visit, axis + 1);
    }
}

const evaluate = (form: Linear, at: readonly number[]): number =>
  form.strides.reduce((sum, stride, axis) => sum + stride * (at[axis] as number), form.offset);

/** The value of one input at a point; `inputs` are there for indirect addresses. */
function readInput(
  input: Input,
  inputs: readonly Input[],
  at: readonly number[],
  memory: Memory,
  scalars: Float64Array,
): number {
  const holds = (guards: Read["guards"]): boolean =>
    guards.every((guard) => {
      const value = evaluate(guard, at);
      return value >= 0 && value < guard.extent;
    });
  if (input.kind === "scalar") return dtypes[input.dtype].fromFloat(scalars[input.index] as number);
  if (input.kind === "index") return dtypes[input.dtype].round(evaluate(input, at));
  if (input.kind === "test") return Number(holds(input.guards));
  const { slot, guards, fill, dtype, indirect } = input;
  const outside = dtypes[dtype].fromFloat(fill);
  if (!holds(guards)) return outside;
  let address = evaluate(input, at);
  if (indirect) {
    const position = readInput(inputs[indirect.input] as Input, inputs, at, memory, scalars);
    if (!(position >= 0 && position < indirect.extent)) return outside;
    address += indirect.stride * position;
  }
  return (memory.views[slot] as TypedArray)[(memory.offsets[slot] as number) + address] as number;
}

/** The value of a fold before its first point, and one step of it. */
function folder({ monoid, body }: Fold): {
  identity: number;
  step(carried: number, ...values: readonly number[]): number;
  finish(carried: number): number;
} {
  const value = interpret(body);
  const combine = interpret(monoid.combine);
  const wide = wideSign(monoid);
  const { round, fromFloat } = dtypes[monoid.combine.dtype];
  const step = {
    "+": (x: number, y: number) => x + y,
    "*": (x: number, y: number) => x * y,
    narrow: (x: number, y: number) => combine(x, y),
  }[wide ?? "narrow"];
  return {
    identity: fromFloat(monoid.identity),
    step: (carried, ...values) => step(carried, value(...values)),
    finish: wide ? round : (x) => x,
  };
}

/** Loops, and prefixes: folds whose running value is stored inside. */
export function interpretLoop(kernel: LoopKernel | PrefixKernel): KernelFunction {
  const { outer, inner, inputs, stores } = kernel;
  const prefix = kernel.kind === "prefix";
  const folds = (prefix ? [kernel.fold] : kernel.folds).map(folder);
  const results = stores.map((store) => interpret(store.body));
  return (views, offsets, scalars) => {
    const memory: Memory = { views: [...views], offsets: [...offsets] };
    const at = new Array<number>(outer.length + inner.length).fill(0);
    const read = (): number[] =>
      inputs.map((input) => readInput(input, inputs, at, memory, scalars));
    const write = (store: Store, i: number, values: readonly number[]): void => {
      const address = (memory.offsets[store.slot] as number) + evaluate(store, at);
      const result = (results[i] as (typeof results)[number])(...values);
      (memory.views[store.slot] as TypedArray)[address] = result;
    };
    const storeAll = (inside: boolean, folded: readonly number[]): void => {
      const values = [...read(), ...folded];
      stores.forEach((store, i) => {
        if (store.inside === inside) write(store, i, values);
      });
    };
    eachPoint(outer, at, 0, () => {
      const folded: number[] = [];
      for (const fold of folds) {
        let carried = fold.identity;
        eachPoint(inner, at, outer.length, () => {
          carried = fold.step(carried, ...read(), ...folded);
          if (prefix) storeAll(true, [fold.finish(carried)]);
        });
        folded.push(fold.finish(carried));
      }
      if (!prefix) eachPoint(inner, at, outer.length, () => storeAll(true, folded));
      at.fill(0, outer.length);
      storeAll(false, folded);
    });
  };
}

export function interpretScatter(kernel: ScatterKernel): KernelFunction {
  const { outer, inner, inputs, monoid, store, target } = kernel;
  const value = interpret(kernel.value);
  const combine = monoid === "set" ? (_: number, y: number) => y : interpret(monoid.combine);
  return (views, offsets, scalars) => {
    const memory: Memory = { views: [...views], offsets: [...offsets] };
    const result = memory.views[store.slot] as TypedArray;
    const start = memory.offsets[store.slot] as number;
    const at: number[] = [];
    const read = (input: Input): number => readInput(input, inputs, at, memory, scalars);
    eachPoint(outer, at, 0, () => {
      result[start + evaluate(store, at)] = read(inputs[kernel.base] as Input);
    });
    eachPoint(inner, at, 0, () => {
      const values = inputs.map((input, i) => (i === kernel.base ? 0 : read(input)));
      const position = values[kernel.at] as number;
      if (!(position >= 0 && position < kernel.extent)) return;
      const address = start + evaluate(target, at) + kernel.stride * position;
      result[address] = combine(result[address] as number, value(...values));
    });
  };
}

/** NaN counts as greater than everything; equal values keep their order. */
export function interpretArgsort(kernel: ArgsortKernel): KernelFunction {
  const { outer, length, input, slot, descending } = kernel;
  const compare = (x: number, y: number): number =>
    x < y ? -1 : x > y ? 1 : Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return (views, offsets, scalars) => {
    const memory: Memory = { views: [...views], offsets: [...offsets] };
    const at = new Array<number>(outer.length + 1).fill(0);
    let place = offsets[slot] as number;
    eachPoint(outer, at, 0, () => {
      const values = Float64Array.from({ length }, (_, i) => {
        at[outer.length] = i;
        return readInput(input, [input], at, memory, scalars);
      });
      const order = Int32Array.from({ length }, (_, i) => i).sort((i, j) => {
        const sign = compare(values[i] as number, values[j] as number);
        return (descending ? -sign : sign) || i - j;
      });
      (views[slot] as TypedArray).set(order, place);
      place += length;
    });
  };
}
