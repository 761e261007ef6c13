/**
 * Module 3.79 — Scattering as code.
 *
 * The base is copied by a map. Updates run in ascending order, four at once along an axis that the
 * positions do not depend on and that keeps apart where they go: columns of a table of which rows
 * are chosen. Such columns are units, too. Without one a single thread goes point by point.
 */
import {
  type Combine,
  type Input,
  type Linear,
  type Read,
  rewrite,
  type ScatterKernel,
} from "@mt/backend";
import { argument, type Expr } from "@mt/operators";
import { convert } from "../vectors/casts.ts";
import { emitFormula, lowered } from "../vectors/formula.ts";
import { bytesOf } from "../vectors/storage.ts";
import type { Local } from "../wasm/code.ts";
import { assemble } from "../wasm/module.ts";
import type { GeneratedKernel } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { moves, nestsOf, overAxes, sizeOf } from "./nest.ts";
import { inside, outermost, type Scope, type Value } from "./scope.ts";
import { writeUnits } from "./units.ts";
import { NestWriter } from "./writer.ts";

const stride = (form: Linear, axis: number): number => form.strides[axis] ?? 0;

/** Whether the place of an update never is that of one with another index along `axis`. */
function keepsApart({ target, inner, stride: step, extent }: ScatterKernel, axis: number): boolean {
  const own = Math.abs(stride(target, axis));
  const width = own * (inner[axis] as number);
  const others = inner.map((n, k) => (k === axis ? 0 : Math.abs(stride(target, k)) * (n - 1)));
  const reach = [...others, Math.abs(step) * (extent - 1)];
  const steps = [...inner.map((_, k) => (k === axis ? 0 : stride(target, k))), step];
  // what is no multiple of the whole width must be too short to reach the next index
  const short = reach.reduce(
    (sum, n, k) => ((steps[k] as number) % width === 0 ? sum : sum + n),
    0,
  );
  return short < own;
}
function vectorAxis(kernel: ScatterKernel): number | null {
  const { inner, inputs, at, target } = kernel;
  const axes = [...inner.keys()].filter(
    (axis) => !moves(inputs[at] as Input, inputs, axis) && keepsApart(kernel, axis),
  );
  const cost = (axis: number): number => Math.abs(Math.abs(stride(target, axis)) - 1);
  return axes.sort((a, b) => cost(a) - cost(b))[0] ?? null;
}

/** The updates whose index along `axis` is from `from` to `from + extent`. */
function generateUpdates(
  kernel: ScatterKernel,
  bindings: number,
  axis: number | null,
  from: number,
  extent: number,
): GeneratedKernel {
  const { inner, stride: step, monoid, store } = kernel;
  const rest = [...inner.keys()].filter((k) => k !== axis);
  const axes = [axis ?? inner.length, ...rest]; // an axis nothing moves along
  const extents = axes.map((k) => (k === axis ? extent : (inner[k] ?? 1)));
  const form = <L extends Linear>(whole: L): L => {
    const moved = axis === null ? 0 : from * stride(whole, axis);
    return { ...overAxes(whole, axes), offset: whole.offset + moved };
  };
  const place = form(kernel.target);
  const inputs = rewrite(kernel.inputs, { form });
  const current: Read = {
    kind: "read",
    ...place,
    slot: store.slot,
    dtype: store.dtype,
    guards: [],
    fill: 0,
  };
  const geometry = { axes: [...axes.keys()], extents, vector: 0, copy: 0 };
  const writer = new NestWriter(geometry, new Map([...inputs, current].entries()), bindings);
  const value = lowered(kernel.value);
  const at = inputs[kernel.at] as Read;
  const position = argument(kernel.at, at.dtype);
  const old = argument(inputs.length, store.dtype);
  const target = writer.formOfStore(current);
  const part = writer.part([value, position], [target]);
  const { code } = writer;
  const update = (scope: Scope): void => {
    const [start] = scope.values.get(position) as Value;
    const to = code
      .get(start as Local)
      .lane("i32x4.extract_lane", 0)
      .keep("i32");
    code
      .get(to)
      .i32(kernel.extent)
      .op("i32.lt_u")
      .if(() => {
        const there = inside(scope);
        writer.forms.push(scope, target);
        code
          .get(to)
          .i32(step * bytesOf(store.dtype))
          .op("i32.mul")
          .op("i32.add");
        there.forms.set(target.key, code.keep("i32"));
        writer.store(there, target, store, [combined(writer, there, value, old, monoid)]);
      });
  };
  const descend = (scope: Scope): void => {
    writer.settle(scope, part);
    if (scope.level === extents.length) update(scope);
    else writer.loop(scope, part, {}, descend);
  };
  const lanes = axis === null ? 1 : Math.min(4, extent);
  const steps = extents.map((_, k) => (k === 0 ? lanes : 1));
  const chunk = Math.min(extent, 64);
  const units = Math.ceil(extent / chunk);
  const start = outermost();
  writer.settle(start, part);
  const plan = {
    geometry,
    split: 0,
    chunk,
    outer: 1,
    folded: false,
    copies: 1,
    steps,
    lanes,
  };
  writeUnits(writer, plan, start, part, descend);
  return {
    bytes: assemble([{ code, export: "run" }]),
    units,
    nanosecondsPerUnit: (2 * sizeOf(inner)) / Math.max(1, units),
    layout: { vectors: `1 × ${axis === null ? 1 : lanes}` },
  };
}

function combined(
  writer: NestWriter,
  scope: Scope,
  value: Expr,
  old: Expr,
  monoid: Combine | "set",
): Local {
  const [x] = scope.values.get(value) as Value;
  if (monoid === "set") return x as Local;
  writer.settle(scope, writer.part([old]));
  const [y] = scope.values.get(old) as Value;
  const combine = lowered(monoid.combine);
  const made = emitFormula(writer.v, combine, [y as Local, x as Local]);
  return convert(writer.v, made, combine.dtype, old.dtype); // bools add up to an integer
}

export function generateScatter(kernel: ScatterKernel, bindings: number): GeneratedKernel[] {
  const { outer, inner, inputs, base, store } = kernel;
  const copy = nestsOf({
    kind: "loop",
    outer,
    inner: [],
    inputs: inputs.map((input, k) => (k === base ? input : { kind: "test", guards: [] })),
    folds: [],
    stores: [{ ...store, inside: false, body: argument(base, store.dtype) }],
  });
  const kernels = copy.map((nest) => generateLoop(nest, bindings));
  if (sizeOf(inner) === 0) return kernels;
  const axis = vectorAxis(kernel);
  if (axis === null) return [...kernels, generateUpdates(kernel, bindings, null, 0, 1)];
  const extent = inner[axis] as number;
  const whole = extent - (extent % 4);
  if (whole) kernels.push(generateUpdates(kernel, bindings, axis, 0, whole));
  if (whole < extent) kernels.push(generateUpdates(kernel, bindings, axis, whole, extent - whole));
  return kernels;
}
