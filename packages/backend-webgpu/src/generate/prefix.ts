/**
 * Module 3.108c — Running folds.
 *
 * Of many short rows an invocation walks through each. A long row is cut into blocks of a workgroup:
 * every invocation folds a few neighbors, and the workgroup's memory tells it what all before it come
 * to. Where a row has several blocks, their totals are found first and run through, so that each
 * block knows what it begins with.
 */
import type { LoopKernel, PrefixKernel } from "@mt/backend";
import { argument, type DType, type Expr } from "@mt/operators";
import { emitFormulas } from "../wgsl/formula.ts";
import { literal, storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { innermostFirst } from "./fold.ts";
import { pointIndices } from "./forms.ts";
import type { Facts, Generated, GeneratedKernel } from "./kernel.ts";
import { emitStores } from "./map.ts";
import { sizeOf } from "./nest.ts";
import { Point } from "./reads.ts";
import { foldDtype } from "./share.ts";

/** Invocations of a workgroup, and neighbors that each folds; rows of fewer points stay whole. */
const [invocations, each] = [64, 8];
const shortest = 128;
const block = invocations * each;

class PrefixWriter {
  readonly #kernel: PrefixKernel;
  readonly #writer: ModuleWriter;
  readonly #dtype: DType;
  readonly #rows: number;
  readonly #length: number;

  constructor(kernel: PrefixKernel, facts: Facts) {
    this.#kernel = kernel;
    this.#writer = new ModuleWriter(facts);
    this.#dtype = foldDtype(kernel.fold);
    this.#rows = sizeOf(kernel.outer);
    this.#length = sizeOf(kernel.inner);
  }

  /** An invocation for each row. */
  rows(): GeneratedKernel {
    const writer = this.#writer;
    const { outer } = this.#kernel;
    const grid = gridOf(Math.ceil(this.#rows / invocations), writer.facts);
    writer.line(`let row = (${groupNumber(grid)}) * ${invocations}u + lane;`);
    writer.line(`if (row >= ${this.#rows}u) { return; }`);
    const point = this.#point(pointIndices(outer, "row", "i", (text) => writer.line(text)));
    writer.line(`var f = ${this.#identity};`);
    writer.line(`let start = 0u;`);
    writer.line(`let end = ${this.#length}u;`);
    this.#walk(point, (there) => this.#store(there, true));
    this.#store(point, false);
    return this.#finish(grid, `running folds of ${this.#rows} × ${this.#length} points`);
  }

  /** What each block comes to, into scratch space. */
  totals(scratch: number): GeneratedKernel {
    const { writer, grid, point } = this.#enterBlock();
    this.#walk(point, () => undefined);
    this.#share();
    const array = writer.array(scratch, this.#dtype, "read_write");
    writer.block(`if (lane == ${invocations - 1}u)`, () =>
      writer.line(`${array}[number] = ${storageOf(this.#dtype).store("f")};`),
    );
    return this.#finish(grid, `totals of blocks of ${block} points`);
  }
  /** From totals of blocks to what comes before each. */
  starts(scratch: number): GeneratedKernel {
    const writer = this.#writer;
    const { load, store } = storageOf(this.#dtype);
    const blocks = Math.ceil(this.#length / block);
    const grid = gridOf(Math.ceil(this.#rows / invocations), writer.facts);
    const array = writer.array(scratch, this.#dtype, "read_write");
    writer.line(`let row = (${groupNumber(grid)}) * ${invocations}u + lane;`);
    writer.line(`if (row >= ${this.#rows}u) { return; }`);
    writer.line(`var f = ${this.#identity};`);
    writer.block(`for (var q = row * ${blocks}u; q < (row + 1u) * ${blocks}u; q++)`, () => {
      const total = writer.keep(load(`${array}[q]`));
      writer.line(`${array}[q] = ${store("f")};`);
      writer.line(`f = ${this.#combined("f", total)};`);
    });
    return this.#finish(grid, `running folds of ${this.#rows} × ${blocks} totals`);
  }
  /** Stores what the fold comes to at every point; blocks begin with what scratch space tells. */
  blocks(scratch: number | null): GeneratedKernel {
    const { writer, grid, point } = this.#enterBlock();
    this.#walk(point, () => undefined);
    this.#share();
    writer.line(`f = ${this.#identity};`);
    writer.line(`if (lane > 0u) { f = shared_folds[lane - 1u]; }`);
    if (scratch !== null) {
      const start = storageOf(this.#dtype).load(`${writer.array(scratch, this.#dtype)}[number]`);
      writer.line(`f = ${this.#combined(start, "f")};`);
    }
    this.#walk(point, (there) => this.#store(there, true));
    writer.block(`if (start < ${this.#length}u && end == ${this.#length}u)`, () =>
      this.#store(point, false),
    );
    return this.#finish(grid, `running folds in blocks of ${block} points`);
  }

  #enterBlock() {
    const writer = this.#writer;
    const blocks = Math.ceil(this.#length / block);
    const count = this.#rows * blocks;
    const grid = gridOf(count, writer.facts);
    writer.line(`let number = ${groupNumber(grid)};`);
    if (sizeOf(grid) > count) writer.line(`if (number >= ${count}u) { return; }`);
    writer.line(`let row = number / ${blocks}u;`);
    writer.line(`let start = number % ${blocks}u * ${block}u + lane * ${each}u;`);
    writer.line(`let end = min(start + ${each}u, ${this.#length}u);`);
    const outer = pointIndices(this.#kernel.outer, "row", "i", (text) => writer.line(text));
    writer.line(`var f = ${this.#identity};`);
    return { writer, grid, point: this.#point(outer) };
  }
  /** Folds an invocation's points. */
  #walk(point: Point, use: (there: Point) => void): void {
    const writer = this.#writer;
    if (this.#length === 0) return;
    writer.block("for (var q = start; q < end; q++)", () => {
      const indices = pointIndices(this.#kernel.inner, "q", "k", (text) => writer.line(text));
      const there = point.inside([...point.indices, ...indices]);
      writer.line(`f = ${this.#combined("f", there.value(this.#kernel.fold.body))};`);
      use(there);
    });
  }
  /** Each invocation's `f` becomes the fold up to its last point, within the block. */
  #share(): void {
    const writer = this.#writer;
    const type = storageOf(this.#dtype).register;
    writer.declare(`var<workgroup> shared_folds: array<${type}, ${invocations}>;`);
    writer.line("shared_folds[lane] = f;");
    writer.line("workgroupBarrier();");
    for (let step = 1; step < invocations; step *= 2) {
      const before = writer.keep(`shared_folds[max(lane, ${step}u) - ${step}u]`);
      writer.line(`f = select(f, ${this.#combined(before, "f")}, lane >= ${step}u);`);
      writer.line("workgroupBarrier();");
      writer.line("shared_folds[lane] = f;");
      writer.line("workgroupBarrier();");
    }
  }

  get #identity(): string {
    return literal(this.#kernel.fold.monoid.identity, this.#dtype);
  }
  #point(indices: readonly string[]): Point {
    const { inputs, outer, inner } = this.#kernel;
    return new Point(this.#writer, inputs, [...outer, ...inner], indices);
  }
  #combined(before: string, after: string): string {
    const { combine } = this.#kernel.fold.monoid;
    const scope = new Map<Expr, string>([
      [argument(0, combine.dtype), before],
      [argument(1, combine.dtype), after],
    ]);
    return emitFormulas(this.#writer, [combine], scope)[0] as string;
  }
  /** Stores with the fold as it is now. */
  #store(point: Point, inside: boolean): void {
    const stores = this.#kernel.stores.filter((store) => store.inside === inside);
    if (stores.length === 0) return;
    const there = point.inBlock();
    there.knowResult(this.#kernel.inputs.length, this.#dtype, "f");
    emitStores(there, stores);
  }
  #finish(grid: readonly [number, number, number], summary: string): GeneratedKernel {
    return this.#writer.finish(invocations, parameters, grid, summary);
  }
}

/** Whether neighbors of a row lie closer than neighboring rows. */
const isDense = ({ fold, ...kernel }: PrefixKernel): boolean =>
  innermostFirst({ ...kernel, kind: "loop", folds: [fold] } satisfies LoopKernel);

export function generatePrefix(kernel: PrefixKernel, bindings: number, facts: Facts): Generated {
  const [rows, length] = [sizeOf(kernel.outer), sizeOf(kernel.inner)];
  if (rows === 0) return { kernels: [], scratch: [] };
  const write = (): PrefixWriter => new PrefixWriter(kernel, facts);
  const many = rows >= facts.invocations * invocations;
  if (length < shortest || (many && !isDense(kernel)))
    return { kernels: [write().rows()], scratch: [] };
  if (length <= block) return { kernels: [write().blocks(null)], scratch: [] };
  return {
    kernels: [write().totals(bindings), write().starts(bindings), write().blocks(bindings)],
    scratch: [4 * rows * Math.ceil(length / block)],
  };
}
