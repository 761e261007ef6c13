/**
 * Module 3.74 — Reading inputs into vectors.
 *
 * What a read costs depends on how it moves along the vector: not at all (one load for all lanes),
 * by one element (one load), otherwise (one load a lane). A guard that does not move along the
 * vector is a branch around the load; one that does is a mask, and where all lanes hold, which is
 * nearly everywhere, the load is as if there were none.
 */
import type { Guard, Indirect, Input, Read } from "@mt/backend";
import { type Argument, argument, type DType } from "@mt/operators";
import { emitConstant } from "../vectors/formula.ts";
import { bytesOf, decode, loadFour, loadLane, loadSplat } from "../vectors/storage.ts";
import { lanesOf, type Vectors } from "../vectors/vectors.ts";
import type { Local } from "../wasm/code.ts";
import { type Forms, formOf, guardForm, levelOf } from "./forms.ts";
import { scalarOffset } from "./kernel.ts";
import { copyOf, type Form, type Geometry, type Scope, type Value } from "./scope.ts";

/** An input by position: what it takes to read it, and how it moves. */
export interface Source {
  readonly input: Input;
  readonly argument: Argument;
  /** The address of a read, the value of an index. */
  readonly form: Form | null;
  /** That, and those of the guards. */
  readonly forms: readonly Form[];
  readonly guards: readonly { readonly form: Form; readonly extent: number }[];
  /** Of the read that gives the position. */
  readonly index: Source | null;
  readonly level: number;
  /** Whether it moves along the vector, and along the copies. */
  readonly varies: boolean;
  readonly copied: boolean;
}

export const dtypeOfInput = (input: Input): DType => (input.kind === "test" ? "bool" : input.dtype);

/** All inputs of a kernel as sources, by the number of their argument. */
export function sourcesOf(
  inputs: ReadonlyMap<number, Input>,
  geometry: Geometry,
): ReadonlyMap<number, Source> {
  const made = new Map<number, Source>();
  const make = (k: number): Source => {
    const known = made.get(k);
    if (known) return known;
    const input = inputs.get(k) as Input;
    const list: readonly Guard[] = "guards" in input ? input.guards : [];
    const guards = list.map((g) => ({ form: guardForm(g, geometry), extent: g.extent }));
    const form =
      input.kind === "read"
        ? formOf(input, geometry, bytesOf(input.dtype), input.slot)
        : input.kind === "index"
          ? formOf(input, geometry, 1, null)
          : null;
    const index = input.kind === "read" && input.indirect ? make(input.indirect.input) : null;
    const forms = [...(form ? [form] : []), ...guards.map((g) => g.form)];
    const moves = (position: number): boolean => forms.some((f) => f.strides[position] !== 0);
    const source: Source = {
      input,
      argument: argument(k, dtypeOfInput(input)),
      form,
      forms,
      guards,
      index,
      level: Math.max(0, index?.level ?? 0, ...forms.map(levelOf)),
      varies: moves(geometry.vector) || (index?.varies ?? false),
      copied: moves(geometry.copy) || (index?.copied ?? false),
    };
    made.set(k, source);
    return source;
  };
  for (const k of inputs.keys()) make(k);
  return made;
}

/** Where a read may go ahead: a condition for all lanes, and a mask; null where nothing is in the way. */
interface Permission {
  readonly holds: Local | null;
  readonly mask: Local | null;
}

export class Reads {
  readonly #v: Vectors;
  readonly #forms: Forms;
  readonly #block: Local;
  readonly #bindings: number;

  constructor(v: Vectors, forms: Forms, block: Local, bindings: number) {
    this.#v = v;
    this.#forms = forms;
    this.#block = block;
    this.#bindings = bindings;
  }

  /** The value of a source; that of its index is known. */
  read(scope: Scope, source: Source): Value {
    if (scope.copies % 4 === 0 && this.#isTransposed(source))
      return this.#transposed(scope, source);
    const count = source.copied ? scope.copies : 1;
    return Array.from({ length: count }, (_, copy) => this.#readCopy(scope, source, copy));
  }

  /** Neighbours along the copies, far apart along the vector: rows that are to be columns. */
  #isTransposed({ input, form, guards, index }: Source): boolean {
    if (input.kind !== "read" || !form || guards.length || index) return false;
    const [across, along] = [this.#forms.alongCopies(form), this.#forms.alongVector(form)];
    return across === 4 && bytesOf(input.dtype) === 4 && along !== 0 && along !== across;
  }
  /** Loads four rows of four, and turns them. */
  #transposed(scope: Scope, { input, form }: Source): Value {
    const v = this.#v;
    const { dtype } = input as Read;
    const step = this.#forms.alongVector(form as Form);
    const lowest = Math.min(0, 3 * step);
    const address = this.#forms.local(scope, form as Form, lowest);
    return Array.from({ length: scope.copies / 4 }, (_, group) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((lane) =>
        loadFour(v, dtype, address, 16 * group + lane * step - lowest),
      ) as [Local, Local, Local, Local];
      const pairs = [
        [v.shuffleWords(a, b, 0, 4, 1, 5), v.shuffleWords(c, d, 0, 4, 1, 5)],
        [v.shuffleWords(a, b, 2, 6, 3, 7), v.shuffleWords(c, d, 2, 6, 3, 7)],
      ] as const;
      return pairs.flatMap(([x, y]) => [
        v.shuffleWords(x, y, 0, 1, 4, 5),
        v.shuffleWords(x, y, 2, 3, 6, 7),
      ]);
    }).flat();
  }

  #readCopy(scope: Scope, source: Source, copy: number): Local {
    const { input } = source;
    if (input.kind === "scalar") return this.#scalar(input.index, input.dtype);
    if (input.kind === "index") return this.#line(scope, source.form as Form, copy);
    if (input.kind === "test") return this.#test(scope, source, copy);
    return this.#guarded(scope, source, input, copy);
  }

  /** A number of the run, which is one of its dtype already. */
  #scalar(index: number, dtype: DType): Local {
    const v = this.#v;
    const { code } = v;
    code.get(this.#block).at("f64.load", scalarOffset(this.#bindings, index));
    const lanes = lanesOf[dtype];
    if (lanes === "float") return code.op("f32.demote_f64").op("f32x4.splat").keep("v128");
    if (lanes === "mask") {
      return this.#asMask(code.f64(0).op("f64.ne").keep("i32"));
    }
    code.op(lanes === "signed" ? "i32.trunc_sat_f64_s" : "i32.trunc_sat_f64_u");
    return code.op("i32x4.splat").keep("v128");
  }

  /** A form in each lane. */
  #line(scope: Scope, form: Form, copy: number): Local {
    const v = this.#v;
    this.#forms.push(scope, form);
    const start = v.code.op("i32x4.splat").keep("v128");
    const [from, s] = [this.#forms.shift(form, copy), this.#forms.alongVector(form)];
    return v.op("i32x4.add", start, v.code.words(from, from + s, from + 2 * s, from + 3 * s));
  }

  /** A condition (0 or 1) as a mask. */
  #asMask(holds: Local): Local {
    return this.#v.code.i32(0).get(holds).op("i32.sub").op("i32x4.splat").keep("v128");
  }
  #test(scope: Scope, source: Source, copy: number): Local {
    const { holds, mask } = this.#permission(scope, source, copy);
    if (!holds) return mask ?? this.#v.i32(-1);
    return this.#both(mask, this.#asMask(holds));
  }
  #both(x: Local | null, y: Local): Local {
    return x === null ? y : this.#v.op("v128.and", x, y);
  }
  /** Of conditions. */
  #and(x: Local | null, y: Local): Local {
    return x === null ? y : this.#v.code.get(x).get(y).op("i32.and").keep("i32");
  }

  #permission(scope: Scope, source: Source, copy: number): Permission {
    let holds: Local | null = null;
    let mask: Local | null = null;
    for (const { form, extent } of source.guards) {
      const key = `${form.key}<${extent}@${this.#forms.shift(form, copy)}`;
      const known = scope.tests.get(key);
      const moves = this.#forms.alongVector(form) !== 0;
      const test = known ?? this.#compare(scope, form, extent, copy, moves);
      scope.tests.set(key, test);
      if (moves) mask = this.#both(mask, test);
      else holds = this.#and(holds, test);
    }
    return { holds, mask };
  }
  #compare(scope: Scope, form: Form, extent: number, copy: number, moves: boolean): Local {
    const v = this.#v;
    if (moves) return v.op("i32x4.lt_u", this.#line(scope, form, copy), v.i32(extent));
    this.#forms.push(scope, form, this.#forms.shift(form, copy));
    return v.code.i32(extent).op("i32.lt_u").keep("i32");
  }

  #guarded(scope: Scope, source: Source, read: Read, copy: number): Local {
    const { code } = this.#v;
    let { holds, mask } = this.#permission(scope, source, copy);
    let offset = this.#forms.shift(source.form as Form, copy);
    let address = this.#forms.local(scope, source.form as Form, Math.min(0, offset));
    offset = Math.max(0, offset);
    let positions: Local | null = null;
    const { indirect } = read;
    if (indirect) {
      const index = copyOf(scope.values.get((source.index as Source).argument) as Value, copy);
      if ((source.index as Source).varies) {
        positions = index;
        mask = this.#both(mask, this.#v.op("i32x4.lt_u", index, this.#v.i32(indirect.extent)));
      } else {
        const at = code.get(index).lane("i32x4.extract_lane", 0).keep("i32");
        const fits = code.get(at).i32(indirect.extent).op("i32.lt_u").keep("i32");
        holds = this.#and(holds, fits);
        code
          .get(address)
          .get(at)
          .i32(indirect.stride * bytesOf(read.dtype))
          .op("i32.mul");
        address = code.op("i32.add").keep("i32");
      }
    }
    const place: Place = { address, offset, step: this.#forms.alongVector(source.form as Form) };
    const load = (): Local =>
      mask === null
        ? this.#load(scope, read, place)
        : this.#masked(scope, read, place, mask, positions);
    if (holds === null) return load();
    const fill = this.#fill(read);
    const value = code.get(fill).keep("v128");
    code.get(holds).if(() => void code.get(load()).set(value));
    return value;
  }
  #fill({ fill, dtype }: Read): Local {
    return emitConstant(this.#v, { value: fill, dtype });
  }

  /** Four elements that are all there. */
  #load(scope: Scope, { dtype }: Read, place: Place): Local {
    const v = this.#v;
    const { address, offset, step } = place;
    if (step === 0) return loadSplat(v, dtype, address, offset);
    if (step === bytesOf(dtype)) return loadFour(v, dtype, address, offset);
    if (step === -bytesOf(dtype) && scope.lanes === 4 && bytesOf(dtype) === 4) {
      const first = v.code
        .get(address)
        .i32(3 * step)
        .op("i32.add")
        .keep("i32");
      const reversed = loadFour(v, dtype, first, offset);
      return v.shuffleWords(reversed, reversed, 3, 2, 1, 0);
    }
    return this.#byLane(scope, dtype, place, null, null);
  }

  /** Lanes that are in the mask, the fill in the others. */
  #masked(scope: Scope, read: Read, place: Place, mask: Local, positions: Positions): Local {
    const v = this.#v;
    const { code } = v;
    const { dtype, indirect } = read;
    const steps = positions === null ? null : { positions, indirect: indirect as Indirect };
    const value = code.local("v128");
    const direct = steps === null && (place.step === bytesOf(dtype) || place.step === 0);
    code.get(mask).op(place.step === 0 && direct ? "v128.any_true" : "i32x4.all_true");
    code.if(
      () =>
        void code
          .get(
            direct
              ? this.#load(scope, read, place)
              : this.#byLane(scope, dtype, place, null, steps),
          )
          .set(value),
      () => {
        if (place.step === 0 && direct) return;
        const bits = code.get(mask).op("i32x4.bitmask").keep("i32");
        code.get(bits);
        code.if(() => void code.get(this.#byLane(scope, dtype, place, bits, steps)).set(value));
      },
    );
    return v.select(mask, value, this.#fill(read));
  }

  /** Lane by lane: all of them, or those whose bit is set. */
  #byLane(
    scope: Scope,
    dtype: DType,
    { address, offset, step }: Place,
    bits: Local | null,
    steps: { readonly positions: Local; readonly indirect: Indirect } | null,
  ): Local {
    const { code } = this.#v;
    const raw = code.local("v128");
    code.get(this.#v.i32(0)).set(raw);
    const lowest = step < 0 ? 3 * step : 0;
    if (lowest) address = code.get(address).i32(lowest).op("i32.add").keep("i32");
    for (let lane = 0; lane < scope.lanes; lane++) {
      const write = (): void =>
        loadLane(
          code,
          dtype,
          raw,
          lane,
          () => {
            code.get(address);
            if (!steps) return;
            code.get(steps.positions).lane("i32x4.extract_lane", lane);
            code
              .i32(steps.indirect.stride * bytesOf(dtype))
              .op("i32.mul")
              .op("i32.add");
          },
          offset + lane * step - lowest,
        );
      if (bits === null) write();
      else
        code
          .get(bits)
          .i32(1 << lane)
          .op("i32.and")
          .if(write);
    }
    return decode(this.#v, dtype, raw);
  }
}
type Positions = Local | null;
interface Place {
  readonly address: Local;
  readonly offset: number;
  /** Bytes from lane to lane. */
  readonly step: number;
}
