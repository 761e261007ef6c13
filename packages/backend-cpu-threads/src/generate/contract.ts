/**
 * Module 3.86 — Contractions as code.
 *
 * First the operands are copied where they do not lie as tiles read them, by loops. Then units of
 * work go through blocks of tiles; a tile's sums are values like those of any kernel, so everything
 * that is done to them is done before they leave the registers.
 *
 * An operand with guards is copied with zeros where they fail, and zero times infinity is no zero.
 * So if any of its sums is NaN, a flag is set, and all is computed once more, as the loop it equals,
 * whose code is made only then.
 */
import type { ContractKernel } from "@mt/backend";
import { argument, expand, isFloat } from "@mt/operators";
import { lowered } from "../vectors/formula.ts";
import type { Local } from "../wasm/code.ts";
import { type Cut, type Operand, runsOf } from "./contract-operand.ts";
import { type ContractPlan, type Product, planContract, productOf } from "./contract-plan.ts";
import { movesBy, sliced } from "./contract-slices.ts";
import { collapsed, type SummedAxis, type Tile, writeTile } from "./contract-tile.ts";
import { formOf } from "./forms.ts";
import { flagOffset, type Generated, type GeneratedKernel } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { nestsOf, sizeOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";
import { type Form, type Geometry, inside, outermost, type Scope } from "./scope.ts";
import { cut, enterAll, forUnits, moduleOf } from "./units.ts";
import { type Bounds, NestWriter, type Part } from "./writer.ts";

/** Products in a unit: as many as take some ten microseconds; of large kernels more, in many units. */
const unitProducts = (all: number): number => Math.min(1 << 24, Math.max(1 << 20, all / 64));
/** Bytes of the first operand that a block's columns share, and of the second. */
const blockBytes = [1 << 18, 1 << 19] as const;

/** How the loops around tiles stand, and where the work is cut. */
interface Blocks {
  readonly geometry: Geometry;
  /** Positions that a unit has one index of. */
  readonly given: number;
  /** Tiles in a block. */
  readonly columns: number;
  readonly rows: number;
}

function blocksOf(plan: ContractPlan, { grain }: Tuning): Blocks {
  const { product, rows, columns } = plan;
  const { outer, extents } = product;
  const points = sizeOf(extents.slice(outer.length));
  const others = outer.flatMap((_, axis) =>
    axis === rows.axis || axis === columns.axis ? [] : [axis],
  );
  const axes = [...others, columns.axis, rows.axis];
  const most = grain ?? unitProducts(sizeOf(extents));
  const block = ({ tiles, width }: Cut, bytes: number, across: number): number => {
    const held = grain === undefined ? bytes / (4 * points) : 1;
    const some = Math.max(1, Math.floor(Math.min(held, most / points / across) / width));
    return Math.ceil(tiles / Math.ceil(tiles / some)); // of equal size
  };
  const high = block(rows, blockBytes[0], columns.width);
  const wide = block(columns, blockBytes[1], high * rows.width);
  let products = points * high * rows.width * wide * columns.width;
  let given = others.length;
  while (given > 0 && products * (outer[others[given - 1] as number] as number) <= most)
    products *= outer[others[--given] as number] as number;
  const geometry = {
    axes,
    extents: axes.map((axis) => outer[axis] as number),
    // of vectors along the sum one lane is stored: they lie along an axis of one point
    vector: plan.folded === null ? others.length : axes.indexOf(outer.length - 1),
    copy: others.length,
  };
  return { geometry, given, columns: wide, rows: high };
}

/** An operand's address as a form, and bytes from one of its panels to the next. */
interface Place {
  readonly form: Form;
  readonly panel: number;
}

class ContractGenerator {
  readonly #plan: ContractPlan;
  readonly #blocks: Blocks;
  readonly #writer: NestWriter;
  readonly #places: readonly [Place, Place];
  readonly #tile: Tile;
  readonly #operands: Part;
  readonly #after: Part;
  readonly #stores: readonly { readonly store: Product["stores"][number]; readonly form: Form }[];
  /** Whether zeros stand for what guards leave out. */
  readonly #padded: boolean;

  constructor(plan: ContractPlan, bindings: number, tuning: Tuning) {
    const { product, rows, columns, operands, summed, folded } = plan;
    this.#plan = plan;
    this.#padded =
      isFloat(product.dtype) && product.operands.some(({ guards }) => guards.length > 0);
    this.#blocks = blocksOf(plan, tuning);
    const { geometry } = this.#blocks;
    this.#writer = new NestWriter(geometry, new Map(product.inputs.entries()), bindings);
    const [a, b] = operands.map(({ operand }) => operand) as [Operand, Operand];
    const place = ({ slot, offset, strides, panel }: Operand, { axis }: Cut): Place => {
      const form = { offset, strides: panel ? strides.with(axis, 0) : strides };
      return { form: formOf(form, geometry, 4, slot), panel: 4 * panel };
    };
    this.#places = [place(a, rows), place(b, columns)];
    const { extents } = product;
    const along = (axis: number): SummedAxis => {
      const steps = [4 * (a.strides[axis] as number), 4 * (b.strides[axis] as number)] as const;
      const extent = extents[axis] as number;
      return axis === folded ? { extent: extent / 4, steps: [16, 16] } : { extent, steps };
    };
    this.#tile = {
      rows: rows.width,
      vectors: plan.vectors,
      columnStep: folded === null ? 16 : 4 * (b.strides[columns.axis] as number),
      folded: folded !== null,
      rowStep: 4 * (a.strides[rows.axis] as number),
      summed: collapsed(summed.map(along)),
      dtype: product.dtype,
    };
    this.#stores = product.stores.map((store) => ({
      store: { ...store, body: lowered(expand(store.body)) },
      form: this.#writer.formOfStore(store),
    }));
    this.#operands = this.#writer.part(
      [],
      this.#places.map(({ form }) => form),
    );
    this.#after = this.#writer.part(
      this.#stores.map(({ store }) => store.body),
      this.#stores.map(({ form }) => form),
    );
  }

  generate(): GeneratedKernel {
    const writer = this.#writer;
    const { code } = writer;
    const { given, geometry, ...blocks } = this.#blocks;
    const { product, rows, columns, folded } = this.#plan;
    const forms = writer.part([], [...this.#operands.forms, ...this.#after.forms]);
    forUnits(writer, (rest) => {
      const wide = cut(code, rest, columns.tiles, blocks.columns);
      const high = cut(code, rest, rows.tiles, blocks.rows);
      this.#around(enterAll(writer, outermost(), forms, rest, given), forms, wide, high);
    });
    const units =
      sizeOf(geometry.extents.slice(0, given)) *
      Math.ceil(rows.tiles / blocks.rows) *
      Math.ceil(columns.tiles / blocks.columns);
    return {
      bytes: moduleOf(code),
      units,
      nanosecondsPerUnit: sizeOf(product.extents) / 24 / units,
      layout: {
        tile: `${this.#tile.rows} × ${columns.width}`,
        vectors: folded === null ? `${this.#tile.vectors} × 4` : "4 along the sum",
      },
    };
  }
  #around(scope: Scope, all: Part, columns: Bounds, rows: Bounds): void {
    const writer = this.#writer;
    const { code, v } = writer;
    const plan = this.#plan;
    if (scope.level < this.#blocks.geometry.copy) {
      writer.loop(scope, all, {}, (at) => this.#around(at, all, columns, rows));
      return;
    }
    const lanes = { ...scope, copies: plan.vectors, lanes: 4 };
    const { axis, width, tiles } = plan.columns;
    const most = (plan.product.outer[axis] as number) - width;
    const tile = this.#first(columns);
    this.#tiles(tile, columns, tiles, () => {
      const index = code.get(tile).i32(width).op("i32.mul").keep("i32");
      if (most % width) code.least(index, most).set(index);
      const column = writer.enter(lanes, all, index);
      const right = this.#address(column, this.#places[1], tile);
      const number = this.#first(rows);
      for (const { first, count, width: high, start } of runsOf(plan.rows)) {
        const shift = start - high * first;
        this.#tiles(number, rows, first + count, () => {
          code.get(number).i32(high).op("i32.mul").i32(shift);
          const from = code.op("i32.add").keep("i32");
          const row = writer.enter(column, this.#operands, from);
          const left = this.#address(row, this.#places[0], number);
          const sums = writeTile(v, { ...this.#tile, rows: high }, [left, right]);
          if (this.#padded) {
            const odd = sums.flat().map((x) => v.op("f32x4.ne", x, x));
            code.get(odd.reduce((x, y) => v.op("v128.or", x, y))).op("v128.any_true");
            code.if(() => void code.get(writer.block).i32(1).at("i32.store", flagOffset));
          }
          sums.forEach((sum, k) => {
            this.#finish(column, from, k, sum);
          });
        });
      }
    });
  }
  /** A loop over tiles from there on to `end`, or to where a block ends. */
  #tiles(tile: Local, { to }: Bounds, end: number, body: () => void): void {
    const { code } = this.#writer;
    const limit = to && code.least(to, end).keep("i32");
    code.while(tile, () => (limit ? code.get(limit) : code.i32(end)), 1, body);
  }
  /** The first tile of a block. */
  #first({ from }: Bounds): Local {
    const { code } = this.#writer;
    return (from === undefined ? code.i32(0) : code.get(from)).keep("i32");
  }
  #address(scope: Scope, { form, panel }: Place, tile: Local): Local {
    const { code, forms } = this.#writer;
    forms.push(scope, form);
    if (panel) code.get(tile).i32(panel).op("i32.mul").op("i32.add");
    return code.keep("i32");
  }
  /** What is done to the sums of row `start + row`, and where they are stored. */
  #finish(column: Scope, start: Local, row: number, sum: readonly Local[]): void {
    const writer = this.#writer;
    const { product } = this.#plan;
    const index = row ? writer.code.get(start).i32(row).op("i32.add").keep("i32") : start;
    const at = writer.enter(inside(column), this.#after, index);
    at.values.set(argument(product.inputs.length, product.dtype), sum);
    writer.settle(at, this.#after);
    for (const { store, form } of this.#stores)
      writer.store(at, form, store, at.values.get(store.body) as readonly Local[]);
  }
}

/** A contraction in tiles. */
export interface Tiled {
  /** The axis of the kernel along which they are stored. */
  readonly column: number;
  generate(): Generated;
}

/** The kernel in tiles, or null if it is better computed as a loop; copies go to new bindings. */
export function tiled(kernel: ContractKernel, bindings: number, tuning: Tuning): Tiled | null {
  const product = productOf(kernel);
  const whole = product && planContract(product, bindings, tuning);
  if (!whole) return null;
  const generate = (): Generated => {
    const { plan, slices } = sliced(whole, bindings, tuning);
    const scratch = plan.operands.flatMap(({ elements }) => (elements ? [4 * elements] : []));
    const all = bindings + scratch.length;
    const copies = plan.operands
      .flatMap(({ kernels }) => kernels())
      .flatMap((copy) =>
        nestsOf(copy).map((nest): GeneratedKernel => {
          const made = generateLoop(nest, all, tuning);
          // an element that is fetched costs more than its instructions; zeros are only stored
          const moving = (nest.inputs.length ? 0.4 : 0.1) * sizeOf(nest.outer);
          return {
            ...made,
            nanosecondsPerUnit: Math.max(made.nanosecondsPerUnit, moving / made.units),
            layout: { pass: "copy", ...made.layout },
            slices: slices && movesBy(slices.steps, copy) ? slices : undefined,
          };
        }),
      )
      .toSorted((x, y) => Number(!!x.slices) - Number(!!y.slices));
    const tiles = new ContractGenerator(plan, all, tuning).generate();
    return { kernels: [...copies, { ...tiles, slices }], scratch };
  };
  return { column: product.axes[whole.columns.axis] as number, generate };
}
