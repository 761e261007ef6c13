/**
 * Module 3.18 — Kernels to read: one line per input, fold and store.
 *
 * The text depends on what a kernel says and on nothing else, so it can be kept in snapshots and
 * compared between versions. Outer indices are i0, i1, …; inner ones k0, k1, …
 */
import { argument, type Call, type Expr, postorder, print, substitute } from "@mt/operators";
import type { Fold, Guard, Indirect, Input, Kernel, Linear, Read, Shape, Store } from "./kernel.ts";
import type { Program } from "./program.ts";

const sign = (x: number): string => (x < 0 ? " - " : " + ");
function formText({ offset, strides }: Linear, names: readonly string[]): string {
  const terms = strides.flatMap((stride, axis) => {
    if (stride === 0) return [];
    const size = Math.abs(stride);
    return [{ negative: stride < 0, text: `${size === 1 ? "" : `${size}·`}${names[axis]}` }];
  });
  const [first, ...rest] = terms;
  if (!first) return String(offset);
  const head = `${first.negative ? "-" : ""}${first.text}`;
  const tail = rest.map(({ negative, text }) => `${sign(negative ? -1 : 1)}${text}`).join("");
  return `${head}${tail}${offset === 0 ? "" : `${sign(offset)}${Math.abs(offset)}`}`;
}

const guardText = (guards: readonly Guard[], names: readonly string[]): string =>
  guards.map((guard) => `0 ≤ ${formText(guard, names)} < ${guard.extent}`).join(" and ");

const indirectText = ({ input, stride, extent }: Indirect): string =>
  ` + ${stride === 1 ? "" : `${stride}·`}x${input} (of ${extent})`;

const inputText: {
  readonly [K in Input["kind"]]: (
    input: Extract<Input, { kind: K }>,
    names: readonly string[],
  ) => string;
} = {
  read: (input, names) => {
    const conditions = guardText(input.guards, names);
    const place = `${formText(input, names)}${input.indirect ? indirectText(input.indirect) : ""}`;
    const otherwise = conditions || input.indirect ? ` else ${input.fill}` : "";
    return `${input.dtype} s${input.slot}[${place}]${conditions && ` if ${conditions}`}${otherwise}`;
  },
  index: (input, names) => `${input.dtype} ${formText(input, names)}`,
  test: (input, names) => `bool ${guardText(input.guards, names) || "true"}`,
  scalar: (input) => `${input.dtype} scalar ${input.index}`,
};

/** Lines that give names to what a formula uses twice, and the formula itself. */
function formulaText(formula: Expr, names: readonly string[]): readonly [string[], string] {
  const uses = new Map<Expr, number>();
  for (const x of postorder(formula))
    if (x.kind === "call") for (const a of x.args) uses.set(a, (uses.get(a) ?? 0) + 1);
  const known = [...names];
  const shared = new Map<Expr, Expr>();
  const lines: string[] = [];
  for (const x of postorder(formula)) {
    if (x.kind !== "call" || (uses.get(x) ?? 0) < 2) continue;
    const body = substitute(x, (y) => (y === x ? undefined : shared.get(y)));
    const name = `t${shared.size}`;
    lines.push(`${name} = ${print(body, known)}`);
    shared.set(x as Call, argument(known.length, x.dtype));
    known.push(name);
  }
  const whole = substitute(formula, (y) => shared.get(y));
  return [lines, print(whole, known)];
}

const indices = (letter: string, shape: Shape): string[] => shape.map((_, i) => `${letter}${i}`);
const boxText = (outer: Shape, inner: Shape): string =>
  `[${outer.join(", ")}${inner.length ? ` | ${inner.join(", ")}` : ""}]`;

class KernelWriter {
  readonly lines: string[];
  readonly #axes: readonly string[];
  /** Of the arguments of formulas. */
  readonly #names: string[];

  constructor(head: string, axes: readonly string[], inputs: readonly Input[]) {
    this.lines = [head];
    this.#axes = axes;
    this.#names = inputs.map((_, i) => `x${i}`);
    inputs.forEach((input, i) => {
      const row = inputText[input.kind] as (input: Input, axes: readonly string[]) => string;
      this.#line(`x${i} = ${row(input, axes)}`);
    });
  }
  #line(text: string): void {
    this.lines.push(`  ${text}`);
  }
  formula(text: (formula: string) => string, body: Expr): void {
    const [shared, formula] = formulaText(body, this.#names);
    for (const line of shared) this.#line(line);
    this.#line(text(formula));
  }
  result(name: string, text: (formula: string) => string, body: Expr): void {
    this.formula((formula) => `${name} = ${text(formula)}`, body);
    this.#names.push(name);
  }
  name(name: string): void {
    this.#names.push(name);
  }
  fold({ monoid, body }: Fold, i: number, prefix = false): void {
    const word = prefix ? `running ${monoid.name}` : monoid.name;
    this.result(`f${i}`, (formula) => `${word} ${formula}`, body);
  }
  stores(stores: readonly Store[]): void {
    for (const store of stores) {
      const place = formText(store, this.#axes);
      this.formula(
        (formula) =>
          `${store.dtype} s${store.slot}[${place}]${store.inside ? " inside" : ""} = ${formula}`,
        store.body,
      );
    }
  }
}

const rows: {
  readonly [K in Kernel["kind"]]: (kernel: Extract<Kernel, { kind: K }>) => readonly string[];
} = {
  loop: ({ outer, inner, inputs, folds, stores }) => {
    const axes = [...indices("i", outer), ...indices("k", inner)];
    const writer = new KernelWriter(`loop ${boxText(outer, inner)}`, axes, inputs);
    folds.forEach((fold, i) => {
      writer.fold(fold, i);
    });
    writer.stores(stores);
    return writer.lines;
  },
  contract: ({ outer, inner, inputs, a, b, dtype, roles, stores }) => {
    const axes = [...indices("i", outer), ...indices("k", inner)];
    const head = `contract ${boxText(outer, inner)} ${roles.join(" ")}`.trimEnd();
    const writer = new KernelWriter(head, axes, inputs);
    writer.lines.push(`  f0 = ${dtype} sum x${a} · x${b}`);
    writer.name("f0");
    writer.stores(stores);
    return writer.lines;
  },
  scatter: ({ outer, inner, inputs, base, at, stride, extent, monoid, value, target, store }) => {
    const head = `scatter ${boxText(outer, [])} from ${boxText(inner, [])}`;
    // the base is read over the result's box, the rest over that of the updates
    const axes = indices("i", outer.length > inner.length ? outer : inner);
    const writer = new KernelWriter(head, axes, inputs);
    const from = formText(store, indices("i", outer));
    writer.lines.push(`  ${store.dtype} s${store.slot}[${from}] = x${base}`);
    const word = monoid === "set" ? "set" : monoid.name;
    const step = indirectText({ input: at, stride, extent });
    const place = `${formText(target, indices("i", inner))}${step}`;
    writer.formula((formula) => `s${store.slot}[${place}] ${word} ${formula}`, value);
    return writer.lines;
  },
  prefix: ({ outer, inner, inputs, fold, stores }) => {
    const axes = [...indices("i", outer), ...indices("k", inner)];
    const writer = new KernelWriter(`prefix ${boxText(outer, inner)}`, axes, inputs);
    writer.fold(fold, 0, true);
    writer.stores(stores);
    return writer.lines;
  },
  argsort: ({ outer, length, input, slot, descending }) => {
    const axes = [...indices("i", outer), "k0"];
    const head = `argsort ${boxText(outer, [length])}${descending ? " descending" : ""}`;
    const writer = new KernelWriter(head, axes, [input as Read]);
    writer.lines.push(`  i32 s${slot} = positions`);
    return writer.lines;
  },
  custom: ({ name, outer, inputs, stores, params }) => {
    const settings = Object.entries(params).map(([key, value]) => ` ${key}=${value}`);
    const head = `${name} ${boxText(outer, [])}${settings.join("")}`;
    const writer = new KernelWriter(head, indices("i", outer), inputs);
    writer.stores(stores);
    return writer.lines;
  },
};

/** A kernel as text. */
export const kernelText = (kernel: Kernel): string =>
  (rows[kernel.kind] as (kernel: Kernel) => readonly string[])(kernel).join("\n");

/** A program as text: its slots, then its kernels in order. */
export function programText({ kernels, slots, arenas, scalars }: Program): string {
  const lines = slots.map((slot, i) => {
    const where = slot.role === "temporary" ? ` at ${slot.offset} of arena ${slot.arena}` : "";
    return `s${i}: ${slot.role}, ${slot.bytes} bytes${where}`;
  });
  if (arenas.length) lines.push(`arenas of ${arenas.join(", ")} bytes`);
  if (scalars.length) lines.push(`scalars: ${scalars.join(", ")}`);
  return [...lines, ...kernels.map(kernelText)].join("\n");
}
