/**
 * Module 3.15 — Kernels as JavaScript.
 *
 * The text is what one would write by hand: nested loops over typed arrays, addresses as integers,
 * one local per running value, nothing allocated. It does the arithmetic of the interpreter in the
 * order of the interpreter, so both give the same bits.
 */
import { argument, dtypes, type Expr, emitJavaScript, literal } from "@mt/operators";
import type {
  Combine,
  Fold,
  Guard,
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
import type { KernelFunction } from "./interpret.ts";
import { chooseLanes } from "./lanes.ts";
import { type Skipped, skipPoints } from "./skip.ts";
import { LoopWriter, type Part, type Scope } from "./writer.ts";

/** Forms that addresses and guards of `inputs` and `stores` are made of, and where they start. */
type Form = readonly [form: Linear, origin?: string];
const formsOf = (inputs: readonly Input[]): Form[] =>
  inputs.flatMap((input): Form[] => {
    if (input.kind === "scalar") return [];
    if (input.kind === "index") return [[input]];
    const guards = input.guards.map((guard): Form => [guard]);
    return input.kind === "test" ? guards : [[input, `o${input.slot}`], ...guards];
  });
const formsOfStores = (stores: readonly (Linear & { readonly slot: number })[]): Form[] =>
  stores.map((store) => [store, `o${store.slot}`]);

const slots = (
  inputs: readonly Input[],
  stores: readonly { readonly slot: number }[],
): number[] => [
  ...new Set([
    ...inputs.flatMap((x) => (x.kind === "read" ? [x.slot] : [])),
    ...stores.map((x) => x.slot),
  ]),
];
const prologue = (used: readonly number[]): string[] =>
  used.map((slot) => `const v${slot} = views[${slot}], o${slot} = offsets[${slot}];`);
const build = (lines: readonly string[]): KernelFunction =>
  new Function(
    "views",
    "offsets",
    "scalars",
    ['"use strict";', ...lines].join("\n"),
  ) as KernelFunction;

/** `carried = combine(carried, value)`, as lines. */
function combineLines(monoid: Combine, carried: string, value: string): string[] {
  const wide = wideSign(monoid);
  if (wide) return [`${carried} = ${carried} ${wide} ${value};`];
  // a block, and a name of its own for the value: the formula may have been used outside it
  const lines = ["{", `const y = ${value};`, "{"];
  const atom = ({ index }: { readonly index: number }): string => (index === 0 ? carried : "y");
  const [result] = emitJavaScript([monoid.combine], atom, lines);
  return [...lines, `${carried} = ${result};`, "}", "}"];
}

class LoopGenerator {
  readonly #kernel: LoopKernel | PrefixKernel;
  readonly #folds: readonly Fold[];
  readonly #skipped: readonly Skipped[];
  readonly #writer: LoopWriter;
  readonly #lanes: readonly number[];
  readonly #outside: Part;

  constructor(kernel: LoopKernel | PrefixKernel) {
    const { outer, inner, inputs } = kernel;
    this.#kernel = kernel;
    const prefix = kernel.kind === "prefix";
    this.#folds = prefix ? [kernel.fold] : kernel.folds;
    this.#skipped = this.#folds.map((fold) =>
      prefix ? { body: fold.body, guards: [] } : skipPoints(fold, inputs),
    );
    const bodies = this.#skipped.map(({ body }) => body);
    this.#lanes = prefix ? outer.map(() => 1) : chooseLanes(kernel, bodies);
    this.#writer = new LoopWriter([...outer, ...inner], inputs);
    this.#outside = this.#writer.part([...bodies, ...kernel.stores.map(({ body }) => body)]);
  }

  lines(): string[] {
    const { inputs, stores } = this.#kernel;
    this.#outer(this.#writer.start());
    return [...prologue(slots(inputs, stores)), ...this.#writer.lines];
  }

  get #forms(): readonly Form[] {
    return [
      ...formsOf(this.#outside.inputs.map((k) => this.#kernel.inputs[k] as Input)),
      ...this.#skipped.flatMap(({ guards }) => guards.map((guard): Form => [guard])),
      ...formsOfStores(this.#kernel.stores),
    ];
  }

  /** The loops over outer axes; an axis taken in lanes is a main loop and the rest. */
  #outer(scope: Scope): void {
    const writer = this.#writer;
    writer.settle(scope, this.#outside, 0);
    const axis = scope.depth;
    const extent = this.#kernel.outer[axis];
    if (extent === undefined) {
      this.#point(scope);
      return;
    }
    const lanes = this.#lanes[axis] as number;
    const whole = extent - (extent % lanes);
    const next = (inside: Scope): void => this.#outer(inside);
    if (whole > 0 || extent === 0)
      writer.loop(scope, this.#forms, { to: String(whole), lanes }, next);
    if (whole < extent) writer.loop(scope, this.#forms, { from: String(whole) }, next);
  }

  /** What happens at one outer point, or at several lanes of it. */
  #point(scope: Scope): void {
    const { stores, kind } = this.#kernel;
    this.#folds.forEach((fold, j) => {
      this.#fold(scope, fold, j);
    });
    const inside = stores.filter((store) => store.inside);
    if (inside.length && kind !== "prefix") {
      const part = this.#writer.part(inside.map(({ body }) => body));
      this.#nest(scope, part, [], this.#folds.length, (at) => this.#store(at, inside));
    }
    const outside = stores.filter((store) => !store.inside);
    if (outside.length) this.#store(scope, outside);
  }

  #fold(scope: Scope, { monoid }: Fold, j: number): void {
    const { dtype } = monoid.combine;
    const { lines } = this.#writer;
    const { body, guards } = this.#skipped[j] as Skipped;
    const wide = wideSign(monoid) !== null;
    const carried = (lane: number): string => `a${j}_${lane}`;
    const result = (lane: number): string => {
      const value = wide ? dtypes[dtype].roundText(carried(lane)) : carried(lane);
      return `const f${j}_${lane} = ${value};`;
    };
    const inside = this.#kernel.stores.filter((store) => store.inside);
    const running = this.#kernel.kind === "prefix" ? inside : [];
    scope.lanes.forEach((_, lane) => {
      const identity = literal(dtypes[dtype].fromFloat(monoid.identity));
      lines.push(`let ${carried(lane)} = ${identity};`);
    });
    const part = this.#writer.part([body, ...running.map((store) => store.body)], guards);
    this.#nest(scope, part, guards, j, (at) => {
      this.#eachLane(at, (lane, names, number) => {
        const atom = this.#writer.argument(lane, number);
        const [value] = emitJavaScript([body], atom, lines, names);
        lines.push(...combineLines(monoid, carried(number), value as string));
      });
      if (!running.length) return;
      lines.push(result(0));
      this.#store(at, running);
    });
    lines.push(...scope.lanes.map((_, lane) => result(lane)));
  }

  /** The loops over inner axes, visiting only points where `guards` hold. */
  #nest(
    scope: Scope,
    part: Part,
    guards: readonly Guard[],
    folds: number,
    leaf: (at: Scope) => void,
  ): void {
    const { outer, inner, inputs, stores } = this.#kernel;
    const writer = this.#writer;
    const outermost = guards.filter((guard) => writer.depthOf(guard) <= outer.length);
    const conditions = outermost.map((guard) => writer.guard(scope, guard));
    const forms = [
      ...formsOf(part.inputs.map((k) => inputs[k] as Input)),
      ...guards.map((guard): Form => [guard]),
      ...formsOfStores(stores.filter((store) => store.inside)),
    ];
    const descend = (at: Scope): void => {
      writer.settle(at, part, folds);
      const axis = at.depth;
      const extent = inner[axis - outer.length];
      if (extent === undefined) leaf(at);
      else writer.loop(at, forms, this.#bounds(at, guards, extent), descend);
    };
    writer.lines.push(conditions.length ? `if (${conditions.join(" && ")}) {` : "{");
    descend({ ...scope, names: new Map(scope.names), declared: new Set(scope.declared) });
    writer.lines.push("}");
  }

  /** Bounds of the next loop from the guards that it decides: 0 ≤ rest + stride · i < extent. */
  #bounds(scope: Scope, guards: readonly Guard[], size: number): { from?: string; to?: string } {
    const axis = scope.depth;
    const deciding = guards.filter((guard) => this.#writer.depthOf(guard) === axis + 1);
    if (!deciding.length) return {};
    const from = ["0"];
    const to = [String(size)];
    for (const guard of deciding) {
      const stride = guard.strides[axis] as number;
      const rest = this.#writer.atom(scope, guard);
      const ceiling = (distance: string): string =>
        Math.abs(stride) === 1 ? distance : `Math.ceil((${distance}) / ${Math.abs(stride)})`;
      if (stride > 0) {
        from.push(ceiling(`-${rest}`));
        to.push(ceiling(`${guard.extent} - ${rest}`));
      } else {
        from.push(ceiling(`${rest} - ${guard.extent - 1}`));
        to.push(ceiling(`${rest} + 1`));
      }
    }
    const { lines } = this.#writer;
    lines.push(`const from${axis} = Math.max(${from.join(", ")}) | 0;`);
    lines.push(`const to${axis} = Math.min(${to.join(", ")}) | 0;`);
    return { from: `from${axis}`, to: `to${axis}` };
  }

  #eachLane(
    scope: Scope,
    write: (lane: Shape, names: Map<Expr, string>, number: number) => void,
  ): void {
    const { lines } = this.#writer;
    const single = scope.lanes.length === 1;
    scope.lanes.forEach((lane, number) => {
      if (single) {
        write(lane, scope.names, 0);
        return;
      }
      lines.push("{");
      write(lane, new Map(scope.names), number);
      lines.push("}");
    });
  }

  #store(scope: Scope, stores: readonly Store[]): void {
    const { lines } = this.#writer;
    this.#eachLane(scope, (lane, names, number) => {
      const atom = this.#writer.argument(lane, number);
      const values = emitJavaScript(
        stores.map(({ body }) => body),
        atom,
        lines,
        names,
      );
      stores.forEach((store, i) => {
        const address = this.#writer.address(scope, store, `o${store.slot}`, lane);
        lines.push(`v${store.slot}[${address}] = ${values[i]};`);
      });
    });
  }
}

/** A loop, or a prefix, as JavaScript text: for the curious. */
export const loopText = (kernel: LoopKernel | PrefixKernel): string =>
  new LoopGenerator(kernel).lines().join("\n");

export const generateLoop = (kernel: LoopKernel | PrefixKernel): KernelFunction =>
  build(new LoopGenerator(kernel).lines());

/** The copy of the base is a loop; the updates are another, over their own box. */
export function generateScatter(kernel: ScatterKernel): KernelFunction {
  const { outer, inputs, base, store } = kernel;
  const copy: LoopKernel = {
    kind: "loop",
    outer,
    inner: [],
    inputs: [inputs[base] as Input],
    folds: [],
    stores: [{ ...store, inside: false, body: argument(0, store.dtype) }],
  };
  return build(["{", ...new LoopGenerator(copy).lines(), "}", ...updateLines(kernel)]);
}

function updateLines(kernel: ScatterKernel): string[] {
  const { inner, inputs, base, at, stride, extent, monoid, value, target, store } = kernel;
  const writer = new LoopWriter(inner, inputs);
  const { lines } = writer;
  const position = argument(at, (inputs[at] as Read).dtype);
  const part = writer.part([value, position]);
  const forms: Form[] = [
    ...formsOf(part.inputs.map((k) => inputs[k] as Input)),
    [target, `o${store.slot}`],
  ];
  const descend = (scope: Scope): void => {
    writer.settle(scope, part, 0);
    if (scope.depth < inner.length) {
      writer.loop(scope, forms, {}, descend);
      return;
    }
    const lane = scope.lanes[0] as Shape;
    const atom = writer.argument(lane, 0);
    lines.push(`if ((${atom(position)} >>> 0) < ${extent}) {`);
    const [update] = emitJavaScript([value], atom, lines, scope.names);
    const start = writer.address(scope, target, `o${store.slot}`, lane);
    lines.push(`const place = ${start} + Math.imul(${atom(position)}, ${stride}) | 0;`);
    const element = `v${store.slot}[place]`;
    lines.push(
      ...(monoid === "set"
        ? [`${element} = ${update};`]
        : combineLines(monoid, element, update as string)),
      "}",
    );
  };
  descend(writer.start());
  const read = inputs.filter((_, k) => k !== base);
  return [...prologue(slots(read, [store])), ...lines];
}
