/**
 * Module 3.14 — Writing loops: everything as far out as it can stand.
 *
 * Depth d is inside the loops over axes 0 … d − 1. A linear form grows by one term per loop, so an
 * address costs one addition at the depth where it changes; guards, loads and formulas are written
 * at the first depth that knows all they need. A *lane* is one of several outer points that are
 * computed together: the same code, a constant further in memory.
 */
import { dtypes, type Expr, emitJavaScript, literal, postorder } from "@mt/operators";
import type { Guard, Input, Linear, Read, Shape, Test } from "../kernel.ts";

/** What has a name where the writer stands. */
export interface Scope {
  readonly depth: number;
  readonly forms: Map<Linear, string>;
  readonly names: Map<Expr, string>;
  /** Inputs and guards declared so far. */
  readonly declared: Set<string>;
  /** Per lane, how many steps further it is along each axis. */
  readonly lanes: readonly Shape[];
}

/** What a part of the code needs: formulas, and guards known to hold there. */
export interface Part {
  readonly roots: readonly Expr[];
  readonly inputs: readonly number[];
  readonly held: ReadonlySet<string>;
}

/** Guards are told apart by what they say. */
export const guardKey = (guard: Guard): string =>
  `${guard.extent};${guard.offset};${guard.strides.join()}`;
const plus = (atom: string, constant: number): string =>
  constant === 0 ? atom : `(${atom} + ${literal(constant)} | 0)`;

export class LoopWriter {
  readonly lines: string[] = [];
  readonly #axes: Shape;
  readonly #inputs: readonly Input[];
  readonly #depths: readonly number[];

  constructor(axes: Shape, inputs: readonly Input[]) {
    this.#axes = axes;
    this.#inputs = inputs;
    this.#depths = inputs.map((input) => this.#inputDepth(input));
  }

  /** The outermost scope. Addresses start where their binding does. */
  start(): Scope {
    const lanes = [this.#axes.map(() => 0)];
    return { depth: 0, forms: new Map(), names: new Map(), declared: new Set(), lanes };
  }

  /** What `roots` need: the inputs they mention, and those their addresses come from. */
  part(roots: readonly Expr[], held: readonly Guard[] = []): Part {
    const inputs = new Set<number>();
    const add = (k: number): void => {
      const input = this.#inputs[k];
      if (!input) return; // the result of a fold
      inputs.add(k);
      if (input.kind === "read" && input.indirect) add(input.indirect.input);
    };
    for (const x of postorder(...roots)) if (x.kind === "arg") add(x.index);
    const order = [...inputs].sort((a, b) => this.#after(a) - this.#after(b));
    return { roots, inputs: order, held: new Set(held.map(guardKey)) };
  }

  /** Indirect reads come after the inputs they are indexed by. */
  #after(k: number): number {
    const input = this.#inputs[k] as Input;
    return input.kind === "read" && input.indirect ? 1 + this.#after(input.indirect.input) : 0;
  }

  moves(form: Linear, axis: number): boolean {
    return (form.strides[axis] ?? 0) !== 0 && this.#axes[axis] !== 1;
  }
  depthOf(form: Linear): number {
    for (let depth = this.#axes.length; depth > 0; depth--)
      if (this.moves(form, depth - 1)) return depth;
    return 0;
  }
  #inputDepth(input: Input): number {
    if (input.kind === "scalar") return 0;
    const guards = input.kind === "index" ? [] : input.guards;
    const own = input.kind === "test" ? 0 : this.depthOf(input);
    const index =
      input.kind === "read" && input.indirect
        ? this.#inputDepth(this.#inputs[input.indirect.input] as Input)
        : 0;
    return Math.max(own, index, ...guards.map((guard) => this.depthOf(guard)));
  }

  /** A form as far as it is known here. */
  atom(scope: Scope, form: Linear, origin?: string): string {
    const known = scope.forms.get(form);
    if (known !== undefined) return known;
    return origin === undefined ? literal(form.offset) : plus(origin, form.offset);
  }
  shift(form: Linear, lane: Shape): number {
    return lane.reduce((sum, steps, axis) => sum + steps * (form.strides[axis] ?? 0), 0);
  }
  address(scope: Scope, form: Linear, origin: string, lane: Shape): string {
    return plus(this.atom(scope, form, origin), this.shift(form, lane));
  }

  /** Where an input's value is in a lane. */
  #name(k: number, lane: Shape): string {
    const input = this.#inputs[k] as Input;
    const shift = input.kind === "read" ? this.shift(input, lane) : 0;
    return shift === 0 ? `x${k}` : `x${k}_${String(shift).replace("-", "m")}`;
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
      if (this.#isReady(x, scope, folds, ready)) ready.add(x);
    const calls = [...ready].filter((x) => x.kind === "call" && !scope.names.has(x));
    emitJavaScript(calls, this.argument(scope.lanes[0] as Shape, 0), this.lines, scope.names);
  }

  /** Whether a node can be computed here, the same for all lanes; its inputs are in `ready`. */
  #isReady(x: Expr, scope: Scope, folds: number, ready: ReadonlySet<Expr>): boolean {
    if (x.kind === "call") return x.args.every((a) => ready.has(a));
    if (x.kind === "const") return true;
    const input = this.#inputs[x.index];
    if (!input) return x.index - this.#inputs.length < folds && scope.lanes.length === 1;
    if ((this.#depths[x.index] as number) > scope.depth) return false;
    return input.kind !== "read" || scope.lanes.every((lane) => this.shift(input, lane) === 0);
  }

  guard(scope: Scope, guard: Guard): string {
    const name = `g${guardKey(guard)
      .replaceAll(/[^0-9-]/g, "_")
      .replaceAll("-", "m")}`;
    if (!scope.declared.has(name)) {
      scope.declared.add(name);
      const text = `(${this.atom(scope, guard)} >>> 0) < ${guard.extent}`;
      this.lines.push(`const ${name} = ${text};`);
    }
    return name;
  }
  #holds(scope: Scope, guards: readonly Guard[], held: ReadonlySet<string>): string[] {
    return guards.filter((g) => !held.has(guardKey(g))).map((g) => this.guard(scope, g));
  }

  #load(scope: Scope, part: Part, k: number): void {
    const input = this.#inputs[k] as Input;
    for (const lane of scope.lanes) {
      const name = this.#name(k, lane);
      if (scope.declared.has(name)) continue;
      scope.declared.add(name);
      this.lines.push(`const ${name} = ${this.#loadText(scope, part, input, lane)};`);
    }
  }
  #loadText(scope: Scope, part: Part, input: Input, lane: Shape): string {
    if (input.kind === "scalar")
      return dtypes[input.dtype].fromFloatText(`scalars[${input.index}]`);
    if (input.kind === "index") return dtypes[input.dtype].roundText(this.atom(scope, input));
    if (input.kind === "test") return this.#testText(scope, input, part);
    return this.#readText(scope, input, part, lane);
  }
  #testText(scope: Scope, input: Test, part: Part): string {
    const conditions = this.#holds(scope, input.guards, part.held);
    return conditions.length ? `(${conditions.join(" && ")} ? 1 : 0)` : "1";
  }
  #readText(scope: Scope, input: Read, part: Part, lane: Shape): string {
    const conditions = this.#holds(scope, input.guards, part.held);
    let address = this.address(scope, input, `o${input.slot}`, lane);
    if (input.indirect) {
      const { input: index, stride, extent } = input.indirect;
      const position = this.#name(index, lane);
      conditions.push(`(${position} >>> 0) < ${extent}`);
      address = `(${address} + Math.imul(${position}, ${stride}) | 0)`;
    }
    const load = `v${input.slot}[${address}]`;
    const fill = literal(dtypes[input.dtype].fromFloat(input.fill));
    return conditions.length ? `${conditions.join(" && ")} ? ${load} : ${fill}` : load;
  }

  /** A loop over the next axis; `forms` are those that grow in it. */
  loop(
    scope: Scope,
    forms: readonly (readonly [form: Linear, origin?: string])[],
    bounds: { readonly from?: string; readonly to?: string; readonly lanes?: number },
    body: (inside: Scope) => void,
  ): void {
    const axis = scope.depth;
    const extent = this.#axes[axis] as number;
    const { from = "0", to = String(extent), lanes = 1 } = bounds;
    const inside: Scope = {
      depth: axis + 1,
      forms: new Map(scope.forms),
      names: new Map(scope.names),
      declared: new Set(scope.declared),
      lanes: Array.from({ length: lanes }, (_, step) =>
        scope.lanes.map((lane) => lane.with(axis, step)),
      ).flat(),
    };
    if (extent === 1) {
      body(inside);
      return;
    }
    const i = `i${axis}`;
    this.lines.push(`for (let ${i} = ${from}; ${i} < ${to}; ${i} = ${i} + ${lanes} | 0) {`);
    const made = new Map<string, string>();
    for (const [form, origin] of forms) {
      if (!this.moves(form, axis)) continue;
      const stride = form.strides[axis] as number;
      const term = stride === 1 ? i : `Math.imul(${i}, ${stride})`;
      const text = `${this.atom(scope, form, origin)} + ${term} | 0`;
      const name = made.get(text) ?? `p${axis}_${made.size}`;
      if (!made.has(text)) this.lines.push(`const ${name} = ${text};`);
      made.set(text, name);
      inside.forms.set(form, name);
    }
    body(inside);
    this.lines.push("}");
  }
}
