/**
 * Module 0.8 — Operators.
 *
 * An operator is a formula with a name. Called with numbers it gives a number; called inside
 * another definition it becomes part of that formula. What autodiff needs of it, the way a
 * cotangent goes back to each input, is made once and is an operator again, so every order of
 * derivative exists.
 */
import { compile, interpret } from "./compile.ts";
import { differentiate } from "./derivative.ts";
import { type DType, isFloat } from "./dtype.ts";
import { mustBeFunction, notADefinition, notAFormula, wrongArity } from "./errors.ts";
import {
  argument,
  constant,
  type Expr,
  type Operand,
  postorder,
  substitute,
  underDefinition,
} from "./expression.ts";
import { common, type Primitive, settle, weakValue } from "./primitive.ts";
import { call, definePrimitive, rowOf } from "./primitives.ts";
import { expand, retype } from "./retype.ts";

export interface Operator<N extends number = number> {
  (...x: number[]): number;
  (...x: Operand[]): Expr;
  /** A small integer: what recorded programs are keyed by. */
  readonly id: number;
  readonly name: string;
  readonly arity: N;
  /** The definition as it was written: operators with a derivative of their own are calls in it. */
  readonly formula: Expr;
  /** The formula for inputs of these dtypes (made once for each), in primitives only. */
  at(...inputs: readonly DType[]): Expr;
  /** The same as a JavaScript function. */
  compiled(...inputs: readonly DType[]): (...x: number[]) => number;
  /** How a cotangent goes back to input i; null: the derivative is zero everywhere. */
  pullback(i: number): Pullback | null;
}

/**
 * `operator` over exactly the values it needs, so that nothing else is kept alive; null: the
 * cotangent itself. As operators act on each element alone, the same rule carries tangents forward.
 */
export interface Pullback {
  readonly operator: Operator | null;
  readonly from: readonly ("cotangent" | "output" | number)[];
}

export interface OperatorOptions {
  /** What numbers stand for when the formula is written down; "u32" for operators on bits. */
  readonly dtype?: DType;
  /** ∂y/∂xᵢ instead of the derivative of the formula: a stabler form, a subgradient, a surrogate. */
  readonly partials?: NonNullable<Primitive["partials"]>;
}

let count = 0;
/** Rows of formulas whose derivative is stated. */
let rows = 0;
/** Equal formulas are one operator: a pullback that is x·y is `mul` itself. */
const known = new Map<Expr, Operator>();
/** Operators that are one primitive, by its name. */
const plain = new Map<string, Operator>();

/** Makes each value once. */
function once<T>(make: (...inputs: DType[]) => T): (...inputs: DType[]) => T {
  const made = new Map<string, T>();
  return (...inputs) => {
    const key = inputs.join();
    const value = made.get(key) ?? make(...inputs);
    made.set(key, value);
    return value;
  };
}

/** A definition as it was written, and with a row of its own where its derivative is stated. */
interface Written {
  readonly definition: Expr;
  readonly formula: Expr;
}

/** An operator whose formula is asked for when it is first needed. */
function operatorOf(name: string, arity: number, canonical: DType, write: () => Written): Operator {
  let text: Written | undefined;
  const written = (): Written => {
    text ??= write();
    return text;
  };
  const pullbacks: (Pullback | null)[] = [];

  const inline = (x: readonly Operand[]): Expr => {
    const e = retype(written().formula, x);
    return typeof e === "number" ? constant(e, canonical) : e;
  };
  /** On numbers; compiled at the first call. */
  let run = (...first: number[]): number => {
    run = compiled(...new Array<DType>(arity).fill(canonical));
    return run(...first);
  };
  const general = (given: readonly (Operand | undefined)[]): Operand => {
    const x = given.filter((value) => value !== undefined);
    if (x.length !== arity) throw wrongArity(name, arity, x.length);
    return x.every((value) => typeof value === "number") ? run(...x) : inline(x);
  };
  // Scalars call operators on numbers all day: one and two arguments take no detour.
  const second = arity === 1 ? "undefined" : "number";
  const operator = ((x: Operand, y: Operand, ...more: Operand[]) =>
    arity < 3 && typeof x === "number" && typeof y === second && !more.length
      ? run(x, y as number)
      : general([x, y, ...more])) as Operator;

  const at = once((...inputs) => {
    if (inputs.length !== arity) throw wrongArity(name, arity, inputs.length);
    const typed = inline(inputs.map((dtype, i) => argument(i, dtype)));
    return expand(settle(typed, common(name, inputs, [weakValue(typed)])));
  });
  const compiled = once((...inputs) => compile(at(...inputs), arity));
  const pullback = (i: number): Pullback | null => {
    if (!(i in pullbacks)) pullbacks[i] = pullbackOf(name, written().formula, arity, canonical, i);
    return pullbacks[i] as Pullback | null;
  };
  Object.defineProperties(operator, {
    name: { value: name },
    formula: { get: () => written().definition },
  });
  return Object.assign(operator, { id: count++, arity, at, compiled, pullback });
}

/** g ↦ g · ∂y/∂xᵢ as an operator over what it reads: the cotangent, the output, some inputs. */
function pullbackOf(
  name: string,
  formula: Expr,
  arity: number,
  canonical: DType,
  i: number,
): Pullback | null {
  if (!isFloat(canonical)) return null; // bits have no derivative
  const output = argument(arity, formula.dtype);
  const cotangent = argument(arity + 1, formula.dtype);
  const derivative = differentiate(formula, (k) => (k === i ? cotangent : null));
  if (!derivative) return null;
  const pulled = substitute(derivative, (x) =>
    x === formula && x.kind === "call" ? output : undefined,
  );
  if (pulled === cotangent) return { operator: null, from: ["cotangent"] };
  const reads = new Set(postorder(pulled).map((x) => x.kind === "arg" && x.index));
  const order = [arity + 1, arity, ...Array.from({ length: arity }, (_, k) => k)];
  const needed = order.filter((k) => reads.has(k));
  const renumbered = substitute(pulled, (x) =>
    x.kind === "arg" ? argument(needed.indexOf(x.index), x.dtype) : undefined,
  );
  const named = renumbered.kind === "call" && plain.get(renumbered.primitive);
  let operator = named && named.formula === renumbered ? named : known.get(renumbered);
  if (operator?.arity !== needed.length) {
    const written = { formula: renumbered, definition: renumbered };
    operator = operatorOf(`${name}′${i}`, needed.length, canonical, () => written);
    known.set(renumbered, operator);
  }
  const from = needed.map((k) => (k > arity ? "cotangent" : k === arity ? "output" : k));
  return { operator, from };
}

/**
 * An operator of your own, written with the ones there are. It gets every derivative, fuses with
 * its neighbours and runs on every device.
 * @throws OperatorError if the definition takes no values, returns no formula, or uses one as a number.
 * @example
 * const swish = defineOperator("swish", (x, beta) => mul(x, sigmoid(mul(beta, x))));
 * swish(1, 2); // 0.8807970779778824
 */
export function defineOperator<const X extends Expr[]>(
  name: string,
  define: (...x: X) => Operand,
  options: OperatorOptions = {},
): Operator<X["length"]> {
  mustBeFunction("defineOperator", define, notADefinition);
  const arity = define.length;
  if (arity === 0) throw wrongArity(name, 1, 0);
  const canonical = options.dtype ?? "f64";
  const written = write(name, define as unknown as Define, arity, options);
  const same = known.get(written.formula);
  if (same?.name === name && same.arity === arity) return same as Operator<never>;
  const operator = operatorOf(name, arity, canonical, () => written);
  if (!same) known.set(written.formula, operator);
  return operator as Operator<never>;
}

type Define = (...x: readonly Expr[]) => Operand;

/** Writes a definition down. @throws OperatorError */
function write(name: string, define: Define, arity: number, options: OperatorOptions): Written {
  const { dtype: canonical = "f64", partials } = options;
  const x = Array.from({ length: arity }, (_, i) => argument(i, canonical));
  const written: unknown = underDefinition(name, () => define(...x));
  if (!isOperand(written)) throw notAFormula(name, written);
  const definition = settle(written, canonical);
  if (!partials) return { definition, formula: definition };
  const row = overridden(name, arity, definition, { partials, lower: define });
  return { definition, formula: call(row, ...x) };
}

/** The same for tables of operators: written down when it is first needed, if it ever is. */
export function writtenLater<N extends number>(
  name: string,
  define: Define,
  arity: N,
  options: OperatorOptions = {},
): Operator<N> {
  const operator: Operator = operatorOf(name, arity, options.dtype ?? "f64", () => {
    const written = write(name, define, arity, options);
    if (!known.has(written.formula)) known.set(written.formula, operator);
    return written;
  });
  return operator as Operator<N>;
}

const isOperand = (x: unknown): x is Operand =>
  typeof x === "number" || (typeof x === "object" && x !== null && "kind" in x);

type Row = Required<Pick<Primitive, "partials" | "lower">>;
/** A row of its own for a formula whose derivative is given: calls of it keep that derivative. */
function overridden(name: string, arity: number, body: Expr, own: Row): string {
  const row = `${name}#${rows++}`;
  let run: Primitive["run"] | undefined;
  definePrimitive(row, {
    arity,
    types: (_, inputs, weak) => {
      const values = inputs.map((dtype, i) => (dtype ? argument(i, dtype) : (weak[i] as number)));
      const beside = common(name, inputs, weak);
      const result = settle(retype(body, values), beside).dtype;
      return { inputs: inputs.map((dtype) => dtype ?? beside), result };
    },
    js: () => row, // never printed: it is written out before
    run: (...x) => {
      run ??= interpret(body);
      return run(...x);
    },
    ...own,
  });
  return row;
}

/** An operator of one value; as `defineOperator`, but written down when it is first needed. */
export const unary = (
  name: string,
  define: (x: Expr) => Operand,
  options?: OperatorOptions,
): Operator<1> => writtenLater(name, define as Define, 1, options);

/** An operator of two values, like `unary`. */
export const binary = (
  name: string,
  define: (x: Expr, y: Expr) => Operand,
  options?: OperatorOptions,
): Operator<2> => writtenLater(name, define as Define, 2, options);

/** An operator of three values, like `unary`. */
export const ternary = (
  name: string,
  define: (x: Expr, y: Expr, z: Expr) => Operand,
  options?: OperatorOptions,
): Operator<3> => writtenLater(name, define as Define, 3, options);

/** A primitive, as an operator, like `unary`. */
export function primitive<N extends number>(
  name: string,
  arity: N,
  options?: OperatorOptions,
): Operator<N> {
  rowOf(name);
  const operator = writtenLater(name, (...x) => call(name, ...x), arity, options);
  plain.set(name, operator);
  return operator;
}
