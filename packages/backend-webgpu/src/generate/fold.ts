/**
 * Module 3.101 — Folds: some invocations share each outer point.
 *
 * A workgroup holds `across` outer points and gives each of them `along` invocations, which walk the
 * inner box together, one stride apart, and combine what they come to. With one invocation for each point
 * there is nothing to combine. Folds that do not need each other's results share one walk.
 */
import type { LoopKernel } from "@mt/backend";
import { type Expr, postorder } from "@mt/operators";
import { literal, storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter } from "../wgsl/writer.ts";
import { pointIndices } from "./forms.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { emitStores } from "./map.ts";
import { sizeOf } from "./nest.ts";
import { Point } from "./reads.ts";
import {
  combine,
  emitShare,
  foldDtype,
  isSum,
  type Layout,
  type Numbered,
  numberLanes,
} from "./share.ts";
import { tell } from "./told.ts";

/** A share of the inner box for each of several workgroups, whose results go to scratch space. */
export interface Pieces {
  readonly count: number;
  /** Inner points of each. */
  readonly span: number;
  /** The binding of the first fold's results; those of the others follow. */
  readonly scratch: number;
}
/** Terms of a sum of floats that are rounded among themselves; so few need no more. */
const chunk = 8;

const needs = (body: Expr, from: number, to: number): boolean =>
  postorder(body).some((x) => x.kind === "arg" && x.index >= from && x.index < to);

/** Folds in order, in groups of which none needs a result of its own group. */
function phasesOf({ folds, inputs }: LoopKernel): readonly (readonly Numbered[])[] {
  const phases: Numbered[][] = [];
  folds.forEach((fold, number) => {
    const phase = phases.at(-1);
    const from = inputs.length + (phase?.[0]?.number ?? 0);
    if (phase && !needs(fold.body, from, inputs.length + number)) phase.push({ ...fold, number });
    else phases.push([{ ...fold, number }]);
  });
  return phases;
}

/** Whether no fold needs the result of another. */
export const independent = (kernel: LoopKernel): boolean => phasesOf(kernel).length === 1;

export class FoldWriter {
  readonly #kernel: LoopKernel;
  readonly #layout: Layout;
  readonly #writer: ModuleWriter;
  readonly #pieces: Pieces | null;
  /** Indices of the inner axes among all. */
  readonly #innerAxes: readonly number[];

  constructor(kernel: LoopKernel, layout: Layout, facts: Facts, pieces: Pieces | null = null) {
    this.#kernel = kernel;
    this.#layout = layout;
    this.#pieces = pieces;
    this.#writer = new ModuleWriter(facts);
    this.#innerAxes = kernel.inner.map((_, k) => kernel.outer.length + k);
  }

  generate(): GeneratedKernel {
    const { outer, inner, inputs, stores } = this.#kernel;
    const { across, along, innerFirst } = this.#layout;
    const writer = this.#writer;
    const pieces = this.#pieces;
    const count = sizeOf(outer) * (pieces?.count ?? 1);
    const invocations = across * along;
    const grid = gridOf(Math.ceil(count / across), writer.facts);
    const own = along === 1 ? "lane" : innerFirst ? `lane / ${along}u` : `lane % ${across}u`;
    const share = across === 1 ? "lane" : innerFirst ? `lane % ${along}u` : `lane / ${across}u`;
    const group = groupNumber(grid);
    const lanes = numberLanes(writer, this.#layout);
    writer.line(`let place = ${across === 1 ? group : `${group} * ${across}u + ${own}`};`);
    if (along === 1) writer.line(`if (place >= ${count}u) { return; }`);
    else {
      // all reach the barriers, also those that have no point of their own
      writer.line(`let point = min(place, ${count - 1}u);`);
      writer.line(`let share = ${share};`);
    }
    let start = along === 1 ? "place" : "point";
    if (pieces) {
      writer.line(`let begin = (${start} % ${pieces.count}u) * ${pieces.span}u;`);
      writer.line(`let end = min(begin + ${pieces.span}u, ${sizeOf(inner)}u);`);
      start = writer.keep(`${start} / ${pieces.count}u`, "whole");
    }
    const indices = pointIndices(outer, start, "i", (text) => writer.line(text));
    const point = new Point(writer, inputs, [...outer, ...inner], indices);
    const phases = phasesOf(this.#kernel);
    for (const phase of phases) this.#phase(point, phase);
    const inside = stores.filter((store) => store.inside);
    const outside = pieces ? [] : stores.filter((store) => !store.inside);
    const live = along === 1 ? null : `place < ${count}u`;
    if (pieces) this.#keepPieces(pieces, live);
    if (inside.length) this.#inside(point, inside, live);
    if (outside.length) this.#outside(point, outside, live);
    const size = sizeOf(inner);
    const points = `${sizeOf(outer)} × ${size} points`;
    const cut = pieces ? ` in ${pieces.count} pieces` : "";
    const summary = `fold of ${points}${cut}, ${across} × ${along} in a workgroup${lanes.told}`;
    return writer.finish(invocations, lanes.parameters, grid, summary);
  }

  #phase(point: Point, phase: readonly Numbered[]): void {
    const { inputs, inner } = this.#kernel;
    const writer = this.#writer;
    for (const { number, monoid, body } of phase) {
      tell(writer, `f${number} = ${monoid.name} of `, body, inputs.length);
      const type = storageOf(monoid.combine.dtype).register;
      const identity = literal(monoid.identity, monoid.combine.dtype);
      writer.line(`var f${number}: ${type} = ${identity};`);
    }
    const bodies = phase.map(({ body }) => body);
    if (sizeOf(inner) > 0) {
      point.settle(bodies, this.#innerAxes);
      this.#walk(point, phase);
    }
    if (this.#layout.along > 1) emitShare(writer, this.#layout, phase);
    for (const fold of phase) {
      const dtype = foldDtype(fold);
      const { narrow } = storageOf(dtype);
      const f = `f${fold.number}`;
      point.knowResult(inputs.length + fold.number, dtype, narrow && isSum(fold) ? narrow(f) : f);
    }
  }

  /** Every invocation's share of the inner box. */
  #walk(point: Point, phase: readonly Numbered[]): void {
    const combineAll = (there: Point): void => {
      const values = there.values(phase.map(({ body }) => body));
      phase.forEach((fold, i) => {
        combine(this.#writer, fold, `f${fold.number}`, values[i] as string);
      });
    };
    const sums = this.#terms > chunk ? phase.filter(isSum) : [];
    for (const { number } of sums) this.#writer.line(`var lost_${number} = 0f;`);
    this.#overInner(point, combineAll, sums);
    for (const { number } of sums)
      this.#writer.line(`f${number} = with_lost(f${number}, lost_${number});`);
  }

  /** Inner points of an invocation. */
  get #terms(): number {
    return Math.ceil((this.#pieces?.span ?? sizeOf(this.#kernel.inner)) / this.#layout.along);
  }
  /** `body` at each of this invocation's inner points; `sums` are made in chunks. */
  #overInner(point: Point, body: (point: Point) => void, sums: readonly Numbered[] = []): void {
    const { inner } = this.#kernel;
    const { along } = this.#layout;
    const writer = this.#writer;
    if (along === 1) {
      this.#nest(point, [], body, sums);
      return;
    }
    const pieces = this.#pieces;
    const bound = pieces ? "end" : `${sizeOf(inner)}u`;
    const walk = (q: string, from: string, to: string): void =>
      writer.block(`for (var ${q} = ${from}; ${q} < ${to}; ${q} += ${along}u)`, () => {
        writer.line(`let at = ${q};`);
        const indices = pointIndices(inner, "at", "k", (text) => writer.line(text));
        body(point.inside([...point.indices, ...indices]));
      });
    const q = writer.name("q");
    const begin = pieces ? "begin + share" : "share";
    if (sums.length === 0) walk(q, begin, bound);
    else
      writer.block(`for (var ${q} = ${begin}; ${q} < ${bound}; ${q} += ${chunk * along}u)`, () =>
        this.#inChunk(sums, () => walk("r", q, `min(${q} + ${chunk * along}u, ${bound})`)),
      );
  }
  /** Loops over the inner axes, outermost first; a chunk is some of the last, or all of it. */
  #nest(
    point: Point,
    indices: readonly string[],
    body: (point: Point) => void,
    sums: readonly Numbered[],
  ): void {
    const { inner, outer } = this.#kernel;
    const writer = this.#writer;
    const axis = indices.length;
    const extent = inner[axis];
    const here = point.inside([...point.indices.slice(0, outer.length), ...indices]);
    if (extent === undefined) {
      body(here);
      return;
    }
    const k = `k${axis}`;
    const walk = (from: string, to: string): void =>
      writer.block(`for (var ${k} = ${from}; ${k} < ${to}; ${k}++)`, () =>
        this.#nest(here, [...indices, k], body, sums),
      );
    if (sums.length === 0 || axis < inner.length - 1) walk("0i", `${extent}i`);
    else if (extent <= 2 * chunk) this.#inChunk(sums, () => walk("0i", `${extent}i`));
    else {
      const q = writer.name("q");
      writer.block(`for (var ${q} = 0i; ${q} < ${extent}i; ${q} += ${chunk}i)`, () =>
        this.#inChunk(sums, () => walk(q, `min(${q} + ${chunk}i, ${extent}i)`)),
      );
    }
  }
  /** Sums a chunk by itself, adds it to what was there before, and remembers what that lost. */
  #inChunk(sums: readonly Numbered[], body: () => void): void {
    const writer = this.#writer;
    for (const { number } of sums) {
      writer.line(`let before_${number} = f${number};`);
      writer.line(`f${number} = 0f;`);
    }
    body();
    for (const { number } of sums) {
      writer.line(`let part_${number} = as_rounded(f${number});`);
      writer.line(`f${number} = as_rounded(before_${number} + part_${number});`);
      writer.line(`lost_${number} += lost_in(before_${number}, part_${number}, f${number});`);
    }
  }

  /** What each piece comes to, to be folded by another dispatch. */
  #keepPieces({ scratch }: Pieces, live: string | null): void {
    const writer = this.#writer;
    writer.block(`if (${live ?? "true"} && share == 0u)`, () => {
      this.#kernel.folds.forEach((fold, j) => {
        const dtype = foldDtype(fold);
        const array = writer.array(scratch + j, dtype, "read_write");
        writer.line(`${array}[place] = ${storageOf(dtype).store(`f${j}`)};`);
      });
    });
  }

  #inside(point: Point, stores: LoopKernel["stores"], live: string | null): void {
    const writer = this.#writer;
    if (sizeOf(this.#kernel.inner) === 0) return;
    const bodies = stores.map(({ body }) => body);
    point.settle(bodies, this.#innerAxes);
    const write = (): void => this.#overInner(point, (there) => emitStores(there, stores));
    if (live) writer.block(`if (${live})`, write);
    else write();
  }
  #outside(point: Point, stores: LoopKernel["stores"], live: string | null): void {
    const write = (): void => emitStores(point.inBlock(), stores);
    if (live) this.#writer.block(`if (${live} && share == 0u)`, write);
    else write();
  }
}

const powerOfTwo = (x: number): number => 2 ** Math.floor(Math.log2(Math.max(1, x)));
/** Invocations that keep a large GPU busy. */
const wanted = 1 << 16;
const workgroup = 64;

/** How far neighbors of a box's last axis lie apart in the read that moves most: 0 where none does. */
function strideAlong({ inputs }: LoopKernel, axis: number): number {
  const strides = inputs.flatMap((input) =>
    input.kind === "read" ? [Math.abs(input.strides[axis] ?? 0)] : [],
  );
  const moving = strides.filter((stride) => stride > 0);
  return moving.length ? Math.min(...moving) : Infinity;
}

/** Whether neighbors along the inner box lie closer than those along the outer one. */
export function innermostFirst(kernel: LoopKernel): boolean {
  const { outer, inner } = kernel;
  const alongOuter = outer.length ? strideAlong(kernel, outer.length - 1) : Infinity;
  return strideAlong(kernel, outer.length + inner.length - 1) <= alongOuter;
}

export function layoutOf(kernel: LoopKernel, facts: Facts): Layout {
  const { outer, inner, folds } = kernel;
  const [count, size] = [sizeOf(outer), sizeOf(inner)] as readonly [number, number];
  const innerFirst = innermostFirst(kernel);
  const memory = Math.floor(facts.workgroupBytes / (4 * Math.max(1, folds.length)));
  const most = powerOfTwo(Math.min(facts.invocations, memory));
  // few points for each invocation are not worth a tree
  const shares = powerOfTwo(Math.min(size / 4, most));
  const coalesced = innerFirst && size >= 2 * workgroup ? workgroup / 2 : 1;
  const busy = powerOfTwo(Math.max(coalesced, wanted / Math.max(1, count)));
  // where invocations run one after the other, sharing a point gains nothing
  const alone = size < 32 || (facts.software && count >= workgroup);
  const along = alone ? 1 : Math.max(1, Math.min(shares, busy));
  const room = Math.max(1, Math.min(workgroup, most) / along);
  const across = Math.min(room, 2 ** Math.ceil(Math.log2(Math.max(1, count))));
  return { across, along, innerFirst };
}

export const generateFold = (kernel: LoopKernel, facts: Facts): GeneratedKernel =>
  new FoldWriter(kernel, layoutOf(kernel, facts), facts).generate();
