/**
 * Module 0.3 — What a primitive must say about itself, and how one is applied.
 *
 * A primitive is one row: how it is typed, how JavaScript spells it, its partial derivatives and,
 * for devices that lack it, its definition in simpler primitives. Applying a row types the operands
 * (numbers are weak: they take the dtype of the values beside them), folds constants and drops what
 * changes no bit.
 */
import { type DType, dtypes, isFloat, promote } from "./dtype.ts";
import { mixedIntegers, needsInteger } from "./errors.ts";
import { type Call, type Constant, constant, type Expr, node, type Operand } from "./expression.ts";

export interface Primitive {
  readonly arity: number;
  readonly types: TypeRule;
  /** JavaScript text over atoms (names and literals), exact up to the final rounding. */
  readonly js: (...x: string[]) => string;
  /** The same as a function: constants, and hosts that forbid generated code. */
  readonly run: (...x: number[]) => number;
  /** Where integers need other arithmetic (32-bit products). */
  readonly jsInteger?: (...x: string[]) => string;
  readonly runInteger?: (...x: number[]) => number;
  /** In additions, about; absent: one. */
  readonly cost?: number;
  /** The result is a value of its dtype already: rounding can be left out. */
  readonly exact?: true;
  /** ∂y/∂xᵢ, possibly of the result `y`; null is a structural zero, and so is what is absent. */
  readonly partials?: (y: Expr, ...x: Expr[]) => readonly (Operand | null)[];
  /** Instead of Σ ∂y/∂xᵢ · dxᵢ, where that sum would be 0 · ∞ (a choice between branches). */
  readonly chain?: (dx: readonly (Expr | null)[], ...x: Expr[]) => Expr | null;
  /** The same value in simpler primitives. */
  readonly lower?: (...x: Expr[]) => Operand;
  /** Rewrites that are exact for every input, or undefined. */
  readonly simplify?: (...x: Expr[]) => Expr | undefined;
}

export interface Typing {
  readonly inputs: readonly DType[];
  readonly result: DType;
}
/** `known[i]` is null where operand i is the bare number `weak[i]`; null: they do not mix. */
export type TypeRule = (
  name: string,
  known: readonly (DType | null)[],
  weak: readonly (number | null)[],
) => Typing;

/** The dtype that holds every operand; bare numbers only decide when there is nothing else. */
export function common(
  name: string,
  known: readonly (DType | null)[],
  weak: readonly (number | null)[],
): DType {
  let found: DType | null = null;
  for (const dtype of known) {
    if (dtype === null) continue;
    const both: DType | null = found ? promote(found, dtype) : dtype;
    if (!both) throw mixedIntegers(name, [found as DType, dtype]);
    found = both;
  }
  if (!found) return "f64";
  const numbers = weak.filter((x) => x !== null);
  if (!isFloat(found) && !numbers.every(Number.isInteger)) return "f32";
  // a bool holds 0 and 1 and nothing else
  return found === "bool" && numbers.some((x) => x !== 0 && x !== 1) ? "i32" : found;
}

/** Inputs of one dtype, chosen by the one that holds them all; the result too, unless it is stated. */
const alike =
  (
    choose: (found: DType, name: string, known: readonly DType[]) => DType,
    result?: DType,
  ): TypeRule =>
  (name, known, weak) => {
    const given = known.filter((dtype) => dtype !== null);
    const dtype = choose(common(name, known, weak), name, given);
    return { inputs: known.map(() => dtype), result: result ?? dtype };
  };

/** Numbers to a number of the promoted dtype; bools count as i32. */
export const arithmetic: TypeRule = alike((found) => (found === "bool" ? "i32" : found));
/** Any dtype to itself. */
export const unchanged: TypeRule = alike((found) => found);
/** Floats; integers become f32. */
export const floating: TypeRule = alike((found) => (isFloat(found) ? found : "f32"));
export const comparison: TypeRule = alike((found) => found, "bool");
export const bitwise: TypeRule = alike((found, name, given) => {
  if (dtypes[found].kind !== "integer") throw needsInteger(name, given);
  return found;
});
export const logical: TypeRule = (_, known) => ({
  inputs: known.map(() => "bool"),
  result: "bool",
});
/** A condition, then two values. */
export const choice: TypeRule = (name, known, weak) => {
  const dtype = common(name, known.slice(1), weak.slice(1));
  return { inputs: ["bool", dtype, dtype], result: dtype };
};

/**
 * Calls that nothing but numbers decided, as `where(c, 1, 0)`, with one number like them: beside a
 * value of some dtype they take that dtype, as a bare number would.
 */
const undecided = new Map<Expr, number>();

/** The number that `x` is like for typing; null if `x` has a dtype of its own. */
export function weakValue(x: Operand): number | null {
  if (typeof x === "number") return x;
  return x.kind === "const" ? x.value : (undecided.get(x) ?? null);
}

/** `x` at `dtype`, where numbers alone decided it (else as it is). */
export function settle(x: Operand, dtype: DType): Expr {
  if (typeof x === "number") return constant(x, dtype);
  if (x.dtype === dtype || weakValue(x) === null) return x;
  if (x.kind === "const") return convert("promote", x, dtype);
  const { primitive, args } = x as Call;
  const settled = args.map((a) => (weakValue(a) === null ? a : settle(a, dtype)));
  return node(primitive, settled, dtype);
}

/** An explicit change of dtype: floats to integers truncate and saturate, integers wrap. */
export const cast = (x: Expr, dtype: DType): Expr => convert("cast", x, dtype);

/** Changes of dtype are calls that no row types: `cast` was written, `promote` typing inserted. */
export const isConversion = (x: Call): boolean =>
  x.primitive === "cast" || x.primitive === "promote";

/** `promote` marks conversions that typing inserted, so that retyping can drop them again. */
function convert(primitive: "cast" | "promote", x: Expr, dtype: DType): Expr {
  if (x.dtype === dtype) return x;
  if (x.kind !== "const") return node(primitive, [x], dtype);
  const { fromFloat, round } = dtypes[dtype];
  return constant((isFloat(x.dtype) ? fromFloat : round)(x.value), dtype);
}

export function apply(name: string, row: Primitive, operands: readonly Operand[]): Expr {
  const weak = operands.map(weakValue);
  const known = operands.map((x, i) => (weak[i] === null ? (x as Expr).dtype : null));
  const { inputs, result } = row.types(name, known, weak);
  const args = operands.map((x, i) => {
    const dtype = inputs[i] as DType;
    return convert("promote", weak[i] === null ? (x as Expr) : settle(x, dtype), dtype);
  });
  if (args.every((x): x is Constant => x.kind === "const")) {
    const run = isFloat(result) ? row.run : (row.runInteger ?? row.run);
    return constant(dtypes[result].round(run(...args.map((x) => x.value))), result);
  }
  const made = row.simplify?.(...args) ?? node(name, args, result);
  const numbers = weak.filter((x) => x !== null);
  const decided = known.some((dtype, i) => dtype !== null && inputs[i] === result);
  if (result !== "bool" && numbers.length && !decided && weakValue(made) === null)
    undecided.set(
      made,
      row.types === floating
        ? 0.5
        : (numbers.find((x) => !Number.isInteger(x)) ?? (numbers[0] as number)),
    );
  return made;
}
