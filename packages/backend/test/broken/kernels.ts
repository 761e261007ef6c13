/** Devices that mistake a part of loops and scatters. */
import { argument, call, constant, type Expr, node, substitute } from "@mt/operators";
import type { Combine, Input, LoopKernel, Read, ScatterKernel } from "../../src/index.ts";
import { type Broken, lastOf, onInputs, onKernels, onLoops } from "./rewriting.ts";

const onReads = (rewrite: (read: Read) => Read) =>
  onInputs((input) => (input.kind === "read" ? rewrite(input) : input));
const onLookups = (rewrite: (indirect: NonNullable<Read["indirect"]>) => Read["indirect"]) =>
  onReads(({ indirect, ...read }) => {
    const changed = indirect && rewrite(indirect);
    return changed ? { ...read, indirect: changed } : read;
  });
const onScatters = (rewrite: (kernel: ScatterKernel) => ScatterKernel) =>
  onKernels("scatter", rewrite);
const onMonoids = (rewrite: (monoid: Combine, kernel: LoopKernel) => Combine) =>
  onLoops((kernel) => ({
    ...kernel,
    folds: kernel.folds.map((fold) => ({ ...fold, monoid: rewrite(fold.monoid, kernel) })),
  }));

/** a + b rounded at each step: no device may see that it is a sum. */
export function stepwise(monoid: Combine): Combine {
  const { combine } = monoid;
  if (combine.kind !== "call" || combine.primitive !== "add") return monoid;
  const [x, y] = combine.args as [Expr, Expr];
  const negated = node("sub", [node("neg", [x], x.dtype), y], x.dtype);
  return { ...monoid, combine: node("neg", [negated], x.dtype) };
}

/** The maximum by comparison, which NaN never wins. */
export const byComparison = (x: Expr, y: Expr): Expr => call("where", call("lt", x, y), y, x);

/** The updates last first. */
function backward(kernel: ScatterKernel): ScatterKernel {
  const [extent = 1] = kernel.inner;
  const turn = <F extends { offset: number; strides: readonly number[] }>(form: F): F => {
    const [first = 0, ...rest] = form.strides;
    return { ...form, offset: form.offset + first * (extent - 1), strides: [-first, ...rest] };
  };
  const inputs = kernel.inputs.map((input, k): Input => {
    if (k === kernel.base || input.kind === "scalar") return input;
    if (input.kind === "index") return turn(input);
    const guards = input.guards.map(turn);
    return input.kind === "test" ? { ...input, guards } : { ...turn(input), guards };
  });
  return { ...kernel, inputs, target: turn(kernel.target) };
}

export const brokenKernels: readonly Broken[] = [
  [
    "the last elements after a multiple of four are left out",
    ["computes every element"],
    () =>
      onLoops((kernel) => ({
        ...kernel,
        outer: lastOf(kernel.outer, (n) => (n > 16 ? n - (n % 4) : n)),
      })),
  ],
  [
    "axes are read in the order of memory",
    ["reads at any strides"],
    () => onReads((x) => ({ ...x, strides: x.strides.toSorted((a, b) => b - a) })),
  ],
  [
    "a guard lets one element too many in",
    ["reads the fill"],
    () => onReads((x) => ({ ...x, guards: x.guards.map((g) => ({ ...g, extent: g.extent + 1 })) })),
  ],
  ["the fill is always zero", ["reads the fill"], () => onReads((x) => ({ ...x, fill: 0 }))],
  [
    "negative strides are taken as positive",
    ["computes indices and tests"],
    () => onInputs((x) => (x.kind === "index" ? { ...x, strides: x.strides.map(Math.abs) } : x)),
  ],
  [
    "all numbers are the first",
    ["uses the numbers"],
    () => onInputs((x) => (x.kind === "scalar" ? { ...x, index: 0 } : x)),
  ],
  [
    "a fifth axis is not walked",
    ["runs boxes"],
    () =>
      onLoops((kernel) => ({
        ...kernel,
        outer: kernel.outer.map((n, axis) => (axis < 4 ? n : Math.min(n, 1))),
      })),
  ],
  [
    "only the first store is made",
    ["stores several"],
    () => onLoops((kernel) => ({ ...kernel, stores: kernel.stores.slice(0, 1) })),
  ],
  [
    "a position is an address",
    ["looks up rows", "looks up in any box"],
    () => onLookups((x) => ({ ...x, stride: 1 })),
  ],
  [
    "a position is not checked",
    ["gives the fill outside"],
    () => onLookups((x) => ({ ...x, extent: 2 ** 31 - 1 })),
  ],
  [
    "negative positions count from the end",
    ["gives the fill outside"],
    () =>
      onLoops((kernel) => ({
        ...kernel,
        inputs: kernel.inputs.map((x) =>
          x.kind === "read" && x.indirect
            ? { ...x, offset: x.offset - x.indirect.stride, guards: [] }
            : x,
        ),
      })),
  ],
  [
    "what was looked up is no position",
    ["looks up twice"],
    () =>
      onLoops((kernel) => ({
        ...kernel,
        inputs: kernel.inputs.map((x): Input => {
          if (x.kind !== "read" || !x.indirect) return x;
          const { indirect, ...plain } = x;
          const by = kernel.inputs[indirect.input];
          return by?.kind === "read" && by.indirect ? plain : x;
        }),
      })),
  ],
  [
    "a loop of one point does nothing",
    ["tells of positions", "tells of updates"],
    () => onLoops((kernel) => (kernel.outer.length ? kernel : { ...kernel, stores: [] })),
  ],
  [
    "a fold over nothing is zero",
    ["folds 0, 1, 17"],
    () =>
      onMonoids((monoid, { inner }) => (inner.includes(0) ? { ...monoid, identity: 0 } : monoid)),
  ],
  [
    "rows past the 1024th are left out",
    ["folds many rows"],
    () => onLoops((kernel) => ({ ...kernel, outer: kernel.outer.map((n) => Math.min(n, 1024)) })),
  ],
  [
    "only the last inner axis is folded",
    ["folds over any box"],
    () =>
      onLoops((kernel) => ({
        ...kernel,
        inner: kernel.inner.map((n, i) => (i === kernel.inner.length - 1 ? n : Math.min(n, 1))),
      })),
  ],
  [
    "a later fold sees the identity of the one before it",
    ["uses the results of earlier folds"],
    () =>
      onLoops((kernel) => {
        const [first, ...rest] = kernel.folds;
        if (!first) return kernel;
        const known = constant(first.monoid.identity, first.body.dtype);
        const forget = (x: Expr): Expr =>
          substitute(x, (y) =>
            y.kind === "arg" && y.index === kernel.inputs.length ? known : undefined,
          );
        const later = rest.map((fold) => ({ ...fold, body: forget(fold.body) }));
        return { ...kernel, folds: [first, ...later] };
      }),
  ],
  [
    "a maximum is found by comparing",
    ["lets NaN win"],
    () =>
      onMonoids((monoid) => {
        const { dtype } = monoid.combine;
        const combine = byComparison(argument(0, dtype), argument(1, dtype));
        return monoid.name === "max" ? { ...monoid, combine } : monoid;
      }),
  ],
  ["a sum is rounded at each step", ["adds floats"], () => onMonoids(stepwise)],
  [
    "nothing happens without updates",
    ["copies the base"],
    () => onScatters((x) => (x.inner.includes(0) ? { ...x, outer: x.outer.map(() => 0) } : x)),
  ],
  [
    "updates of one place overwrite each other",
    ["combines updates", "combines 1025"],
    () => onScatters((kernel) => ({ ...kernel, monoid: "set" })),
  ],
  [
    "the first update of a place wins",
    ["combines updates"],
    () => onScatters((kernel) => (kernel.monoid === "set" ? backward(kernel) : kernel)),
  ],
  ["updates are combined last first", ["combines in ascending order"], () => onScatters(backward)],
  [
    "the extent is one too many",
    ["drops updates"],
    () => onScatters((kernel) => ({ ...kernel, extent: kernel.extent + 1 })),
  ],
  [
    "updates do not know where the view starts",
    ["scatters along any axis"],
    () => onScatters((x) => ({ ...x, target: { ...x.target, offset: 0 } })),
  ],
  [
    "updates past the 1024th are lost",
    ["combines 1025"],
    () => onScatters((x) => ({ ...x, inner: x.inner.map((n) => Math.min(n, 1024)) })),
  ],
];
