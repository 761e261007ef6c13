/**
 * Module 3.73 — Addresses and guards, computed where they change.
 *
 * A linear form grows by one product at each loop it moves along; forms that are equal are one
 * variable. Along vectors and copies nothing is computed at all: what they add is a constant, which
 * loads and stores carry in themselves.
 */
import type { Guard, Linear } from "@mt/backend";
import type { Code, Local } from "../wasm/code.ts";
import type { Form, Geometry, Scope } from "./scope.ts";

/** A form of the kernel by position, in units of `scale`. */
export function formOf(
  form: Linear,
  geometry: Geometry,
  scale: number,
  binding: number | null,
): Form {
  const strides = geometry.axes.map((axis, position) =>
    (geometry.extents[position] as number) > 1 ? (form.strides[axis] ?? 0) * scale : 0,
  );
  const offset = form.offset * scale;
  return { key: `${binding};${offset};${strides.join()}`, offset, strides, binding };
}
/** How many loops a form needs to be known. */
export const levelOf = (form: Form): number => form.strides.findLastIndex((s) => s !== 0) + 1;

export class Forms {
  readonly #code: Code;
  readonly #geometry: Geometry;
  /** Addresses of the bindings. */
  readonly #bases: readonly Local[];

  constructor(code: Code, geometry: Geometry, bases: readonly Local[]) {
    this.#code = code;
    this.#geometry = geometry;
    this.#bases = bases;
  }

  base(form: Form): Local {
    return this.#bases[form.binding as number] as Local;
  }
  /** How far copy number `copy` is from the first. */
  shift(form: Form, copy: number): number {
    const { copy: position, vector } = this.#geometry;
    const step = position === vector ? 4 : 1;
    return copy * step * (form.strides[position] as number);
  }
  alongCopies(form: Form): number {
    return form.strides[this.#geometry.copy] as number;
  }
  alongVector(form: Form): number {
    return form.strides[this.#geometry.vector] as number;
  }

  /** Writes the form of the first lane and copy, `shift` further, on the stack. */
  push(scope: Scope, form: Form, shift = 0): void {
    const { offset, constant } = this.#known(scope, form, shift);
    const code = this.#code;
    if (constant) {
      code.i32(offset);
      return;
    }
    code.get(this.#variable(scope, form));
    if (offset) code.i32(offset).op("i32.add");
  }
  /** A variable that holds it. */
  local(scope: Scope, form: Form, shift = 0): Local {
    const { offset, constant } = this.#known(scope, form, shift);
    if (!constant && offset === 0) return this.#variable(scope, form);
    this.push(scope, form, shift);
    return this.#code.keep("i32");
  }
  #variable(scope: Scope, form: Form): Local {
    return scope.forms.get(form.key) ?? this.base(form);
  }
  #known(scope: Scope, form: Form, shift: number): { offset: number; constant: boolean } {
    const known = scope.forms.has(form.key);
    return {
      offset: known ? shift : form.offset + shift,
      constant: !known && form.binding === null,
    };
  }

  /** Brings forms up to date inside a loop whose counter is `index`. */
  advance(scope: Scope, forms: readonly Form[], position: number, index: Local): void {
    const code = this.#code;
    const products = new Map<number, Local>([[1, index]]);
    for (const form of forms) {
      const stride = form.strides[position] as number;
      if (stride === 0 || levelOf(form) <= position) continue;
      let product = products.get(stride);
      if (product === undefined) {
        code.get(index).i32(stride).op("i32.mul");
        product = code.keep("i32");
        products.set(stride, product);
      }
      this.push(scope, form);
      code.get(product).op("i32.add");
      scope.forms.set(form.key, code.keep("i32"));
    }
  }
}

export const guardForm = (guard: Guard, geometry: Geometry): Form =>
  formOf(guard, geometry, 1, null);
