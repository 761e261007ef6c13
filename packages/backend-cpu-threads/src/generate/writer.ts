/**
 * Module 3.75 — Loops, and everything as far out in them as it can stand.
 *
 * A formula's node is written at the first level that knows its operands, once if it moves neither
 * along the vector nor along the copies. The last step of a loop over vectors or copies reaches back
 * so that it is whole: it computes some points a second time, to the same bits, and no loop needs
 * code for a rest.
 */

import type { Input, Store } from "@mt/backend";
import { type Expr, postorder } from "@mt/operators";
import { emitNode } from "../vectors/formula.ts";
import { bytesOf, encode, storeFour, storeLane } from "../vectors/storage.ts";
import { Vectors } from "../vectors/vectors.ts";
import { Code, type Local } from "../wasm/code.ts";
import { pageElements } from "./costs.ts";
import { Forms, formOf } from "./forms.ts";
import { Reads, type Source, sourcesOf } from "./reads.ts";
import {
  copyOf,
  type Form,
  type Geometry,
  inside,
  type Page,
  type Scope,
  type Value,
} from "./scope.ts";

/** Formulas that are needed in one place, with all they read, and what is stored there. */
export interface Part {
  readonly roots: readonly Expr[];
  readonly nodes: readonly Expr[];
  readonly sources: readonly Source[];
  readonly forms: readonly Form[];
}

export interface Bounds {
  readonly from?: Local;
  readonly to?: Local;
  /** Indices a step goes. */
  readonly step?: number;
  /** The last step may reach back to be whole. */
  readonly whole?: boolean;
  readonly copies?: number;
  readonly lanes?: number;
}

export class NestWriter {
  readonly code: Code = new Code(["i32", "i32", "i32"]);
  readonly v: Vectors = new Vectors(this.code);
  readonly first = 0;
  readonly last = 1;
  readonly block = 2;
  readonly geometry: Geometry;
  readonly forms: Forms;
  readonly #sources: ReadonlyMap<number, Source>;
  readonly #reads: Reads;

  constructor(geometry: Geometry, inputs: ReadonlyMap<number, Input>, bindings: number) {
    this.geometry = geometry;
    const bases = Array.from({ length: bindings }, (_, i) =>
      this.code
        .get(this.block)
        .at("i32.load", 4 * i)
        .keep("i32"),
    );
    this.forms = new Forms(this.code, geometry, bases);
    this.#sources = sourcesOf(inputs, geometry);
    this.#reads = new Reads(this.v, this.forms, this.block, bindings);
  }

  /** The address of what is stored. */
  formOfStore(store: Pick<Store, "offset" | "strides" | "slot" | "dtype">): Form {
    return formOf(store, this.geometry, bytesOf(store.dtype), store.slot);
  }

  part(roots: readonly Expr[], stores: readonly Form[] = []): Part {
    const nodes = postorder(...roots);
    const sources = new Set<Source>();
    const add = (source: Source | undefined): void => {
      if (!source) return; // the result of a fold
      if (source.index) add(source.index);
      sources.add(source);
    };
    for (const x of nodes) if (x.kind === "arg") add(this.#sources.get(x.index));
    const forms = [...sources].flatMap((source) => source.forms).concat(stores);
    const distinct = new Map(forms.map((form) => [form.key, form]));
    return { roots, nodes, sources: [...sources], forms: [...distinct.values()] };
  }

  /** Computes what `part` needs and what can be known here. */
  settle(scope: Scope, part: Part): void {
    for (const source of part.sources)
      if (source.level <= scope.level && !scope.values.has(source.argument))
        scope.values.set(source.argument, this.#reads.read(scope, source));
    for (const x of part.nodes) {
      if (scope.values.has(x) || x.kind === "arg") continue;
      const args = x.kind === "call" ? x.args : [];
      const operands = args.map((a) => scope.values.get(a));
      if (operands.includes(undefined)) continue;
      scope.values.set(
        x,
        this.each(operands as readonly Value[], (of) => emitNode(this.v, x, of)),
      );
    }
  }
  /** A function of values, once for all copies or for each. */
  each(operands: readonly Value[], compute: (of: readonly Local[]) => Local): Value {
    const count = Math.max(1, ...operands.map((value) => value.length));
    return this.code.inStep(count, (copy) => compute(operands.map((x) => copyOf(x, copy))));
  }

  /** A loop over the next position; nothing is written for one that goes round once. */
  loop(scope: Scope, part: Part, bounds: Bounds, body: (at: Scope) => void): void {
    const { code } = this;
    const position = scope.level;
    const extent = this.geometry.extents[position] as number;
    const { from, to, step = 1, whole = false } = bounds;
    const { copies = scope.copies, lanes = scope.lanes } = bounds;
    const within = inside(scope, { level: position + 1, copies, lanes });
    if (to === undefined && extent <= step) {
      body(within);
      return;
    }
    const index = code.local("i32");
    (from === undefined ? code.i32(0) : code.get(from)).set(index);
    const end = to ?? code.i32(extent).keep("i32");
    const pages: Page[] = scope.pauses.filter((page) => page.position === position);
    const stream = extent > pageElements ? this.#stream(part, position) : undefined;
    if (stream && !pages.length) pages.push({ position, size: pageElements });
    const rounds = (limit: Local): void => {
      const page = pages.pop();
      code.loop((again) => {
        const { count } = code;
        if (page) {
          if (stream && !pages.length) {
            // the next page of memory is found while this one is worked on
            this.forms.push(scope, stream);
            code.get(index).i32(4).op("i32.mul").op("i32.add");
            code.at("i32.load8_u", 4 * pageElements).op("drop");
          }
          const last = code.get(index).i32(page.size).op("i32.add").keep("i32");
          code.get(last).get(limit).get(last).get(limit).op("i32.lt_u").op("select").set(last);
          rounds(last);
          page.end?.();
        } else {
          if (whole && extent % step) code.least(index, extent - step).set(index);
          this.forms.advance(within, part.forms, position, index);
          body(within);
          code.get(index).i32(step).op("i32.add").set(index);
        }
        code.forget(count).get(index).get(limit).op("i32.lt_u").branchIf(again);
      });
    };
    rounds(end);
  }
  /** What goes through memory along the vector, if that is the only thing that does. */
  #stream({ forms }: Part, position: number): Form | undefined {
    const [stream, other] = forms.filter(({ strides }) => !strides.includes(0));
    if (position !== this.geometry.vector || other || stream?.strides[position] !== 4) return;
    return forms.every(({ binding }) => binding !== null) ? stream : undefined; // no guards
  }
  /** Inside a position whose index is known already. */
  enter(scope: Scope, part: Part, index: Local): Scope {
    const within = inside(scope, { level: scope.level + 1 });
    this.forms.advance(within, part.forms, scope.level, index);
    return within;
  }

  store(scope: Scope, form: Form, store: Pick<Store, "dtype">, value: Value): void {
    const { code } = this;
    const { dtype } = store;
    const moves = form.strides[this.geometry.copy] !== 0;
    const step = this.forms.alongVector(form);
    const lowest = step < 0 ? 3 * step : 0;
    for (let copy = 0; copy < (moves ? scope.copies : 1); copy++) {
      const packed = encode(this.v, dtype, copyOf(value, copy));
      const shift = this.forms.shift(form, copy);
      const address = this.forms.local(scope, form, lowest + Math.min(0, shift));
      const offset = Math.max(0, shift);
      if (step === bytesOf(dtype) && scope.lanes === 4)
        storeFour(code, dtype, packed, address, offset);
      else
        for (let lane = 0; lane < (step === 0 ? 1 : scope.lanes); lane++)
          storeLane(code, dtype, packed, lane, address, offset + lane * step - lowest);
    }
  }
}
