/**
 * Module 3.32 — The smallest kernel that is still wrong.
 *
 * fast-check makes what it drew smaller; this takes apart what any law found: fewer stores and folds,
 * shorter boxes, simpler formulas and data, as long as the device and the reference still differ.
 */
import { argument, type Expr, postorder, substitute } from "@mt/operators";
import type {
  ContractKernel,
  Guard,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  PrefixKernel,
} from "../kernel.ts";
import { slotsOf } from "../structure.ts";
import type { Trial, TrialSlot } from "./trial.ts";

/** The kernels that walk over one box. */
type Boxed = LoopKernel | ContractKernel | PrefixKernel;
const boxed = ({ kernels: [kernel] }: Trial): Boxed | null =>
  kernel?.kind === "loop" || kernel?.kind === "contract" || kernel?.kind === "prefix"
    ? kernel
    : null;
const foldsOf = (kernel: Boxed): number => (kernel.kind === "loop" ? kernel.folds.length : 1);

/** Every form of an input changed. */
function moveInput(input: Input, change: <F extends Linear>(form: F) => F): Input {
  if (input.kind === "scalar") return input;
  if (input.kind === "index") return change(input);
  const guards = input.guards.map((guard: Guard): Guard => change(guard));
  return input.kind === "test" ? { ...input, guards } : { ...change(input), guards };
}
/** Every form of a kernel changed; store forms that do not move along inner axes are said to. */
function mapForms(kernel: Boxed, change: <F extends Linear>(form: F, inside: boolean) => F): Boxed {
  const inputs = kernel.inputs.map((x) => moveInput(x, (form) => change(form, true)));
  return { ...kernel, inputs, stores: kernel.stores.map((x) => change(x, x.inside)) };
}

/** Every formula of a kernel changed. */
function mapFormulas(kernel: Boxed, change: (formula: Expr) => Expr): Boxed {
  const stores = kernel.stores.map((x) => ({ ...x, body: change(x.body) }));
  if (kernel.kind === "contract") return { ...kernel, stores };
  if (kernel.kind === "prefix")
    return { ...kernel, stores, fold: { ...kernel.fold, body: change(kernel.fold.body) } };
  return { ...kernel, stores, folds: kernel.folds.map((x) => ({ ...x, body: change(x.body) })) };
}
const formulasOf = (kernel: Boxed): Expr[] => [
  ...kernel.stores.map(({ body }) => body),
  ...(kernel.kind === "loop" ? kernel.folds.map(({ body }) => body) : []),
  ...(kernel.kind === "prefix" ? [kernel.fold.body] : []),
];

/** Arguments counted anew after number `gone` has left. */
const without = (formula: Expr, gone: number): Expr =>
  substitute(formula, (x) =>
    x.kind === "arg" && x.index > gone ? argument(x.index - 1, x.dtype) : undefined,
  );

function* fewerStores(kernel: Boxed): Generator<Boxed> {
  if (kernel.stores.length > 1)
    for (const store of kernel.stores) yield { ...kernel, stores: [store] };
}

function* fewerArguments(kernel: Boxed): Generator<Boxed> {
  const used = new Set(
    postorder(...formulasOf(kernel)).flatMap((x) => (x.kind === "arg" ? x.index : [])),
  );
  const count = kernel.inputs.length;
  if (kernel.kind === "loop")
    for (let i = 0; i < foldsOf(kernel); i++)
      if (!used.has(count + i)) {
        const folds = kernel.folds.filter((_, k) => k !== i);
        yield mapFormulas({ ...kernel, folds }, (x) => without(x, count + i));
      }
  if (kernel.kind === "contract") return; // its operands are counted too
  kernel.inputs.forEach((input) => {
    if (input.kind === "read" && input.indirect) used.add(input.indirect.input);
  });
  for (let k = 0; k < count; k++) {
    if (used.has(k)) continue;
    const inputs = kernel.inputs
      .filter((_, i) => i !== k)
      .map((x): Input => {
        if (x.kind !== "read" || !x.indirect || x.indirect.input < k) return x;
        return { ...x, indirect: { ...x.indirect, input: x.indirect.input - 1 } };
      });
    yield mapFormulas({ ...kernel, inputs }, (x) => without(x, k));
    return;
  }
}

/** `length` points of an axis, from `start` on. */
function restrict(kernel: Boxed, axis: number, start: number, length: number): Boxed {
  const { outer, inner } = kernel;
  const moved = mapForms(kernel, (form, inside) => {
    const stride = inside || axis < outer.length ? (form.strides[axis] ?? 0) : 0;
    return { ...form, offset: form.offset + stride * start };
  });
  return axis < outer.length
    ? { ...moved, outer: outer.with(axis, length) }
    : { ...moved, inner: inner.with(axis - outer.length, length) };
}
function* smallerBoxes(kernel: Boxed): Generator<Boxed> {
  const { outer, inner } = kernel;
  for (const [axis, extent] of [...outer, ...inner].entries()) {
    if (extent < 2) continue;
    const half = Math.ceil(extent / 2);
    yield restrict(kernel, axis, 0, half);
    yield restrict(kernel, axis, half, extent - half);
    yield restrict(kernel, axis, 0, extent - 1);
    yield restrict(kernel, axis, 1, extent - 1);
  }
}
/** Axes of one point say nothing; contractions and prefixes keep one to go along. */
function* fewerAxes(kernel: Boxed): Generator<Boxed> {
  const { outer, inner } = kernel;
  for (const [axis, extent] of [...outer, ...inner].entries()) {
    const inside = axis >= outer.length;
    if (extent !== 1 || (inside && inner.length === 1)) continue;
    const left = mapForms(kernel, (form) => ({
      ...form,
      strides: form.strides.filter((_, i) => i !== axis),
    }));
    const at = inside ? axis - outer.length : axis;
    const drop = (shape: readonly number[]): number[] => shape.filter((_, i) => i !== at);
    const roles =
      left.kind === "contract" ? { roles: left.roles.filter((_, i) => i !== axis) } : {};
    yield { ...left, ...(inside ? { inner: drop(inner) } : { outer: drop(outer) }), ...roles };
  }
}

function* simplerFormulas(kernel: Boxed): Generator<Boxed> {
  for (const formula of formulasOf(kernel)) {
    for (const whole of postorder(formula).reverse()) {
      if (whole.kind !== "call") continue;
      const replace = (part: Expr): Boxed =>
        mapFormulas(kernel, (x) => substitute(x, (y) => (y === whole ? part : undefined)));
      for (const part of whole.args) if (part.dtype === whole.dtype) yield replace(part);
    }
  }
}
function* simplerInputs(kernel: Boxed): Generator<Boxed> {
  const change = (k: number, input: Input): Boxed => ({
    ...kernel,
    inputs: kernel.inputs.with(k, input),
  });
  for (const [k, input] of kernel.inputs.entries()) {
    if (input.kind !== "read") continue;
    const { indirect, ...plain } = input;
    if (indirect) yield change(k, plain);
    if (input.guards.length > 1)
      for (const guard of input.guards) yield change(k, { ...input, guards: [guard] });
    if (input.fill !== 0 && input.fill !== 1) yield change(k, { ...input, fill: 1 });
  }
}

/** Part of the updates, or of each row to sort. */
function* shorterLists({ kernels: [kernel] }: Trial): Generator<Kernel> {
  if (kernel?.kind === "argsort") {
    const { length, input } = kernel;
    const half = Math.ceil(length / 2);
    const stride = input.strides.at(-1) ?? 0;
    for (const start of [0, length - half])
      if (half < length)
        yield {
          ...kernel,
          length: half,
          input: { ...input, offset: input.offset + start * stride },
        };
  }
  if (kernel?.kind !== "scatter") return;
  for (const [axis, extent] of kernel.inner.entries()) {
    const half = Math.ceil(extent / 2);
    for (const start of [0, extent - half]) {
      if (half === extent) continue;
      const move = <F extends Linear>(form: F): F => ({
        ...form,
        offset: form.offset + start * (form.strides[axis] ?? 0),
      });
      const inputs = kernel.inputs.map((x, k) => (k === kernel.base ? x : moveInput(x, move)));
      const inner = kernel.inner.with(axis, half);
      yield { ...kernel, inner, inputs, target: move(kernel.target) };
    }
  }
}

/** Data: nothing that no kernel uses, then zeros, ones, and shorter slots from either end. */
function* smallerSlots(trial: Trial): Generator<Trial> {
  const change = (i: number, slot: TrialSlot): Trial => ({
    ...trial,
    slots: trial.slots.with(i, slot),
  });
  for (const [i, slot] of trial.slots.entries()) {
    if (slot.role === "result") {
      for (const length of [Math.ceil(slot.length / 2), slot.length - 1])
        if (length > 0 && length < slot.length) yield change(i, { ...slot, length });
      continue;
    }
    const { values } = slot;
    for (const length of [Math.ceil(values.length / 2), values.length - 1])
      if (length > 0 && length < values.length)
        yield change(i, { ...slot, values: values.slice(0, length) });
    const rank = Math.max(...values.map((x) => (Object.is(x, 0) ? 0 : x === 1 ? 1 : 2)));
    for (const plain of [0, 1].slice(0, rank))
      yield change(i, { ...slot, values: values.map(() => plain) });
  }
}
/** A slot whose first elements are never reached, without them. */
function* shiftedSlots(trial: Trial, kernel: Boxed): Generator<Trial> {
  for (const [i, slot] of trial.slots.entries()) {
    const length = slot.role === "argument" ? slot.values.length : slot.length;
    const forms = [...kernel.inputs, ...kernel.stores].filter((x) => "slot" in x && x.slot === i);
    const first = Math.min(...forms.map((x) => ("offset" in x ? x.offset : 0)));
    for (const by of new Set([first, Math.ceil(length / 2), 1])) {
      if (by < 1 || by >= length) continue;
      const shift = <F extends Linear>(form: F): F =>
        "slot" in form && form.slot === i ? { ...form, offset: form.offset - by } : form;
      yield {
        ...trial,
        kernels: [mapForms(kernel, shift)],
        slots: trial.slots.with(
          i,
          slot.role === "argument"
            ? { ...slot, values: slot.values.slice(by) }
            : { ...slot, length: length - by },
        ),
      };
    }
  }
}
/** Without a slot that no kernel mentions. */
function* fewerSlots(trial: Trial, kernel: Boxed): Generator<Trial> {
  const { reads, stores } = slotsOf(kernel);
  for (const gone of trial.slots.keys()) {
    if (reads.includes(gone) || stores.includes(gone)) continue;
    const move = <F extends object>(x: F): F =>
      "slot" in x && (x.slot as number) > gone ? { ...x, slot: (x.slot as number) - 1 } : x;
    const inputs = kernel.inputs.map(move);
    const moved = { ...kernel, inputs, stores: kernel.stores.map(move) };
    yield { ...trial, kernels: [moved], slots: trial.slots.filter((_, i) => i !== gone) };
  }
}

const rewrites: readonly ((kernel: Boxed) => Generator<Boxed>)[] = [
  fewerStores,
  simplerFormulas,
  fewerArguments,
  smallerBoxes,
  fewerAxes,
  simplerInputs,
];
/** Trials a step smaller than this one, the boldest first. */
function* smaller(trial: Trial): Generator<Trial> {
  const kernel = boxed(trial);
  if (kernel) {
    for (const rewrite of rewrites)
      for (const one of rewrite(kernel)) yield { ...trial, kernels: [one] };
    yield* fewerSlots(trial, kernel);
  }
  for (const one of shorterLists(trial)) yield { ...trial, kernels: [one] };
  yield* smallerSlots(trial);
  if (kernel) yield* shiftedSlots(trial, kernel);
}

/**
 * Makes a trial smaller as long as `isWrong` says that it still shows the mistake, in at most
 * `budget` attempts. A trial that is no program must count as not wrong.
 */
export async function reduceTrial(
  trial: Trial,
  isWrong: (trial: Trial) => Promise<boolean>,
  budget = 400,
): Promise<Trial> {
  let [current, left] = [trial, budget];
  for (let found = true; found; ) {
    found = false;
    for (const one of smaller(current)) {
      if (left-- <= 0) return current;
      if (!(await isWrong(one))) continue;
      [current, found] = [one, true];
      break;
    }
  }
  return current;
}
