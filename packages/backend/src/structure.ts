/**
 * Module 3.8 — Kernels as structure: which slots one touches, and when two are the same kernel.
 *
 * A kernel says everything about itself except where its data lie and what its scalars are. With
 * its slots renumbered in order of appearance, two kernels of different programs become equal
 * data, and a device compiles their code once.
 */
import {
  argument,
  constant,
  type DType,
  type Expr,
  expand,
  node,
  postorder,
  walk,
} from "@mt/operators";
import type { Kernel, Linear } from "./kernel.ts";

/** One view of memory a kernel works through: a slot, read as elements of some dtype. */
export interface Binding {
  readonly slot: number;
  readonly dtype: DType;
}

/** What to put in place of the parts of a kernel; what is not named stays. */
export interface Rewriting {
  readonly slot?: (slot: number, dtype: DType) => number;
  /** Which run-time number a scalar is. */
  readonly scalar?: (index: number) => number;
  readonly form?: <L extends Linear>(form: L) => L;
  readonly formula?: (formula: Expr) => Expr;
}

const isFormula = (value: { readonly kind?: unknown }): boolean =>
  value.kind === "arg" || value.kind === "const" || value.kind === "call";

/** A copy of a kernel, or of any part of one, with its parts replaced. */
export function rewrite<T>(part: T, by: Rewriting): T {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part))
    return typeof part[0] === "object" ? (part.map((x) => rewrite(x, by)) as T) : part; // strides stay
  if (isFormula(part)) return (by.formula?.(part as unknown as Expr) ?? part) as T;
  const copy = { ...part } as Record<string, unknown>;
  const { kind, dtype = "i32" } = part as { kind?: string; dtype?: DType }; // argsort: positions
  for (const key in copy) {
    const value = copy[key] as never;
    copy[key] =
      key === "slot"
        ? (by.slot?.(value, dtype) ?? value)
        : key === "index" && kind === "scalar"
          ? (by.scalar?.(value) ?? value)
          : rewrite(value, by);
  }
  return (by.form && "strides" in copy ? by.form(copy as unknown as Linear) : copy) as T;
}

/**
 * A formula as this copy of @mt/operators would have made it. A program may come from another
 * copy, a worker or a file, where ids mean something else.
 */
export const adopt = (formula: Expr): Expr =>
  expand(
    walk<Expr>(formula, (x, inputs) =>
      x.kind === "arg"
        ? argument(x.index, x.dtype)
        : x.kind === "const"
          ? constant(x.value, x.dtype)
          : node(x.primitive, inputs, x.dtype),
    ),
  );

/**
 * The kernel over bindings 0, 1, … instead of slots, its formulas adopted, and those bindings. Given
 * a list, over run-time numbers 0, 1, … as well, and the list tells which of the program's these are.
 */
export function localize<K extends Kernel>(
  kernel: K,
  scalars?: number[],
): { readonly kernel: K; readonly bindings: readonly Binding[] } {
  const bindings: Binding[] = [];
  const slot = (slot: number, dtype: DType): number => {
    const known = bindings.findIndex((b) => b.slot === slot && b.dtype === dtype);
    return known >= 0 ? known : bindings.push({ slot, dtype }) - 1;
  };
  const scalar = (index: number): number => {
    if (!scalars) return index;
    const known = scalars.indexOf(index);
    return known >= 0 ? known : scalars.push(index) - 1;
  };
  return { kernel: rewrite(kernel, { slot, scalar, formula: adopt }), bindings };
}

/** Equal, in this process, for kernels that are the same once `localize` has made them its own. */
export const kernelKey = (kernel: Kernel): string =>
  JSON.stringify(kernel, (_, value: unknown) => {
    if (typeof value === "number" && (!Number.isInteger(value) || Object.is(value, -0)))
      return Object.is(value, -0) ? "-0" : String(value); // JSON has no ∞, NaN or −0
    return isFormula(value ?? {}) ? `#${(value as Expr).id}` : value;
  });

/** Every dtype a kernel's inputs, stores and formulas mention. */
export function dtypesOf(part: unknown, found: Set<DType> = new Set()): Set<DType> {
  if (typeof part !== "object" || part === null) return found;
  const { kind, dtype } = part as { readonly kind?: string; readonly dtype?: DType };
  if (dtype) found.add(dtype);
  if (kind === "call") for (const x of postorder(part as never)) found.add(x.dtype);
  else for (const value of Object.values(part)) dtypesOf(value, found);
  return found;
}

/** The slots a kernel reads and those it stores to, each once. */
export function slotsOf(kernel: Kernel): {
  readonly reads: readonly number[];
  readonly stores: readonly number[];
} {
  const collect = (...parts: readonly unknown[]): number[] => {
    const slots = new Set<number>();
    const slot = (slot: number): number => {
      slots.add(slot);
      return slot;
    };
    for (const part of parts) rewrite(part, { slot });
    return [...slots];
  };
  if (kernel.kind === "argsort") return { reads: collect(kernel.input), stores: [kernel.slot] };
  return {
    reads: collect(kernel.inputs),
    stores: collect(kernel.kind === "scatter" ? kernel.store : kernel.stores),
  };
}
