/** Devices that claim a kernel and mistake it. */
import { argument, call, constant, type Expr, substitute } from "@mt/operators";
import {
  type ArgsortKernel,
  type ContractKernel,
  contractAsLoop,
  type Kernel,
  type LoopKernel,
  type PrefixKernel,
  type Program,
} from "../../src/index.ts";
import { rowMajor, size } from "../../src/testing/arbitrary.ts";
import { stepwise } from "./kernels.ts";
import { type Broken, onKernels, onPrograms } from "./rewriting.ts";

const onContracts = (rewrite: (kernel: ContractKernel) => Kernel) => onKernels("contract", rewrite);
const onPrefixes = (rewrite: (kernel: PrefixKernel) => Kernel) => onKernels("prefix", rewrite);

/** The product of what was read, fills and all. */
function multipliesFills(kernel: ContractKernel): LoopKernel {
  const loop = contractAsLoop({
    ...kernel,
    inputs: kernel.inputs.map((x, k) =>
      x.kind === "read" && (k === kernel.a || k === kernel.b) ? { ...x, guards: [] } : x,
    ),
  });
  return { ...loop, inputs: kernel.inputs };
}

/** A prefix over the rows of its box one by one, and what is stored at the end on its own. */
function byRows(kernel: Kernel): readonly Kernel[] {
  if (kernel.kind !== "prefix" || kernel.inner.length < 2) return [kernel];
  const { outer, inner, stores } = kernel;
  const [rows = 0, ...rest] = inner;
  const part = (inside: boolean): PrefixKernel => ({
    ...kernel,
    stores: stores.filter((store) => store.inside === inside),
  });
  return [{ ...part(true), outer: [...outer, rows], inner: rest }, part(false)];
}

/** Sorts what a formula makes of the values, kept in a temporary. */
function sortingAfter(program: Program, formula: (x: Expr) => Expr): Program {
  const slots = [...program.slots];
  const arenas = [...program.arenas];
  const kernels = program.kernels.flatMap((kernel): Kernel[] => {
    if (kernel.kind !== "argsort") return [kernel];
    const { outer, length, input } = kernel;
    const box = [...outer, length];
    const dtype = input.dtype;
    const bytes = Math.max(8, 8 * size(box));
    const slot = slots.push({ role: "temporary", bytes, arena: arenas.length, offset: 0 }) - 1;
    arenas.push(bytes);
    const place = { slot, dtype, offset: 0, strides: rowMajor(box) };
    const body = formula(argument(0, dtype));
    const made: LoopKernel = {
      kind: "loop",
      outer: box,
      inner: [],
      inputs: [input],
      folds: [],
      stores: [{ ...place, inside: false, body }],
    };
    const read: ArgsortKernel["input"] = { kind: "read", ...place, guards: [], fill: 0 };
    return [made, { ...kernel, input: read }];
  });
  return { ...program, kernels, slots, arenas };
}
/** Descending as ascending, turned around: equal values are turned around, too. */
function turningAround(program: Program): Program {
  const slots = [...program.slots];
  const arenas = [...program.arenas];
  const kernels = program.kernels.flatMap((kernel): Kernel[] => {
    if (kernel.kind !== "argsort" || !kernel.descending) return [kernel];
    const { outer, length } = kernel;
    const box = [...outer, length];
    const bytes = Math.max(8, 4 * size(box));
    const slot = slots.push({ role: "temporary", bytes, arena: arenas.length, offset: 0 }) - 1;
    arenas.push(bytes);
    const strides = rowMajor(box);
    const line = { dtype: "i32", offset: length - 1, strides: strides.with(-1, -1) } as const;
    const turned: LoopKernel = {
      kind: "loop",
      outer: box,
      inner: [],
      inputs: [{ kind: "read", slot, ...line, guards: [], fill: 0 }],
      folds: [],
      stores: [
        {
          slot: kernel.slot,
          dtype: "i32",
          inside: false,
          offset: 0,
          strides,
          body: argument(0, "i32"),
        },
      ],
    };
    return [{ ...kernel, descending: false, slot }, turned];
  });
  return { ...program, kernels, slots, arenas };
}

export const brokenClaims: readonly Broken[] = [
  [
    "a product of matrices forgets its epilogue",
    ["multiplies matrices"],
    () =>
      onContracts((kernel) => ({
        ...kernel,
        stores: kernel.stores.map((store) => ({
          ...store,
          body: substitute(store.body, (x) =>
            x.kind === "arg" && x.index < kernel.inputs.length ? constant(0, x.dtype) : undefined,
          ),
        })),
      })),
  ],
  [
    "fills are multiplied like values",
    ["contracts every mix", "counts points out of bounds"],
    () => onContracts(multipliesFills),
  ],
  [
    "batches share their second operand",
    ["contracts every mix", "convolves"],
    () =>
      onContracts((kernel) => {
        const batches = kernel.roles.map((role) => role === "batch");
        const inputs = kernel.inputs.map((x, k) =>
          k === kernel.b && x.kind === "read"
            ? { ...x, strides: x.strides.map((s, axis) => (batches[axis] && s > 0 ? 0 : s)) }
            : x,
        );
        return { ...kernel, inputs };
      }),
  ],
  [
    "padding is one narrower on one side",
    ["convolves"],
    () =>
      onContracts((kernel) => ({
        ...kernel,
        inputs: kernel.inputs.map((x) =>
          x.kind === "read"
            ? { ...x, guards: x.guards.map((g) => ({ ...g, extent: g.extent - 1 })) }
            : x,
        ),
      })),
  ],
  [
    "a sum of products is rounded at each step",
    ["sums products"],
    () =>
      onContracts((kernel) => {
        const loop = contractAsLoop(kernel);
        const folds = loop.folds.map((fold) => ({ ...fold, monoid: stepwise(fold.monoid) }));
        return { ...loop, folds };
      }),
  ],
  [
    "a running maximum is a running sum",
    ["keeps running folds", "keeps long"],
    () =>
      onPrefixes((kernel) => {
        const { dtype } = kernel.fold.body;
        if (kernel.fold.monoid.name !== "max" || dtype === "bool") return kernel;
        const combine = call("add", argument(0, dtype), argument(1, dtype));
        return {
          ...kernel,
          fold: { ...kernel.fold, monoid: { name: "add", combine, identity: 0 } },
        };
      }),
  ],
  [
    "running over nothing gives zero",
    ["folds nothing"],
    () =>
      onPrefixes((kernel) => ({
        ...kernel,
        fold: { ...kernel.fold, monoid: { ...kernel.fold.monoid, identity: 0 } },
      })),
  ],
  [
    "a run ends after 4096 values",
    ["keeps long"],
    () =>
      onPrefixes((kernel) => ({ ...kernel, inner: kernel.inner.map((n) => Math.min(n, 4096)) })),
  ],
  [
    "a run starts again in each row",
    ["runs along boxes"],
    () => onPrograms((program) => ({ ...program, kernels: program.kernels.flatMap(byRows) })),
  ],
  [
    "rows longer than 4096 are cut",
    ["sorts rows of 0"],
    () => onKernels("argsort", (x) => ({ ...x, length: Math.min(x.length, 4096) })),
  ],
  ["sorting is not stable", ["keeps the order"], () => onPrograms(turningAround)],
  [
    "−0 is less than 0",
    ["keeps the order"],
    () =>
      onPrograms((program) =>
        sortingAfter(program, (x) =>
          x.dtype === "f32"
            ? call("where", call("lt", call("div", 1, x), 0), call("sub", x, 2 ** -30), x)
            : x,
        ),
      ),
  ],
  [
    "NaN is less than everything",
    ["takes NaN"],
    () =>
      onPrograms((program) =>
        sortingAfter(program, (x) =>
          x.dtype === "f32" ? call("where", call("eq", x, x), x, -Infinity) : x,
        ),
      ),
  ],
  [
    "rows are sorted from the start of the slot",
    ["sorts rows of any view"],
    () => onKernels("argsort", (x) => ({ ...x, input: { ...x.input, offset: 0 } })),
  ],
];
