/**
 * Module 3.35 — Random kernels.
 *
 * Data are small multiples of a half and formulas stay shallow, so that f32 computes them without
 * rounding: what a kernel gives is then the same on every device, whatever its order or fusing, and
 * devices are compared to the bit. (Rounding has trials of its own.)
 */
import {
  argument,
  call,
  cast,
  constant,
  type DType,
  dtypes,
  type Expr,
  isFloat,
  node,
} from "@mt/operators";
import fc from "fast-check";
import type {
  Combine,
  Fold,
  Guard,
  Input,
  Kernel,
  Linear,
  LoopKernel,
  Read,
  Shape,
  Store,
} from "../kernel.ts";
import type { Trial, TrialSlot } from "./trial.ts";

/** Draws values one by one; fast-check shrinks what was drawn. */
export type Draw = fc.GeneratorValue;

export const integer = (draw: Draw, min: number, max: number): number =>
  draw(fc.integer, { min, max });
export const pick = <T>(draw: Draw, choices: readonly T[]): T =>
  choices[integer(draw, 0, choices.length - 1)] as T;
export const chance = (draw: Draw, percent: number): boolean => integer(draw, 0, 99) < percent;

export const size = (shape: Shape): number =>
  shape.reduce((product, extent) => product * extent, 1);
/** Row-major strides. */
export const rowMajor = (shape: Shape): number[] =>
  shape.map((_, axis) => size(shape.slice(axis + 1)));

/** Values that every dtype's arithmetic takes without rounding. */
export function exactValues(draw: Draw, dtype: DType, count: number): number[] {
  const { kind, lowest } = dtypes[dtype];
  const [low, high] = kind === "bool" ? [0, 1] : [lowest === 0 ? 0 : -16, 16];
  const halves = kind === "float" ? 2 : 1;
  const seed = integer(draw, 0, 2 ** 30);
  // a small generator of its own: drawing thousands of values one by one would be slow
  let state = seed * 2 + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (low + (Math.floor(state / 65536) % (high - low + 1))) / halves;
  });
}

/** A kernel in the making: its axes, the slots it needs and what it reads. */
export interface Draft {
  readonly draw: Draw;
  readonly dtypes: readonly DType[];
  readonly outer: Shape;
  readonly inner: Shape;
  readonly slots: TrialSlot[];
  readonly inputs: Input[];
  readonly scalars: { dtype: DType; value: number }[];
}

export const drafted = (
  draw: Draw,
  known: readonly DType[],
  outer: Shape,
  inner: Shape,
): Draft => ({ draw, dtypes: known, outer, inner, slots: [], inputs: [], scalars: [] });
export const finished = ({ slots, scalars }: Draft, kernel: Kernel): Trial => ({
  kernels: [kernel],
  slots,
  scalars,
});

/** Lowest and highest value of a form over a box; [0, 0] if the box is empty. */
export function range({ offset, strides }: Linear, box: Shape): readonly [number, number] {
  if (size(box) === 0) return [offset, offset];
  const ends = strides.map((stride, axis) => stride * ((box[axis] as number) - 1));
  const sum = (f: (x: number) => number): number => ends.reduce((s, x) => s + f(x), offset);
  return [sum((x) => Math.min(0, x)), sum((x) => Math.max(0, x))];
}

const strides = (draw: Draw, box: Shape): number[] =>
  box.map(() => (chance(draw, 25) ? 0 : integer(draw, -3, 3)));

export const argumentSlot = (draft: Draft, dtype: DType, length: number): number =>
  draft.slots.push({ role: "argument", dtype, values: exactValues(draft.draw, dtype, length) }) - 1;

function strided(draft: Draft, box: Shape, dtype: DType): Read {
  const form = { offset: 0, strides: strides(draft.draw, box) };
  const [low, high] = range(form, box);
  const slot = argumentSlot(draft, dtype, high - low + 1);
  return { kind: "read", slot, dtype, ...form, offset: 0 - low, guards: [], fill: 0 };
}

/** Draws one input over a box. Each row is one way to get a value. */
const inputs: Readonly<Record<string, (draft: Draft, box: Shape, dtype: DType) => Input>> = {
  strided,
  guarded: (draft, box, dtype) => {
    const { draw } = draft;
    const form = { offset: integer(draw, -4, 4), strides: strides(draw, box) };
    const extent = integer(draw, 1, 9);
    const guards: Guard[] = [{ ...form, extent }];
    if (chance(draw, 30))
      guards.push({ offset: integer(draw, -2, 2), strides: strides(draw, box), extent });
    const slot = argumentSlot(draft, dtype, extent);
    const fill = pick(
      draw,
      [0, 0, 1, -1].filter((x) => x >= dtypes[dtype].lowest),
    );
    return { kind: "read", slot, dtype, ...form, guards, fill };
  },
  lookup: (draft, box, dtype) => {
    const { draw } = draft;
    const extent = integer(draw, 1, 6);
    const input = push(draft, drawPositions(draft, box, extent));
    const read = strided(draft, box, dtype);
    const data = draft.slots[read.slot] as Extract<TrialSlot, { role: "argument" }>;
    const stride = integer(draw, 1, 3);
    const length = data.values.length + stride * (extent - 1);
    draft.slots[read.slot] = { ...data, values: exactValues(draw, dtype, length) };
    return { ...read, fill: 1, indirect: { input, stride, extent } };
  },
  index: ({ draw }, box) => ({
    kind: "index",
    dtype: "i32",
    offset: integer(draw, -3, 3),
    strides: strides(draw, box),
  }),
  test: ({ draw }, box) => ({
    kind: "test",
    guards: [
      { offset: integer(draw, -2, 2), strides: strides(draw, box), extent: integer(draw, 1, 5) },
    ],
  }),
  scalar: (draft, _, dtype) => {
    const value = exactValues(draft.draw, dtype, 1)[0] as number;
    return { kind: "scalar", dtype, index: draft.scalars.push({ dtype, value }) - 1 };
  },
};

export const inputKinds: readonly string[] = Object.keys(inputs);

/** Adds an input, its forms widened to all axes of the kernel; where it stands. */
function push(draft: Draft, input: Input): number {
  const full = draft.outer.length + draft.inner.length;
  const widen = <F extends Linear>(form: F): F => ({
    ...form,
    strides: Array.from({ length: full }, (_, axis) => form.strides[axis] ?? 0),
  });
  const moved = input.kind === "scalar" || input.kind === "test" ? input : widen(input);
  const whole = "guards" in moved ? { ...moved, guards: moved.guards.map(widen) } : moved;
  return draft.inputs.push(whole) - 1;
}

/**
 * Positions on both sides of 0 … extent − 1, some of them so far out that an address computed in 32
 * bits comes round again. They come from data of any integer dtype, from the point itself, from a
 * number of the run, or are looked up themselves.
 */
function drawPositions(draft: Draft, box: Shape, extent: number): Input {
  const { draw } = draft;
  const integers = draft.dtypes.filter((x) => dtypes[x].kind === "integer");
  const dtype = integers.length ? pick(draw, integers) : "i32";
  const kind = pick(draw, ["strided", "strided", "guarded", "lookup", "index", "scalar"]);
  const input = inputs[kind]?.(draft, box, dtype) as Input;
  if (input.kind !== "read") return input.kind === "test" ? strided(draft, box, dtype) : input;
  const { lowest, highest } = dtypes[dtype];
  const positions = draft.slots[input.slot] as Extract<TrialSlot, { role: "argument" }>;
  const far = [lowest, highest, 2 ** 30, 2 ** 31].filter((x) => lowest <= x && x <= highest);
  const values = positions.values.map((x, i) => {
    if ((x + 16) % 13 === 12) return far[i % far.length] as number;
    return Math.max(lowest, ((((x % 9) + 9) % 9) % (extent + 2)) - 1);
  });
  draft.slots[input.slot] = { ...positions, values };
  return { ...input, fill: pick(draw, [0, extent - 1, extent]) };
}

/** Adds an input of some kind and gives the argument that stands for it. */
export function drawInput(draft: Draft, kind: string, over: Shape, dtype: DType): Expr {
  const input = inputs[kind]?.(draft, over, dtype) as Input;
  return argument(push(draft, input), input.kind === "test" ? "bool" : input.dtype);
}

/** Kept small, so that what follows stays exact. */
export const clampTo = (x: Expr, most: number): Expr =>
  x.dtype === "bool"
    ? x
    : call("min", call("max", x, dtypes[x.dtype].lowest === 0 ? 0 : -most), most);
/** A value in another dtype, kept small. */
export const convert = (x: Expr, dtype: DType): Expr =>
  x.dtype === dtype ? x : dtype === "bool" ? call("lt", 0, x) : cast(clampTo(x, 16), dtype);

const numeric: Readonly<Record<string, (x: Expr, y: Expr) => Expr>> = {
  add: (x, y) => call("add", x, y),
  sub: (x, y) => call("sub", x, y),
  mul: (x, y) => call("mul", x, y),
  max: (x, y) => call("max", x, y),
  min: (x, y) => call("min", x, y),
  where: (x, y) => call("where", call("lt", x, y), y, call("abs", x)),
  equal: (x, y) => call("where", call("eq", x, y), call("neg", y), x),
  constant: (x) => call("add", x, constant(1, x.dtype)),
};
const logic: Readonly<Record<string, (x: Expr, y: Expr) => Expr>> = {
  and: (x, y) => call("and", x, y),
  or: (x, y) => call("or", x, y),
  not: (x, y) => call("and", call("not", x), y),
};

/** A formula of the given dtype over some arguments. */
export function drawFormula(draw: Draw, from: readonly Expr[], dtype: DType, depth = 2): Expr {
  if (depth === 0 || chance(draw, 20)) return convert(pick(draw, from), dtype);
  const table = dtype === "bool" ? logic : numeric;
  const name = pick(draw, Object.keys(table));
  const make = table[name] as (x: Expr, y: Expr) => Expr;
  return make(drawFormula(draw, from, dtype, depth - 1), drawFormula(draw, from, dtype, depth - 1));
}

const pair = (name: string, dtype: DType): Expr =>
  call(name, argument(0, dtype), argument(1, dtype));
/** −1 or 1: products of them stay exact. */
export const signOf = (x: Expr): Expr => {
  const choices = [call("lt", x, 0), constant(-1, x.dtype), constant(1, x.dtype)];
  return node("where", choices, x.dtype);
};
/** A fold and a body whose folding stays exact. */
export function drawFold(draw: Draw, from: readonly Expr[], dtype: DType): Fold {
  const { lowest, highest } = dtypes[dtype];
  const rows: Readonly<Record<string, () => readonly [number, (x: Expr) => Expr]>> = {
    add: () => [0, (x) => x],
    mul: () => [1, (x) => (isFloat(dtype) ? signOf(x) : x)],
    max: () => [lowest, (x) => x],
    min: () => [highest, (x) => x],
  };
  const logical = { or: 0, and: 1 } as const;
  const name =
    dtype === "bool" ? pick(draw, ["or", "and"] as const) : pick(draw, Object.keys(rows));
  const [identity, shape] = rows[name]?.() ?? [logical[name as "or"], (x: Expr) => x];
  const monoid: Combine = { name, combine: pair(name, dtype), identity };
  return { monoid, body: shape(drawFormula(draw, from, dtype, 1)) as Expr };
}

/** A store that writes each of its places once: a row-major box, permuted, with gaps around. */
export function drawStore(draft: Draft, inside: boolean, body: Expr): Store {
  const { draw, outer, inner } = draft;
  const box = inside ? [...outer, ...inner] : outer;
  const order = box.map((_, axis) => axis);
  if (chance(draw, 50)) order.reverse();
  const step = integer(draw, 1, 2);
  const along = rowMajor(order.map((axis) => box[axis] as number));
  const strides = box.map((_, axis) => step * (along[order.indexOf(axis)] as number));
  const offset = integer(draw, 0, 2);
  const { dtype } = body;
  const length = offset + step * size(box) + 1;
  const slot = draft.slots.push({ role: "result", dtype, length }) - 1;
  return { slot, dtype, inside, offset, strides, body };
}

const extents: readonly number[] = [0, 1, 2, 3, 4, 5, 7];
export const drawBox = (draw: Draw, rank: number): Shape =>
  Array.from({ length: integer(draw, 0, rank) }, () =>
    chance(draw, 95) ? pick(draw, extents.slice(1)) : 0,
  );

export interface LoopChoice {
  readonly dtypes: readonly DType[];
  /** Kinds of inputs to draw from. */
  readonly inputs?: readonly string[];
  readonly folds?: readonly [least: number, most: number];
  readonly outer?: (draw: Draw) => Shape;
  readonly inner?: (draw: Draw) => Shape;
}

/** Loops of every shape. */
export const loopTrial = (choice: LoopChoice): fc.Arbitrary<Trial> =>
  fc.gen().map((draw) => drawLoop(draw, choice));

function drawLoop(draw: Draw, choice: LoopChoice): Trial {
  const [least, most] = choice.folds ?? [0, 3];
  const count = integer(draw, least, most);
  const outer = choice.outer?.(draw) ?? drawBox(draw, 3);
  const inner = choice.inner?.(draw) ?? (count || chance(draw, 30) ? drawBox(draw, 2) : []);
  const draft = drafted(draw, choice.dtypes, outer, inner);
  const kinds = choice.inputs ?? inputKinds;
  const drawSome = (box: Shape): Expr[] =>
    Array.from({ length: integer(draw, 1, 2) }, () =>
      drawInput(draft, pick(draw, kinds), box, pick(draw, choice.dtypes)),
    );
  const inputsOutside = drawSome(outer);
  const all = [...inputsOutside, ...drawSome([...outer, ...inner])];
  const folds: Fold[] = [];
  const folded: Expr[] = [];
  for (let i = 0; i < count; i++) {
    const small = folded.map((x) => clampTo(x, 16)); // keep what follows exact
    const fold = drawFold(draw, [...all, ...small], pick(draw, choice.dtypes));
    folds.push(fold);
    folded.push(argument(draft.inputs.length + i, fold.body.dtype));
  }
  const small = folded.map((x) => clampTo(x, 16));
  const stores: Store[] = folded.map((x) => drawStore(draft, false, x));
  for (let i = integer(draw, stores.length ? 0 : 1, 2); i > 0; i--) {
    const inside = inner.length > 0 && chance(draw, 50);
    const from = inside ? [...all, ...small] : [...inputsOutside, ...small];
    stores.push(drawStore(draft, inside, drawFormula(draw, from, pick(draw, choice.dtypes))));
  }
  const kernel: LoopKernel = {
    kind: "loop",
    outer,
    inner,
    inputs: draft.inputs,
    folds,
    stores,
  };
  return finished(draft, kernel);
}
