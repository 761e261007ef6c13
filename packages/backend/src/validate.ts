/**
 * Module 3.21 — Is this a program?
 *
 * A device trusts what it is given; this says whether it may. Slots must exist and hold every
 * address a kernel can reach, formulas may only use arguments there are, with the dtypes they have,
 * and no kernel reads what it stores. `check(backend)` asks before every compilation.
 */
import { type DType, type Expr, postorder } from "@mt/operators";
import type { Backend } from "./backend.ts";
import { badProgram } from "./errors.ts";
import type { Fold, Guard, Input, Kernel, Linear, Read, Shape, Store } from "./kernel.ts";
import type { Program, Slot } from "./program.ts";
import { slotsOf } from "./structure.ts";

/** Boxes up to this many points are walked; larger ones are judged by the ends of their forms. */
const walked = 1 << 16;

const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);
const at = (form: Linear, point: Shape): number =>
  form.strides.reduce((sum, stride, axis) => sum + stride * (point[axis] as number), form.offset);
const holds = (guard: Guard, point: Shape): boolean => {
  const value = at(guard, point);
  return value >= 0 && value < guard.extent;
};

function* points(box: Shape): Generator<number[]> {
  const point = box.map(() => 0);
  for (let left = size(box); left > 0; left--) {
    yield point;
    for (let axis = box.length - 1; axis >= 0; axis--) {
      point[axis] = (point[axis] as number) + 1;
      if ((point[axis] as number) < (box[axis] as number)) break;
      point[axis] = 0;
    }
  }
}

/** Lowest and highest value of a form over a box. */
function ends(form: Linear, box: Shape): readonly [number, number] {
  const reach = form.strides.map((stride, axis) => stride * ((box[axis] as number) - 1));
  const sum = (f: (x: number) => number): number => reach.reduce((s, x) => s + f(x), form.offset);
  return [sum((x) => Math.min(0, x)), sum((x) => Math.max(0, x))];
}

class Validator {
  readonly #program: Program;
  readonly #backend: Backend;
  /** Which kernel is being looked at. */
  #where = "";

  constructor(program: Program, backend: Backend) {
    this.#program = program;
    this.#backend = backend;
  }

  #require(condition: boolean, cause: () => string): void {
    if (!condition) throw badProgram(this.#backend.name, `${this.#where}${cause()}`);
  }

  program(): void {
    const { slots, arenas, kernels, scalars } = this.#program;
    slots.forEach((slot, i) => {
      if (slot.role !== "temporary") return;
      const room = arenas[slot.arena];
      this.#require(
        room !== undefined,
        () => `slot ${i} lies in arena ${slot.arena}, which is missing`,
      );
      this.#require(
        slot.offset >= 0 && slot.offset + slot.bytes <= (room as number),
        () => `slot ${i} leaves its arena of ${room} bytes`,
      );
    });
    for (const dtype of scalars) this.#dtype(dtype, "a scalar");
    kernels.forEach((kernel, i) => {
      this.#where = `kernel ${i} (${kernel.kind}): `;
      this.#kernel(kernel);
    });
  }

  #kernel(kernel: Kernel): void {
    const { reads, stores } = slotsOf(kernel);
    const { buffersPerKernel, outputsPerKernel } = this.#backend.limits;
    const bound = new Set([...reads, ...stores]);
    for (const slot of bound)
      this.#require(this.#program.slots[slot] !== undefined, () => `slot ${slot} is missing`);
    this.#require(
      bound.size <= buffersPerKernel,
      () => `${bound.size} slots, limit ${buffersPerKernel}`,
    );
    this.#require(
      stores.length <= outputsPerKernel,
      () => `stores to ${stores.length} slots, limit ${outputsPerKernel}`,
    );
    for (const store of stores)
      for (const read of reads)
        this.#require(!this.#overlap(store, read), () =>
          store === read
            ? `reads slot ${read} and stores to it`
            : `reads slot ${read}, which shares bytes with slot ${store} that it stores to`,
        );
    (this.#rows[kernel.kind] as (kernel: Kernel) => void)(kernel);
  }

  #overlap(a: number, b: number): boolean {
    if (a === b) return true;
    const [x, y] = [this.#program.slots[a] as Slot, this.#program.slots[b] as Slot];
    if (x.role !== "temporary" || y.role !== "temporary" || x.arena !== y.arena) return false;
    return x.offset < y.offset + y.bytes && y.offset < x.offset + x.bytes;
  }

  readonly #rows: {
    readonly [K in Kernel["kind"]]: (kernel: Extract<Kernel, { kind: K }>) => void;
  } = {
    loop: ({ outer, inner, inputs, folds, stores }) =>
      this.#loop(outer, inner, inputs, folds, stores),
    contract: ({ outer, inner, inputs, a, b, dtype, stores }) => {
      for (const operand of [a, b])
        this.#require(inputs[operand]?.kind === "read", () => `operand ${operand} is not a read`);
      this.#inputs([...outer, ...inner], inputs);
      const types = [...inputs.map(dtypeOf), dtype];
      this.#stores(outer, inner, inputs, stores, types);
    },
    prefix: ({ outer, inner, inputs, fold, stores }) =>
      this.#loop(outer, inner, inputs, [fold], stores),
    scatter: ({
      outer,
      inner,
      inputs,
      base,
      at: position,
      value,
      store,
      target,
      stride,
      extent,
    }) => {
      this.#require(inputs[base] !== undefined, () => `base ${base} is missing`);
      this.#inputs(
        outer,
        inputs.filter((_, k) => k === base),
      );
      this.#inputs(
        inner,
        inputs.filter((_, k) => k !== base),
      );
      const index = inputs[position];
      this.#require(
        index !== undefined &&
          index.kind !== "test" &&
          (index.dtype === "i32" || index.dtype === "u32"),
        () => `position ${position} is not an integer input`,
      );
      this.#formula(value, inputs.map(dtypeOf), "the update");
      this.#require(value.dtype === store.dtype, () => `stores ${value.dtype} as ${store.dtype}`);
      this.#store(outer, { ...store, inside: false, body: value });
      const last = { ...target, offset: target.offset + stride * (extent - 1) };
      if (extent > 0 && size(inner) > 0) {
        this.#address(inner, target, [], store.slot, store.dtype);
        this.#address(inner, last, [], store.slot, store.dtype);
      }
    },
    argsort: ({ outer, length, input, slot }) => {
      this.#inputs([...outer, length], [input]);
      this.#address([size(outer) * length], { offset: 0, strides: [1] }, [], slot, "i32");
    },
    custom: ({ outer, inputs, stores }) => this.#loop(outer, [], inputs, [], stores),
  };

  #loop(
    outer: Shape,
    inner: Shape,
    inputs: readonly Input[],
    folds: readonly Fold[],
    stores: readonly Store[],
  ): void {
    this.#inputs([...outer, ...inner], inputs);
    const types: DType[] = inputs.map(dtypeOf);
    folds.forEach(({ monoid, body }, i) => {
      this.#formula(body, types, `fold ${i}`);
      this.#formula(monoid.combine, [body.dtype, body.dtype], `the combination of fold ${i}`);
      this.#require(
        monoid.combine.dtype === body.dtype,
        () => `fold ${i} combines to ${monoid.combine.dtype} values of ${body.dtype}`,
      );
      types.push(body.dtype);
    });
    this.#stores(outer, inner, inputs, stores, types);
  }

  #stores(
    outer: Shape,
    inner: Shape,
    inputs: readonly Input[],
    stores: readonly Store[],
    types: readonly DType[],
  ): void {
    for (const store of stores) {
      this.#formula(store.body, types, `the store to slot ${store.slot}`);
      this.#require(
        store.body.dtype === store.dtype,
        () => `stores ${store.body.dtype} as ${store.dtype} to slot ${store.slot}`,
      );
      this.#store(store.inside ? [...outer, ...inner] : outer, store);
      if (!store.inside) this.#outside(store.body, inputs, outer.length);
    }
  }

  /** A body computed once per outer point has no inner index to read at. */
  #outside(body: Expr, inputs: readonly Input[], axes: number): void {
    const moves = (form: Linear): boolean =>
      form.strides.slice(axes).some((stride) => stride !== 0);
    const depends = (input: Input | undefined): boolean => {
      if (!input || input.kind === "scalar") return false;
      if (input.kind === "index") return moves(input);
      if (input.guards.some(moves)) return true;
      if (input.kind === "test") return false;
      return (
        moves(input) || (input.indirect !== undefined && depends(inputs[input.indirect.input]))
      );
    };
    for (const x of postorder(body))
      this.#require(
        x.kind !== "arg" || !depends(inputs[x.index]),
        () =>
          `a store outside uses input ${(x as { index: number }).index}, which moves along inner axes`,
      );
  }

  #dtype(dtype: DType, what: string): void {
    const { dtypes, name } = this.#backend;
    this.#require(dtypes.has(dtype), () => `${what} is ${dtype}, which "${name}" does not know`);
  }

  #formula(formula: Expr, types: readonly DType[], what: string): void {
    for (const x of postorder(formula)) {
      this.#dtype(x.dtype, what);
      if (x.kind !== "arg") continue;
      const type = types[x.index];
      this.#require(
        type !== undefined,
        () => `${what} uses argument ${x.index} of ${types.length}`,
      );
      this.#require(
        type === x.dtype,
        () => `${what} takes argument ${x.index} as ${x.dtype}; it is ${type}`,
      );
    }
  }

  #inputs(box: Shape, inputs: readonly Input[]): void {
    for (const input of inputs) {
      if (input.kind === "test") continue;
      this.#dtype(input.dtype, "an input");
      if (input.kind === "scalar") this.#scalar(input.index, input.dtype);
      if (input.kind === "read") this.#read(box, input);
    }
  }
  #scalar(index: number, dtype: DType): void {
    const declared = this.#program.scalars[index];
    this.#require(
      declared === dtype,
      () => `scalar ${index} is ${declared ?? "missing"}, read as ${dtype}`,
    );
  }
  #read(box: Shape, read: Read): void {
    const { indirect, guards, slot, dtype } = read;
    this.#address(box, read, guards, slot, dtype);
    if (!indirect || indirect.extent < 1) return;
    const last = { ...read, offset: read.offset + indirect.stride * (indirect.extent - 1) };
    this.#address(box, last, guards, slot, dtype);
  }

  #elements(slot: number, dtype: DType): number {
    const { bytes } = this.#program.slots[slot] as Slot;
    return Math.floor(bytes / (this.#backend.dtypes.get(dtype) ?? 1));
  }

  /** Every address at a point where the guards hold must lie in the slot. */
  #address(box: Shape, form: Linear, guards: readonly Guard[], slot: number, dtype: DType): void {
    const rank = box.length;
    for (const { strides } of [form, ...guards])
      this.#require(
        strides.slice(rank).every((stride) => stride === 0) && strides.every(Number.isInteger),
        () => `a form of ${strides.length} strides over ${rank} axes`,
      );
    if (size(box) === 0) return;
    const flat = (f: Linear): Linear => ({ offset: f.offset, strides: f.strides.slice(0, rank) });
    const address = flat(form);
    const elements = this.#elements(slot, dtype);
    const [low, high] = ends(address, box);
    if (low >= 0 && high < elements) return;
    const shown = guards.map((guard) => ({ ...flat(guard), extent: guard.extent }));
    if (shown.length && size(box) > walked) return;
    for (const point of shown.length ? points(box) : []) {
      if (!shown.every((guard) => holds(guard, point))) continue;
      const place = at(address, point);
      this.#require(place >= 0 && place < elements, () =>
        this.#outsideText(place, slot, elements, point),
      );
    }
    this.#require(shown.length > 0, () => this.#outsideText(low < 0 ? low : high, slot, elements));
  }
  #outsideText(place: number, slot: number, elements: number, point?: Shape): string {
    const where = point ? ` at point [${point.join(", ")}]` : "";
    return `reaches element ${place} of slot ${slot}, which has ${elements}${where}`;
  }

  /** Its places must lie in the slot, and no two points may share one. */
  #store(box: Shape, store: Store): void {
    this.#address(box, store, [], store.slot, store.dtype);
    if (size(box) > walked) return;
    const seen = new Set<number>();
    for (const point of points(box)) {
      const place = at({ ...store, strides: store.strides.slice(0, box.length) }, point);
      this.#require(
        !seen.has(place),
        () => `two points store to element ${place} of slot ${store.slot}`,
      );
      seen.add(place);
    }
  }
}

const dtypeOf = (input: Input): DType => (input.kind === "test" ? "bool" : input.dtype);

/**
 * Finds what is wrong with a program for a device.
 * @throws BackendError with code "bad-program", naming the kernel.
 */
export const validateProgram = (program: Program, backend: Backend): void =>
  new Validator(program, backend).program();
