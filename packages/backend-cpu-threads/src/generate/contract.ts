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
import type { Cut, Layout, Operand } from "./contract-operand.ts";
import { type ContractPlan, type Product, planContract, productOf } from "./contract-plan.ts";
import { sliced } from "./contract-slices.ts";
import { collapsed, type SummedAxis, type Tile, writeTile } from "./contract-tile.ts";
import { formOf } from "./forms.ts";
import type { GeneratedKernel, Slices } from "./kernel.ts";
import { sizeOf } from "./nest.ts";
import type { Tuning } from "./plan.ts";
import { type Form, type Geometry, inside, outermost, type Scope } from "./scope.ts";
import { moduleOf } from "./units.ts";
import { type Bounds, NestWriter, type Part } from "./writer.ts";

/** Products in a unit: as many as take some ten microseconds; of large kernels more, in many units. */
const unitProducts = (all: number): number => Math.min(1 << 24, Math.max(1 << 20, all / 64));
/** Bytes of the first operand that a block's columns share, and of the second. */
const blockBytes = [1 << 18, 1 << 19] as const;

/** How the loops around tiles stand, and where the work is cut. */
interface Blocks {
  readonly geometry: Geometry;
  /** Positions that a unit has one index of; then those it goes through, columns and rows. */
  readonly given: number;
  readonly around: number;
  /** Indices of columns and of rows in a block. */
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
  const block = (cut: Cut, bytes: number, across: number): number => {
    const extent = outer[cut.axis] as number;
    const held = grain === undefined ? bytes / (4 * points) : 1;
    const tiles = Math.max(1, Math.floor(Math.min(held, most / points / across) / cut.width));
    const blocks = Math.ceil(extent / (tiles * cut.width));
    return cut.width * Math.ceil(extent / blocks / cut.width); // of equal size
  };
  const high = block(rows, blockBytes[0], columns.width);
  const wide = block(columns, blockBytes[1], Math.min(high, outer[rows.axis] as number));
  const sides = [outer[rows.axis] as number, outer[columns.axis] as number] as const;
  let products = points * Math.min(high, sides[0]) * Math.min(wide, sides[1]);
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
  return { geometry, given, around: others.length, columns: wide, rows: high };
}

/** An operand's address as a form: its panel's number comes later. */
interface Place {
  readonly form: Form;
  /** Bytes from one panel to the next. */
  readonly panel: number | null;
  readonly width: number;
  /** The index that tells the panel. */
  readonly index: Form;
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
  /** Binding of the flag that a NaN sets. */
  readonly #flag: number | undefined;

  constructor(plan: ContractPlan, bindings: number, flag: number | undefined, tuning: Tuning) {
    const { product, rows, columns, operands, summed, folded } = plan;
    this.#plan = plan;
    this.#flag = flag;
    this.#blocks = blocksOf(plan, tuning);
    const { geometry } = this.#blocks;
    this.#writer = new NestWriter(geometry, new Map(product.inputs.entries()), bindings);
    const [a, b] = operands.map(({ operand }) => operand) as [Operand, Operand];
    const place = (operand: Operand, cut: Cut): Place => {
      const unit = product.extents.map((_, axis) => (axis === cut.axis ? 1 : 0));
      const strides = operand.strides.map((stride, axis) =>
        axis === cut.axis && operand.panel !== null ? 0 : stride,
      );
      return {
        form: formOf({ offset: operand.offset, strides }, geometry, 4, operand.slot),
        panel: operand.panel === null ? null : 4 * operand.panel,
        width: cut.width,
        index: formOf({ offset: 0, strides: unit }, geometry, 1, null),
      };
    };
    this.#places = [place(a, rows), place(b, columns)];
    const step = (axis: number): SummedAxis => ({
      extent: product.extents[axis] as number,
      steps: [4 * (a.strides[axis] as number), 4 * (b.strides[axis] as number)],
    });
    const inVectors = (axis: number): SummedAxis => {
      const { extent, steps } = step(axis);
      return axis === folded ? { extent: extent / 4, steps: [16, 16] } : { extent, steps };
    };
    this.#tile = {
      rows: rows.width,
      vectors: plan.vectors,
      columnStep: folded === null ? 16 : 4 * (b.strides[columns.axis] as number),
      folded: folded !== null,
      rowStep: 4 * (a.strides[rows.axis] as number),
      summed: collapsed(summed.map(inVectors)),
      dtype: product.dtype,
    };
    this.#stores = product.stores.map((store) => ({
      store: { ...store, body: lowered(expand(store.body)) },
      form: this.#writer.formOfStore(store),
    }));
    this.#operands = this.#writer.part(
      [],
      this.#places.flatMap(({ form, index }) => [form, index]),
    );
    this.#after = this.#writer.part(
      this.#stores.map(({ store }) => store.body),
      this.#stores.map(({ form }) => form),
    );
  }

  generate(): GeneratedKernel {
    const writer = this.#writer;
    const { code } = writer;
    const { geometry, given } = this.#blocks;
    const { product, rows, columns, folded } = this.#plan;
    const unit = code.local("i32");
    const all: Part = { ...this.#after, forms: this.#forms() };
    code.get(writer.first).set(unit);
    code.while(
      unit,
      () => code.get(writer.last),
      1,
      () => {
        const rest = code.get(unit).keep("i32");
        const columnBounds = this.#block(rest, columns.axis, this.#blocks.columns);
        const rowBounds = this.#block(rest, rows.axis, this.#blocks.rows);
        const indices: Local[] = [];
        for (let position = given - 1; position >= 0; position--)
          indices[position] =
            position === 0 ? rest : this.#part(rest, geometry.extents[position] as number);
        let at = outermost();
        for (const index of indices) at = writer.enter(at, all, index);
        this.#around(at, all, columnBounds, rowBounds);
      },
    );
    const bytes = moduleOf(code);
    const units = this.#units();
    const products = sizeOf(product.extents);
    return {
      bytes,
      units,
      nanosecondsPerUnit: products / 24 / units,
      layout: {
        tile: `${this.#tile.rows} × ${columns.width}`,
        vectors: folded === null ? `${this.#tile.vectors} × 4` : "4 along the sum",
      },
    };
  }
  #forms(): readonly Form[] {
    const forms = [...this.#operands.forms, ...this.#after.forms];
    return [...new Map(forms.map((form) => [form.key, form])).values()];
  }
  #pieces(axis: number, block: number): number {
    return Math.ceil((this.#plan.product.outer[axis] as number) / block);
  }
  #units(): number {
    const { geometry, given, columns, rows } = this.#blocks;
    const indices = sizeOf(geometry.extents.slice(0, given));
    const { rows: high, columns: wide } = this.#plan;
    return indices * this.#pieces(high.axis, rows) * this.#pieces(wide.axis, columns);
  }
  /** Takes an index below `extent` out of a number. */
  #part(rest: Local, extent: number): Local {
    const { code } = this.#writer;
    const index = code.get(rest).i32(extent).op("i32.rem_u").keep("i32");
    code.get(rest).i32(extent).op("i32.div_u").set(rest);
    return index;
  }
  /** Takes a block's number: where it starts and ends. */
  #block(rest: Local, axis: number, block: number): Pick<Bounds, "from" | "to"> {
    const pieces = this.#pieces(axis, block);
    if (pieces === 1) return {};
    const { code } = this.#writer;
    const extent = this.#plan.product.outer[axis] as number;
    const from = code.get(this.#part(rest, pieces)).i32(block).op("i32.mul").keep("i32");
    const to = code.get(from).i32(block).op("i32.add").keep("i32");
    code.get(to).i32(extent).get(to).i32(extent).op("i32.lt_u").op("select").set(to);
    return { from: { local: from }, to };
  }

  #around(scope: Scope, all: Part, columns: Bounds, rows: Bounds): void {
    const writer = this.#writer;
    const { around } = this.#blocks;
    const plan = this.#plan;
    if (scope.level < around) {
      writer.loop(scope, all, {}, (at) => this.#around(at, all, columns, rows));
      return;
    }
    const wide = { ...columns, step: plan.columns.width, whole: true };
    writer.loop(scope, all, { ...wide, copies: this.#tile.vectors, lanes: 4 }, (column) => {
      const right = this.#address(column, this.#places[1]);
      const high = { ...rows, step: plan.rows.width, whole: true };
      writer.loop(column, this.#operands, high, (row) => {
        const left = this.#address(row, this.#places[0]);
        const sums = writeTile(writer.v, this.#tile, [left, right]);
        if (this.#flag) this.#look(sums, this.#flag);
        const start = writer.forms.local(row, this.#places[0].index);
        sums.forEach((sum, k) => {
          this.#finish(column, start, k, sum);
        });
      });
    });
  }
  #address(scope: Scope, { form, panel, width, index }: Place): Local {
    const { code, forms } = this.#writer;
    forms.push(scope, form);
    if (panel !== null) {
      forms.push(scope, index);
      code
        .i32(width - 1)
        .op("i32.add")
        .i32(width)
        .op("i32.div_u");
      code.i32(panel).op("i32.mul").op("i32.add");
    }
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
  /** Sets the flag if a sum is NaN. */
  #look(sums: readonly (readonly Local[])[], flag: number): void {
    const { code, v, block } = this.#writer;
    const odd = sums.flat().map((x) => v.op("f32x4.ne", x, x));
    code.get(odd.reduce((x, y) => v.op("v128.or", x, y))).op("v128.any_true");
    code.if(() => {
      code.get(block).at("i32.load", 4 * flag);
      code.i32(1).at("i32.store");
    });
  }
}

/** What a contraction becomes in tiles, and the loops before them. */
export interface Tiled {
  /** The axis of the kernel along which tiles are stored. */
  readonly column: number;
  readonly operands: readonly Layout[];
  /** If it is done slice by slice. */
  readonly slices: Slices | undefined;
  readonly scratch: readonly number[];
  /** One at most: a binding whose first word, 0 before, is set if all must be computed again. */
  readonly flags: readonly number[];
  readonly tiles: (bindings: number) => GeneratedKernel;
}

/** The kernel in tiles, or null if it is better computed as a loop; copies go to new bindings. */
export function tiled(kernel: ContractKernel, bindings: number, tuning: Tuning): Tiled | null {
  const product = productOf(kernel);
  const whole = product && planContract(product, bindings, tuning);
  if (!whole) return null;
  const { plan, slices } = sliced(whole, bindings, tuning);
  const { operands, dtype } = plan.product;
  const scratch = plan.operands.flatMap(({ elements }) => (elements ? [4 * elements] : []));
  const padded = isFloat(dtype) && operands.some(({ guards }) => guards.length);
  const flags = padded ? [bindings + scratch.length] : [];
  return {
    column: plan.product.axes[plan.columns.axis] as number,
    operands: plan.operands,
    slices,
    scratch: [...scratch, ...flags.map(() => 4)],
    flags,
    tiles: (all) => new ContractGenerator(plan, all, flags[0], tuning).generate(),
  };
}
