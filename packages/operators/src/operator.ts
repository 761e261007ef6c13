/**
 * Module 0.8 — Operators.
 *
 * An operator is a formula with a name. Called with numbers it gives a number; called inside
 * another definition it becomes part of that formula. What autodiff needs of it, the way a
 * cotangent goes back to each input, is made once and is an operator again, so every order of
 * derivative exists.
 */
import { compile } from "./compile.ts";
import { differentiate } from "./derivative.ts";
import type { DType } from "./dtype.ts";
import { wrongArity } from "./errors.ts";
import {
  argument,
  constant,
  type Expr,
  type Operand,
  postorder,
  substitute,
} from "./expression.ts";
import type { Primitive } from "./primitive.ts";
import { call, definePrimitive, rowOf } from "./primitives.ts";
import { expand, retype } from "./retype.ts";

export interface Operator<N extends number = number> {
  (...x: number[]): number;
  (...x: Operand[]): Expr;
  /** A small integer: what recorded programs are keyed by. */
  readonly id: number;
  readonly name: string;
  readonly arity: N;
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
  readonly partials?: Primitive["partials"];
}

let count = 0;
/** Equal formulas are one operator: a pullback that is x·y is `mul` itself. */
const known = new Map<Expr, Operator>();

function fromFormula(name: string, formula: Expr, arity: number, canonical: DType): Operator {
  const formulas = new Map<string, Expr>();
  const functions = new Map<string, (...x: number[]) => number>();
  const pullbacks: (Pullback | null)[] = [];
  const canonicalInputs = new Array<DType>(arity).fill(canonical);

  const inline = (x: readonly Operand[]): Expr => {
    const e = retype(formula, x);
    return typeof e === "number" ? constant(e, canonical) : e;
  };
  const operator = ((...x: Operand[]) => {
    if (x.length !== arity) throw wrongArity(name, arity, x.length);
    return x.every((value) => typeof value === "number")
      ? operator.compiled(...canonicalInputs)(...(x as number[]))
      : inline(x);
  }) as Operator;

  const at = (...inputs: DType[]): Expr => {
    const key = inputs.join();
    let e = formulas.get(key);
    if (!e) {
      if (inputs.length !== arity) throw wrongArity(name, arity, inputs.length);
      e = expand(inline(inputs.map((dtype, i) => argument(i, dtype))));
      formulas.set(key, e);
    }
    return e;
  };
  const compiled = (...inputs: DType[]): ((...x: number[]) => number) => {
    const key = inputs.join();
    let f = functions.get(key);
    if (!f) {
      f = compile(at(...inputs), arity);
      functions.set(key, f);
    }
    return f;
  };
  const pullback = (i: number): Pullback | null => {
    let rule = pullbacks[i];
    if (rule === undefined) {
      rule = pullbackOf(name, formula, arity, canonical, i);
      pullbacks[i] = rule;
    }
    return rule;
  };
  Object.defineProperty(operator, "name", { value: name });
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
  const output = argument(arity, formula.dtype);
  const cotangent = argument(arity + 1, formula.dtype);
  const derivative = differentiate(formula, (k) => (k === i ? cotangent : null));
  if (!derivative) return null;
  const pulled = substitute(derivative, (x) =>
    x === formula && x.kind === "call" ? output : undefined,
  );
  if (pulled === cotangent) return { operator: null, from: ["cotangent"] };
  const reads = postorder(pulled)
    .filter((x) => x.kind === "arg")
    .map((x) => x.index);
  const order = [arity + 1, arity, ...Array.from({ length: arity }, (_, k) => k)];
  const needed = order.filter((k) => reads.includes(k));
  const renumbered = substitute(pulled, (x) =>
    x.kind === "arg" ? argument(needed.indexOf(x.index), x.dtype) : undefined,
  );
  let operator = known.get(renumbered);
  if (!operator) {
    operator = fromFormula(`${name}′${i}`, renumbered, needed.length, canonical);
    known.set(renumbered, operator);
  }
  const from = needed.map((k) => (k > arity ? "cotangent" : k === arity ? "output" : k));
  return { operator, from };
}

/**
 * An operator of your own, written with the ones there are. It gets every derivative, fuses with
 * its neighbours and runs on every device.
 * @throws OperatorError if the definition takes no values.
 * @example
 * const swish = defineOperator("swish", (x, beta) => mul(x, sigmoid(mul(beta, x))));
 * swish(1, 2); // 0.8807970779778824
 */
export function defineOperator<const X extends Expr[]>(
  name: string,
  define: (...x: X) => Operand,
  options: OperatorOptions = {},
): Operator<X["length"]> {
  const arity = define.length;
  if (arity === 0) throw wrongArity(name, 1, 0);
  const canonical = options.dtype ?? "f64";
  const x = Array.from({ length: arity }, (_, i) => argument(i, canonical));
  const written = define(...(x as Expr[] as X));
  let formula = typeof written === "number" ? constant(written, canonical) : written;
  if (options.partials) {
    const row = `${name}#${count}`; // calls of it keep the derivative given here
    const body = formula;
    definePrimitive(row, {
      arity,
      types: (_, inputs, weak) => {
        const typed = retype(
          body,
          inputs.map((d, i) => (d ? argument(i, d) : (weak[i] as number))),
        );
        const result = typeof typed === "number" ? canonical : typed.dtype;
        return { inputs: inputs.map((d) => d ?? result), result };
      },
      js: () => row,
      run: compile(body, arity),
      partials: options.partials,
      lower: (...values) => retype(body, values),
    });
    formula = call(row, ...x);
  }
  const operator = known.get(formula) ?? fromFormula(name, formula, arity, canonical);
  if (operator.name !== name)
    return fromFormula(name, formula, arity, canonical) as Operator<never>;
  known.set(formula, operator);
  return operator as Operator<X["length"]>;
}

/** An operator of one value. */
export const unary = (
  name: string,
  define: (x: Expr) => Operand,
  options?: OperatorOptions,
): Operator<1> => defineOperator(name, (x) => define(x), options);

/** An operator of two values. */
export const binary = (
  name: string,
  define: (x: Expr, y: Expr) => Operand,
  options?: OperatorOptions,
): Operator<2> => defineOperator(name, (x, y) => define(x, y), options);

/** An operator of three values. */
export const ternary = (
  name: string,
  define: (x: Expr, y: Expr, z: Expr) => Operand,
  options?: OperatorOptions,
): Operator<3> => defineOperator(name, (x, y, z) => define(x, y, z), options);

/** A primitive, as an operator. */
export function primitive<N extends number>(
  name: string,
  arity: N,
  options?: OperatorOptions,
): Operator<N> {
  const define = (...x: Expr[]): Operand => call(name, ...x);
  Object.defineProperty(define, "length", { value: arity });
  rowOf(name);
  return defineOperator(name, define, options) as Operator<number> as Operator<N>;
}
