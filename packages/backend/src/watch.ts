/**
 * Module 3.22 — Watching positions.
 *
 * Positions that come from data cannot be judged before a run, so the program is made to count
 * those that lie outside, in the kernel language itself: whichever device runs it can be watched.
 */
import { argument, call, cast, constant, type Expr } from "@mt/operators";
import type { Guard, Input, Kernel, LoopKernel, Shape } from "./kernel.ts";
import type { Program } from "./program.ts";

/** Positions looked up by one kernel: an integer input over a box, where guards hold. */
interface Lookup {
  readonly box: Shape;
  readonly inputs: readonly Input[];
  readonly position: number;
  readonly extent: number;
  readonly guards: readonly Guard[];
}
/** A count that a watched program stores: how many positions of a kernel are out of range. */
export interface Watch {
  readonly kernel: number;
  readonly extent: number;
}

function lookups(kernel: Kernel): Lookup[] {
  if (kernel.kind === "scatter") {
    const { inner: box, inputs, at: position, extent, base } = kernel;
    const blank: Input = { kind: "test", guards: [] }; // the base is read over another box
    const others = inputs.map((input, k) => (k === base ? blank : input));
    return [{ box, inputs: others, position, extent, guards: [] }];
  }
  if (kernel.kind === "argsort" || kernel.kind === "custom") return [];
  const { outer, inner, inputs } = kernel;
  return inputs.flatMap((input): Lookup[] => {
    if (input.kind !== "read" || !input.indirect) return [];
    const { input: position, extent } = input.indirect;
    return [{ box: [...outer, ...inner], inputs, position, extent, guards: input.guards }];
  });
}

/** Counts the positions outside 0 … extent − 1, into one i32 of `slot`. */
function counter({ box, inputs, position, extent, guards }: Lookup, slot: number): LoopKernel {
  const { dtype } = inputs[position] as Extract<Input, { kind: "read" }>;
  const x = argument(position, dtype);
  const high = call("le", constant(extent, dtype), x);
  const outside = dtype === "u32" ? high : call("or", call("lt", x, 0), high);
  const read = call("and", outside, argument(inputs.length, "bool"));
  const one: Expr = cast(read, "i32");
  const combine = call("add", argument(0, "i32"), argument(1, "i32"));
  return {
    kind: "loop",
    outer: [],
    inner: box,
    inputs: [...inputs, { kind: "test", guards }],
    folds: [{ monoid: { name: "add", combine, identity: 0 }, body: one }],
    stores: [
      {
        slot,
        dtype: "i32",
        inside: false,
        offset: 0,
        strides: [],
        body: argument(inputs.length + 1, "i32"),
      },
    ],
  };
}

/** The program with a counter before each kernel that looks positions up, results at the end. */
export function watched(program: Program): { program: Program; watches: readonly Watch[] } {
  const watches: Watch[] = [];
  const kernels = program.kernels.flatMap((kernel, i) => {
    const counters = lookups(kernel).map((lookup) => {
      const slot = program.slots.length + watches.length;
      watches.push({ kernel: i, extent: lookup.extent });
      return counter(lookup, slot);
    });
    return [...counters, kernel];
  });
  const counts = watches.map(() => ({ role: "result", bytes: 4 }) as const);
  return { program: { ...program, kernels, slots: [...program.slots, ...counts] }, watches };
}
