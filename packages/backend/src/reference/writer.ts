/**
 * Module 3.14 — Writing loops: everything as far out as it can stand.
 *
 * Depth d is inside the loops over axes 0 … d − 1. A linear form grows by one term per loop, so an
 * address costs one addition at the depth where it changes; loads and formulas are written at the
 * first depth that knows all they need. A *lane* is one of several outer points that are computed
 * together: the same code, a constant further in memory.
 */
import {
  type Argument,
  type Constant,
  dtypes,
  type Expr,
  emitJavaScript,
  literal,
  postorder,
} from "@mt/operators";
import type { Guard, Indirect, Input, Linear, Shape } from "../kernel.ts";
import { formsOf, type Loop } from "./loop.ts";

/** What has a name where the writer stands. */
export interface Scope {
  readonly depth: number;
  /** Each form as far as it is known here. */
  readonly forms: ReadonlyMap<Linear, string>;
  readonly names: Map<Expr, string>;
  /** Names of inputs. */
  readonly loaded: Set<string>;
  /** Per lane, how many steps further it is along each axis. */
  readonly lanes: readonly Shape[];
}
/** The same in a block: what gets a name there has none outside. */
export const nested = (scope: Scope, changes: Partial<Scope> = {}): Scope => ({
  ...scope,
  names: new Map(scope.names),
  loaded: new Set(scope.loaded),
  ...changes,
});

/** What a part of the code needs: formulas, inputs, and guards known to hold there. */
export interface Part {
  readonly roots: readonly Expr[];
  /** Inputs that give positions come before those read there. */
  readonly inputs: ReadonlySet<number>;
  readonly forms: ReadonlySet<Linear>;
  readonly held: readonly Guard[];
}

const plus = (atom: string, constant: number): string =>
  constant === 0 ? atom : `(${atom} + ${literal(constant)} | 0)`;
const within = (x: string, extent: number): string => `(${x} >>> 0) < ${extent}`;
const choose = (conditions: readonly string[], yes: string, no: string): string =>
  conditions.length ? `${conditions.join(" && ")} ? ${yes} : ${no}` : yes;
const shift = ({ strides }: Linear, lane: Shape): number =>
  lane.reduce((sum, steps, axis) => sum + steps * (strides[axis] ?? 0), 0);

export class LoopWriter {
  readonly lines: string[] = [];
  readonly #axes: Shape;
  readonly #inputs: readonly Input[];
  readonly #depths: readonly number[];

  constructor({ outer, inner, inputs }: Loop) {
    this.#axes = [...outer, ...inner];
    this.#inputs = inputs;
    this.#depths = inputs.map((input) => this.#inputDepth(input));
  }

  part(bodies: readonly Expr[], stores: Loop["stores"], held: readonly Guard[] = []): Part {
    const roots = [...bodies, ...stores.map(({ body }) => body)];
    const inputs = new Set<number>();
    const add = (k: number): void => {
      const input = this.#inputs[k];
      if (!input) return; // the result of a fold
      if (input.kind === "read" && input.indirect) add(input.indirect.input);
      inputs.add(k);
    };
    for (const x of postorder(...roots)) if (x.kind === "arg") add(x.index);
    for (const { place } of stores) if (place) add(place.input);
    const read = [...inputs].flatMap((k) => formsOf(this.#inputs[k] as Input));
    return { roots, inputs, forms: new Set([...read, ...stores, ...held]), held };
  }

  /** The outermost scope. Addresses start where their binding does. */
  start(part: Part): Scope {
    const forms = new Map<Linear, string>();
    const slots = new Set<number>();
    for (const form of part.forms as ReadonlySet<Linear & { readonly slot?: number }>) {
      const { slot, offset } = form;
      forms.set(form, slot === undefined ? literal(offset) : plus(`o${slot}`, offset));
      if (slot !== undefined) slots.add(slot);
    }
    for (const slot of slots)
      this.lines.push(`const v${slot} = views[${slot}], o${slot} = offsets[${slot}];`);
    const lanes = [this.#axes.map(() => 0)];
    return { depth: 0, forms, names: new Map(), loaded: new Set(), lanes };
  }

  /** A loop over the next axis. */
  loop(
    scope: Scope,
    part: Part,
    body: (inside: Scope) => void,
    bounds: { readonly from?: string; readonly to?: string; readonly lanes?: number } = {},
  ): void {
    const axis = scope.depth;
    const extent = this.#axes[axis] as number;
    const { from = "0", to = String(extent), lanes = 1 } = bounds;
    const forms = new Map(scope.forms);
    const inside = nested(scope, {
      depth: axis + 1,
      forms,
      lanes: Array.from({ length: lanes }, (_, step) =>
        scope.lanes.map((lane) => lane.with(axis, step)),
      ).flat(),
    });
    if (extent === 1) {
      body(inside);
      return;
    }
    const i = `i${axis}`;
    this.lines.push(`for (let ${i} = ${from}; ${i} < ${to}; ${i} = ${i} + ${lanes} | 0) {`);
    const made = new Map<string, string>();
    for (const form of part.forms) {
      const stride = form.strides[axis];
      if (!stride) continue;
      const term = stride === 1 ? i : `Math.imul(${i}, ${stride})`;
      const text = `${scope.forms.get(form)} + ${term} | 0`;
      const name = made.get(text) ?? `p${axis}_${made.size}`;
      if (!made.has(text)) this.lines.push(`const ${name} = ${text};`);
      made.set(text, name);
      forms.set(form, name);
    }
    body(inside);
    this.lines.push("}");
  }

  /** How deep one must be to know a form. */
  depthOf({ strides }: Linear): number {
    return 1 + strides.findLastIndex((stride, axis) => stride !== 0 && this.#axes[axis] !== 1);
  }
  #inputDepth(input: Input): number {
    const indirect = "indirect" in input && input.indirect;
    const index = indirect ? this.#inputDepth(this.#inputs[indirect.input] as Input) : 0;
    return Math.max(index, ...formsOf(input).map((form) => this.depthOf(form)));
  }

  guard(scope: Scope, guard: Guard): string {
    return within(scope.forms.get(guard) as string, guard.extent);
  }
  /** Where a read or a store goes in a lane, and the conditions that its position sets. */
  address(
    scope: Scope,
    form: Linear,
    lane: Shape,
    indirect: Indirect | undefined,
  ): readonly [address: string, conditions: readonly string[]] {
    const start = plus(scope.forms.get(form) as string, shift(form, lane));
    if (!indirect) return [start, []];
    const { input, stride, extent } = indirect;
    const position = this.#name(input, lane);
    return [`${start} + Math.imul(${position}, ${stride}) | 0`, [within(position, extent)]];
  }

  /** Where an input's value is in a lane. */
  #name(k: number, lane: Shape): string {
    const input = this.#inputs[k] as Input;
    const distance = input.kind === "read" ? shift(input, lane) : 0;
    return `x${k}${distance ? `_${distance}`.replace("-", "m") : ""}`;
  }
  /** Arguments in a lane: inputs, then folds. */
  argument(lane: Shape, number: number): (x: { readonly index: number }) => string {
    const count = this.#inputs.length;
    return ({ index }) => (index < count ? this.#name(index, lane) : `f${index - count}_${number}`);
  }

  /**
   * Declares everything `part` needs that is known at this depth and has no name yet, the results
   * of the first `folds` folds among it.
   */
  settle(scope: Scope, part: Part, folds: number): void {
    for (const k of part.inputs)
      if ((this.#depths[k] as number) <= scope.depth) this.#load(scope, part, k);
    const ready = new Set<Expr>();
    for (const x of postorder(...part.roots))
      if (x.kind === "call" ? x.args.every((a) => ready.has(a)) : this.#isKnown(x, scope, folds))
        ready.add(x);
    const calls = [...ready].filter((x) => x.kind === "call");
    emitJavaScript(calls, this.argument(scope.lanes[0] as Shape, 0), this.lines, scope.names);
  }

  /** Whether a value is known here, the same for all lanes. */
  #isKnown(x: Argument | Constant, scope: Scope, folds: number): boolean {
    if (x.kind === "const") return true;
    const input = this.#inputs[x.index];
    if (!input) return x.index - this.#inputs.length < folds && scope.lanes.length === 1;
    if ((this.#depths[x.index] as number) > scope.depth) return false;
    return input.kind !== "read" || scope.lanes.every((lane) => !shift(input, lane));
  }

  #load(scope: Scope, { held }: Part, k: number): void {
    for (const lane of scope.lanes) {
      const name = this.#name(k, lane);
      if (scope.loaded.has(name)) continue;
      scope.loaded.add(name);
      const text = this.#text(scope, this.#inputs[k] as Input, lane, held);
      this.lines.push(`const ${name} = ${text};`);
    }
  }
  #text(scope: Scope, input: Input, lane: Shape, held: readonly Guard[]): string {
    if (input.kind === "test") return choose(this.#open(scope, input.guards, held), "1", "0");
    const { fromFloatText, roundText, fromFloat } = dtypes[input.dtype];
    if (input.kind === "scalar") return fromFloatText(`scalars[${input.index}]`);
    if (input.kind === "index") return roundText(scope.forms.get(input) as string);
    const { slot, guards, fill, indirect } = input;
    const [address, conditions] = this.address(scope, input, lane, indirect);
    const all = [...this.#open(scope, guards, held), ...conditions];
    return choose(all, `v${slot}[${address}]`, literal(fromFloat(fill)));
  }
  /** The guards that are not known to hold. */
  #open(scope: Scope, guards: readonly Guard[], held: readonly Guard[]): string[] {
    const known = held.map((guard) => this.guard(scope, guard));
    return guards.map((guard) => this.guard(scope, guard)).filter((x) => !known.includes(x));
  }
}
