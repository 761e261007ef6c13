/**
 * Module 3.10 — Every kernel that computes is a loop.
 *
 * What the reference device runs is one thing: points of a box, folds at each, stores. A contraction
 * is a loop by definition; a running fold stores while it folds; a scatter is two loops, the copy of
 * its base and updates that are stored where an input says.
 */
import { argument, type TypedArray } from "@mt/operators";
import type {
  Combine,
  Indirect,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  Shape,
  Store,
} from "../kernel.ts";
import { contractAsLoop } from "../loops.ts";

/** A kernel ready to run: whole blocks of memory, and where each binding starts, in elements. */
export type KernelFunction = (
  views: readonly TypedArray[],
  offsets: readonly number[],
  scalars: Float64Array,
) => void;

/** Combined into what is there, at a position that an input gives; dropped where that is outside. */
export interface Placement extends Indirect {
  readonly monoid: Combine | "set";
}
export interface Loop extends Omit<LoopKernel, "kind" | "stores"> {
  readonly stores: readonly (Store & { readonly place?: Placement })[];
  /** Stores inside happen during the one fold and see its running value. */
  readonly running?: boolean;
}

/** How many points a box has. */
export const size = (box: Shape): number => box.reduce((product, extent) => product * extent, 1);

/** The linear forms that an input is found by, its own first. */
export const formsOf = (input: Input): readonly Linear[] => [
  ...("strides" in input ? [input] : []),
  ...("guards" in input ? input.guards : []),
];

type Rows = {
  readonly [K in Kernel["kind"]]?: (kernel: Extract<Kernel, { kind: K }>) => readonly Loop[];
};
const rows: Rows = {
  loop: (kernel) => [kernel],
  contract: (kernel) => [contractAsLoop(kernel)],
  prefix: (kernel) => [{ ...kernel, folds: [kernel.fold], running: true }],
  scatter: ({ outer, inner, inputs, base, at, stride, extent, monoid, value, target, store }) => {
    const box = { inner: [], folds: [] };
    const blank: Input = { kind: "test", guards: [] }; // the base is read over another box
    const copy = { ...store, inside: false, body: argument(0, store.dtype) };
    const place = { input: at, stride, extent, monoid };
    return [
      { ...box, outer, inputs: [inputs[base] as Input], stores: [copy] },
      {
        ...box,
        outer: inner,
        inputs: inputs.map((input, k) => (k === base ? blank : input)),
        stores: [{ ...copy, ...target, body: value, place }],
      },
    ];
  },
};

/** The loops to run for a kernel, one after the other; undefined for kinds that are none. */
export const loopsOf = (kernel: Kernel): readonly Loop[] | undefined =>
  (rows[kernel.kind] as ((kernel: Kernel) => readonly Loop[]) | undefined)?.(kernel);
