/**
 * Module 3.15 — Loops as JavaScript.
 *
 * The text is what one would write by hand: nested loops over typed arrays, addresses as integers,
 * one local per running value, nothing allocated. It does the arithmetic of the interpreter in the
 * order of the interpreter, so both give the same bits.
 */
import { dtypes, type Expr, emitJavaScript, literal } from "@mt/operators";
import type { Combine, Guard, Shape } from "../kernel.ts";
import { wideSign } from "./accumulate.ts";
import { chooseLanes } from "./lanes.ts";
import type { KernelFunction, Loop } from "./loop.ts";
import { type Guarded, skipPoints } from "./skip.ts";
import { LoopWriter, nested, type Part, type Scope } from "./writer.ts";

/** `carried = combine(carried, value)`, as lines. */
function combineLines(monoid: Combine | "set", carried: string, value: string): string[] {
  if (monoid === "set") return [`${carried} = ${value};`];
  const wide = wideSign(monoid);
  if (wide) return [`${carried} = ${carried} ${wide} ${value};`];
  // a block, and a name of its own for the value: the formula may have been used outside it
  const lines = [`{ const y = ${value}; {`];
  const atom = ({ index }: { readonly index: number }): string => (index === 0 ? carried : "y");
  const [result] = emitJavaScript([monoid.combine], atom, lines);
  return [...lines, `${carried} = ${result};`, "}}"];
}

class LoopGenerator {
  readonly #loop: Loop;
  readonly #inside: Loop["stores"];
  readonly #folds: readonly Guarded[];
  readonly #writer: LoopWriter;
  readonly #lanes: readonly number[];
  readonly #whole: Part;

  constructor(loop: Loop) {
    const { inputs, stores, running } = loop;
    this.#loop = loop;
    this.#inside = stores.filter((store) => store.inside);
    this.#folds = loop.folds.map((fold) =>
      running ? { ...fold, guards: [] } : skipPoints(fold, inputs),
    );
    const bodies = this.#folds.map(({ body }) => body);
    this.#lanes = chooseLanes(loop, bodies);
    this.#writer = new LoopWriter(loop);
    const guards = this.#folds.flatMap((fold) => fold.guards);
    this.#whole = { ...this.#writer.part(bodies, stores, guards), held: [] };
  }

  text(): string {
    this.#outer(this.#writer.start(this.#whole));
    return ['"use strict";', ...this.#writer.lines].join("\n");
  }

  /** The loops over outer axes; an axis taken in lanes is a main loop and the rest. */
  #outer(scope: Scope): void {
    this.#writer.settle(scope, this.#whole, 0);
    const extent = this.#loop.outer[scope.depth];
    if (extent === undefined) {
      this.#point(scope);
      return;
    }
    const lanes = this.#lanes[scope.depth] as number;
    const whole = String(extent - (extent % lanes));
    const loop = (bounds: Parameters<LoopWriter["loop"]>[3]): void =>
      this.#writer.loop(scope, this.#whole, (inside) => this.#outer(inside), bounds);
    loop({ to: whole, lanes });
    if (extent % lanes) loop({ from: whole });
  }

  /** What happens at one outer point, or at several lanes of it. */
  #point(scope: Scope): void {
    const inside = this.#inside;
    this.#folds.forEach((fold, j) => {
      this.#fold(scope, fold, j);
    });
    if (inside.length && !this.#loop.running) {
      const part = this.#writer.part([], inside);
      this.#nest(scope, part, this.#folds.length, (at) => this.#store(at, inside));
    }
    this.#store(
      scope,
      this.#loop.stores.filter((store) => !store.inside),
    );
  }

  #fold(scope: Scope, { monoid, body, guards }: Guarded, j: number): void {
    const { lines } = this.#writer;
    const { fromFloat, roundText } = dtypes[body.dtype];
    const running = this.#loop.running ? this.#inside : [];
    const carried = (lane: number): string => `a${j}_${lane}`;
    const finish = (lane: number): void => {
      const value = wideSign(monoid) ? roundText(carried(lane)) : carried(lane);
      lines.push(`const f${j}_${lane} = ${value};`);
    };
    const identity = literal(fromFloat(monoid.identity));
    scope.lanes.forEach((_, lane) => {
      lines.push(`let ${carried(lane)} = ${identity};`);
    });
    this.#nest(scope, this.#writer.part([body], running, guards), j, (at) => {
      this.#eachLane(at, [body], ([value], _, lane) => {
        lines.push(...combineLines(monoid, carried(lane), value as string));
      });
      if (!running.length) return;
      finish(0);
      this.#store(at, running);
    });
    scope.lanes.forEach((_, lane) => {
      finish(lane);
    });
  }

  /** The loops over inner axes, visiting only points where the part's guards hold. */
  #nest(scope: Scope, part: Part, folds: number, leaf: (at: Scope) => void): void {
    const { outer, inner } = this.#loop;
    const writer = this.#writer;
    const conditions = part.held
      .filter((guard) => writer.depthOf(guard) <= outer.length)
      .map((guard) => writer.guard(scope, guard));
    const descend = (at: Scope): void => {
      writer.settle(at, part, folds);
      const extent = inner[at.depth - outer.length];
      if (extent === undefined) leaf(at);
      else writer.loop(at, part, descend, this.#bounds(at, part.held, extent));
    };
    writer.lines.push(conditions.length ? `if (${conditions.join(" && ")}) {` : "{");
    descend(nested(scope));
    writer.lines.push("}");
  }

  /** Bounds of the next loop from the guards that it decides: 0 ≤ rest + stride · i < extent. */
  #bounds(
    { depth, forms }: Scope,
    guards: readonly Guard[],
    size: number,
  ): { from?: string; to?: string } {
    const deciding = guards.filter((guard) => this.#writer.depthOf(guard) === depth + 1);
    if (!deciding.length) return {};
    const [from, to] = [["0"], [String(size)]];
    for (const guard of deciding) {
      const stride = guard.strides[depth] as number;
      const rest = forms.get(guard);
      const low = stride > 0 ? `-${rest}` : `${rest} - ${guard.extent - 1}`;
      const ceiling = (distance: string): string =>
        Math.abs(stride) === 1 ? distance : `Math.ceil((${distance}) / ${Math.abs(stride)})`;
      from.push(ceiling(low));
      to.push(ceiling(`${low} + ${guard.extent}`));
    }
    this.#writer.lines.push(
      `const from${depth} = Math.max(${from.join(", ")}) | 0;`,
      `const to${depth} = Math.min(${to.join(", ")}) | 0;`,
    );
    return { from: `from${depth}`, to: `to${depth}` };
  }

  /** Formulas in each lane, in a block of its own. */
  #eachLane(
    scope: Scope,
    formulas: readonly Expr[],
    use: (values: readonly string[], lane: Shape, number: number) => void,
  ): void {
    const { lines } = this.#writer;
    scope.lanes.forEach((lane, number) => {
      lines.push("{");
      const atom = this.#writer.argument(lane, number);
      use(emitJavaScript(formulas, atom, lines, new Map(scope.names)), lane, number);
      lines.push("}");
    });
  }

  #store(scope: Scope, stores: Loop["stores"]): void {
    const { lines } = this.#writer;
    const bodies = stores.map(({ body }) => body);
    this.#eachLane(scope, bodies, (values, lane) => {
      stores.forEach((store, i) => {
        const { slot, place } = store;
        const [address, conditions] = this.#writer.address(scope, store, lane, place);
        const when = conditions.map((condition) => `if (${condition})`);
        const element = `v${slot}[${address}]`;
        const written = combineLines(place?.monoid ?? "set", element, values[i] as string);
        lines.push(...when, ...written);
      });
    });
  }
}

/** A loop as JavaScript text: for the curious. */
export const loopText = (loop: Loop): string => new LoopGenerator(loop).text();

export const generateLoop = (loop: Loop): KernelFunction =>
  new Function("views", "offsets", "scalars", loopText(loop)) as KernelFunction;
