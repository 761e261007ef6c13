/**
 * Module 3.77 — Maps, folds and running folds as code.
 *
 * Units are loops over outer positions; at an outer point (or four of them, or more) the folds run
 * one after the other, then what is stored inside, then what is stored once.
 */

import type { Fold, Input, Read, Store } from "@mt/backend";
import { argument, type Expr, postorder, substitute } from "@mt/operators";
import { emitConstant, emitFormula, lowered } from "../vectors/formula.ts";
import type { Vectors } from "../vectors/vectors.ts";
import type { Local } from "../wasm/code.ts";
import { computing } from "./costs.ts";
import type { GeneratedKernel } from "./kernel.ts";
import { type Nest, sizeOf } from "./nest.ts";
import { type Plan, pausesOf, planOf, type Tuning } from "./plan.ts";
import {
  copyOf,
  type Form,
  inside,
  outermost,
  type Page,
  type Scope,
  type Value,
} from "./scope.ts";
import { moduleOf, writeUnits } from "./units.ts";
import { NestWriter, type Part } from "./writer.ts";

/** The nest with its formulas in primitives that have vector code. */
function prepared(nest: Nest): Nest {
  const formula = lowered;
  return {
    ...nest,
    folds: nest.folds.map(({ monoid, body }) => ({
      monoid: { ...monoid, combine: formula(monoid.combine) },
      body: formula(body),
    })),
    stores: nest.stores.map((store) => ({ ...store, body: formula(store.body) })),
  };
}

interface Placed {
  readonly store: Store;
  readonly form: Form;
}

/** A costly value that a fold computes and an inside store needs again. */
interface Kept {
  readonly fold: number;
  /** Where it waits: the place of the store's result. */
  readonly store: number;
  /** What reads it from there. */
  readonly read: Read;
  readonly argument: Expr;
}
/** Computing this much again costs more than writing it down. */
const costly = 32;

/**
 * The value to keep, if vectors lie along the fold: then only one unit visits a point. (Softmax:
 * eˣ is summed, waits where the quotient will be, and is divided.)
 */
function keptIn({ inputs, folds, stores, running }: Nest, { folded }: Plan): Kept | null {
  if (running || !folded) return null;
  for (const [fold, { body }] of folds.entries())
    for (const [store, { inside: within, dtype, body: result, ...place }] of stores.entries()) {
      const again = within && dtype === body.dtype && postorder(result).includes(body);
      if (!again || computing(postorder(body)) < costly) continue;
      const read: Read = { kind: "read", ...place, dtype, guards: [], fill: 0 };
      return { fold, store, read, argument: argument(inputs.length + folds.length, dtype) };
    }
  return null;
}

/** What is done to results in vectors before they are stored, if it is no formula. */
export type Finish = (v: Vectors, x: Local) => Local;

class LoopGenerator {
  readonly #nest: Nest;
  readonly #plan: Plan;
  readonly #writer: NestWriter;
  readonly #keeping: { readonly fold: number; readonly placed: Placed } | null;
  readonly #inside: readonly Placed[];
  readonly #outside: readonly Placed[];
  readonly #parts: {
    readonly folds: readonly Part[];
    readonly inside: Part;
    readonly outside: Part;
  };

  readonly #finish: Finish | undefined;

  constructor(nest: Nest, plan: Plan, bindings: number, finish?: Finish) {
    this.#nest = nest;
    this.#finish = finish;
    this.#plan = plan;
    const kept = keptIn(nest, plan);
    const inputs = new Map<number, Input>(nest.inputs.entries());
    if (kept?.argument.kind === "arg") inputs.set(kept.argument.index, kept.read);
    this.#writer = new NestWriter(plan.geometry, inputs, bindings);
    const placed = nest.stores.map((store, i): Placed => {
      const form = this.#writer.formOfStore(store);
      if (kept?.store !== i) return { store, form };
      const known = nest.folds[kept.fold]?.body;
      const body = substitute(store.body, (x) => (x === known ? kept.argument : undefined));
      return { store: { ...store, body }, form };
    });
    this.#keeping = kept && { fold: kept.fold, placed: placed[kept.store] as Placed };
    this.#inside = placed.filter(({ store }) => store.inside);
    this.#outside = placed.filter(({ store }) => !store.inside);
    const part = (list: readonly Placed[], more: readonly Expr[] = []): Part =>
      this.#writer.part(
        [...more, ...list.map(({ store }) => store.body)],
        list.map(({ form }) => form),
      );
    this.#parts = {
      folds: nest.folds.map(({ body }, j) => {
        const { fold, placed: kept } = this.#keeping ?? {};
        const forms = fold === j && kept ? [kept.form] : [];
        return nest.running ? part(this.#inside, [body]) : this.#writer.part([body], forms);
      }),
      inside: part(nest.running ? [] : this.#inside),
      outside: part(this.#outside),
    };
  }

  generate(): GeneratedKernel {
    const { units, layout, nanosecondsPerUnit } = this.#plan;
    const writer = this.#writer;
    const all = [...this.#parts.folds, this.#parts.inside, this.#parts.outside];
    const whole = writer.part(
      all.flatMap(({ roots }) => roots),
      [...this.#inside, ...this.#outside].map(({ form }) => form),
    );
    const start = outermost();
    writer.settle(start, whole);
    writeUnits(writer, this.#plan, start, whole, (at) => this.#point(at));
    return { bytes: moduleOf(writer.code), units, nanosecondsPerUnit, layout };
  }

  /** At an outer point, or several. */
  #point(scope: Scope): void {
    const at = inside(scope, this.#plan.folded ? { copies: 1 } : {});
    this.#nest.folds.forEach((fold, j) => {
      at.values.set(this.#result(j), this.#fold(at, fold, j));
      for (const part of [
        ...this.#parts.folds.slice(j + 1),
        this.#parts.inside,
        this.#parts.outside,
      ])
        this.#writer.settle(at, part);
    });
    if (this.#inside.length && !this.#nest.running)
      this.#innerLoops(at, this.#parts.inside, !this.#keeping, (leaf) =>
        this.#store(leaf, this.#inside),
      );
    this.#writer.settle(at, this.#parts.outside);
    this.#store(at, this.#outside);
  }
  /** The argument that stands for a fold's result. */
  #result(j: number): Expr {
    const { inputs, folds } = this.#nest;
    return argument(inputs.length + j, (folds[j] as Fold).monoid.combine.dtype);
  }
  #store(scope: Scope, list: readonly Placed[]): void {
    const { v } = this.#writer;
    const finish = this.#finish;
    for (const { store, form } of list) {
      const value = scope.values.get(store.body) as Value;
      const made = finish ? value.map((x) => finish(v, x)) : value;
      this.#writer.store(scope, form, store, made);
    }
  }

  /** Loops over the inner box; `again` if points may be visited a second time. */
  #innerLoops(scope: Scope, part: Part, again: boolean, leaf: (at: Scope) => void): void {
    const writer = this.#writer;
    const { geometry, folded } = this.#plan;
    if (sizeOf(this.#nest.inner) === 0) return;
    const descend = (at: Scope): void => {
      writer.settle(at, part);
      if (at.level === geometry.extents.length) leaf(at);
      else if (folded && at.level === geometry.vector) this.#vectorLoop(at, part, again, descend);
      else writer.loop(at, part, {}, descend);
    };
    descend(scope);
  }
  /** The folded axis along which vectors lie: several at once, then those left, then the rest. */
  #vectorLoop(scope: Scope, part: Part, again: boolean, visit: (at: Scope) => void): void {
    const { geometry, copies, steps, lanes } = this.#plan;
    const step = steps[geometry.vector] as number;
    const writer = this.#writer;
    const extent = geometry.extents[geometry.vector] as number;
    if (again || extent < 4) {
      writer.loop(scope, part, { step, whole: true, copies, lanes }, visit);
      return;
    }
    const known = (n: number): Local => writer.code.i32(n).keep("i32");
    const piece = (from: number, to: number, copies: number): void => {
      const bounds = {
        ...(from > 0 ? { from: known(from) } : {}),
        ...(to < extent ? { to: known(to) } : {}),
      };
      if (from < to) writer.loop(scope, part, { ...bounds, step: 4 * copies, copies }, visit);
    };
    const rest = extent % 4;
    const vectors = extent - rest;
    const whole = extent - (extent % step);
    piece(0, whole, copies);
    piece(whole, vectors, (vectors - whole) / 4);
    if (rest) visit(writer.enter({ ...scope, copies: 1, lanes: rest }, part, known(vectors)));
  }

  #fold(scope: Scope, { monoid, body }: Fold, j: number): Value {
    const { code, v } = this.#writer;
    const { folded, copies } = this.#plan;
    const { combine, identity } = monoid;
    const { dtype } = combine;
    const count = folded ? copies : scope.copies;
    const nothing = emitConstant(v, { value: identity, dtype });
    const join = (...pair: readonly [Local, Local]): Local => emitFormula(v, combine, pair);
    const fresh = (): Local[] =>
      Array.from({ length: count }, () => code.get(nothing).keep("v128"));
    const carried = fresh();
    // what is carried, then what was put aside after a page, after a page of pages, …
    const sums = [carried];
    const pauses = pausesOf(this.#plan).map((page, level): Page => {
      const own = sums[level] as Local[];
      const others = fresh();
      sums.push(others);
      const end = (): void =>
        own.forEach((x, copy) => {
          const other = others[copy] as Local;
          code.get(join(other, x)).set(other).get(nothing).set(x);
        });
      return { ...page, end };
    });
    const all = (): Value =>
      sums.reduce((own, others) => others.map((x, copy) => join(x, own[copy] as Local)));
    const part = this.#parts.folds[j] as Part;
    this.#innerLoops({ ...scope, pauses }, part, false, (at) => {
      const value = at.values.get(body) as Value;
      for (let copy = 0; copy < at.copies; copy++) {
        let own = copyOf(value, copy);
        if (folded && at.lanes < 4) {
          const within = code.words(...[0, 1, 2, 3].map((k) => (k < at.lanes ? -1 : 0)));
          own = v.select(within, own, nothing);
        }
        code.get(join(carried[copy] as Local, own)).set(carried[copy] as Local);
      }
      if (this.#keeping?.fold === j) {
        const { form, store } = this.#keeping.placed;
        this.#writer.store(at, form, store, value);
      }
      if (!this.#nest.running) return;
      at.values.set(this.#result(j), all());
      this.#writer.settle(at, part);
      this.#store(at, this.#inside);
    });
    return folded ? [this.#across(join, all())] : all();
  }
  /** All lanes of all vectors as one value, in an order that the shape alone decides. */
  #across(join: (x: Local, y: Local) => Local, carried: readonly Local[]): Local {
    const { v } = this.#writer;
    let list = carried;
    while (list.length > 1)
      list = list.flatMap((x, i) =>
        i % 2 ? [] : i + 1 < list.length ? [join(x, list[i + 1] as Local)] : [x],
      );
    const [x] = list as readonly [Local];
    const pairs = join(x, v.shuffleWords(x, x, 2, 3, 0, 1));
    const single = join(pairs, v.shuffleWords(pairs, pairs, 1, 0, 3, 2));
    // by way of a scalar: compilers that pair vectors see that it is the same for all of them
    return v.code.get(single).lane("i32x4.extract_lane", 0).op("i32x4.splat").keep("v128");
  }
}

/** Code for one nest over so many bindings. */
export function generateLoop(
  nest: Nest,
  bindings: number,
  tuning?: Tuning,
  finish?: Finish,
): GeneratedKernel {
  const { nest: ready, plan } = planOf(prepared(nest), tuning);
  return new LoopGenerator(ready, plan, bindings, finish).generate();
}
