/**
 * Module 0.4 — The primitives.
 *
 * Everything else is written in these. A row states the JavaScript twice, as text for the compiler
 * and as a function for constants and for hosts without `new Function`; a test holds them equal.
 * Derivatives are those of any calculus table; `null` is a structural zero, and a number stands for
 * a constant of whatever dtype is beside it. What only jumps has none.
 */
import { isFloat } from "./dtype.ts";
import { constant, type Expr, type Operand } from "./expression.ts";
import {
  apply,
  arithmetic,
  bitwise,
  choice,
  comparison,
  floating,
  logical,
  type Primitive,
  type TypeRule,
  unchanged,
} from "./primitive.ts";

type Options = Partial<Primitive>;

/** A sign between two atoms. */
const infix = (
  sign: string,
  types: TypeRule,
  run: (x: number, y: number) => number,
  options?: Options,
): Primitive => ({ arity: 2, types, js: (x, y) => `(${x} ${sign} ${y})`, run, ...options });
const compares = (sign: string, holds: (x: number, y: number) => boolean): Primitive =>
  infix(sign, comparison, (x, y) => Number(holds(x, y)), {
    js: (x, y) => `(${x} ${sign} ${y} ? 1 : 0)`,
    exact: true,
  });
/** A sign before an atom. */
const prefix = (
  types: TypeRule,
  js: (x: string) => string,
  run: (x: number) => number,
  options?: Options,
): Primitive => ({ arity: 1, types, js: js as Primitive["js"], run, ...options });

/** A function that JavaScript's Math has under the same name. */
const math = (name: Exclude<keyof Math, symbol>, types: TypeRule, options?: Options): Primitive => {
  const run = Math[name] as Primitive["run"];
  const js: Primitive["js"] = (...x) => `Math.${name}(${x.join(", ")})`;
  return { arity: run.length, types, js, run, ...options };
};
/** One that takes and gives floats. */
const curve = (
  name: Exclude<keyof Math, symbol>,
  partials: NonNullable<Primitive["partials"]>,
): Primitive => math(name, floating, { cost: 8, partials });
/** Integers are whole already. */
const rounding: Options = {
  jsInteger: (x) => x as string,
  runInteger: (x) => x as number,
  exact: true,
};

const is = (x: Expr | undefined, value: number): boolean =>
  x?.kind === "const" && Object.is(x.value, value);
/** ½ where the two are equal, so that ties share the cotangent. */
const share = (x: Expr, y: Expr, wins: Operand): Operand =>
  where(call("eq", x, y), 0.5, where(wins, 1, 0));
const oneMinusSquare = (x: Expr): Expr => mul(sub(1, x), add(1, x)); // keeps digits near ±1

export const primitives: Readonly<Record<string, Primitive>> = {
  add: infix("+", arithmetic, (x, y) => x + y, {
    partials: () => [1, 1],
    // x + −0 = x for every x; x + 0 is not (−0 + 0 = 0)
    simplify: (x, y) => (is(y, -0) ? x : is(x, -0) ? y : undefined),
  }),
  sub: infix("-", arithmetic, (x, y) => x - y, {
    partials: () => [1, -1],
    simplify: (x, y) => (is(y, 0) ? x : undefined),
  }),
  mul: infix("*", arithmetic, (x, y) => x * y, {
    jsInteger: (x, y) => `Math.imul(${x}, ${y})`,
    runInteger: Math.imul,
    partials: (_, x, y) => [y, x], // d(x·y) = y·dx + x·dy
    simplify: (x, y) =>
      is(y, 1) ? x : is(x, 1) ? y : is(x, -1) ? neg(y) : is(y, -1) ? neg(x) : undefined,
  }),
  div: infix("/", floating, (x, y) => x / y, {
    partials: (z, _, y) => [div(1, y), neg(div(z, y))],
    simplify: (x, y) => (is(y, 1) ? x : undefined),
  }),
  // the sign of x; integers by zero give 0
  rem: infix("%", arithmetic, (x, y) => x % y, {
    partials: (_, x, y) => [1, neg(call("trunc", div(x, y)))],
  }),
  neg: prefix(
    arithmetic,
    (x) => `(-${x})`,
    (x) => -x,
    {
      partials: () => [-1],
      simplify: (x) => (x?.kind === "call" && x.primitive === "neg" ? x.args[0] : undefined),
    },
  ),
  // d|x| = sign(x)·dx, 0 at 0
  abs: math("abs", arithmetic, {
    partials: (_, x) => [where(call("lt", 0, x), 1, where(call("lt", x, 0), -1, 0))],
  }),
  // NaN wins
  min: math("min", unchanged, {
    exact: true,
    partials: (_, x, y) => [share(x, y, call("lt", x, y)), share(x, y, call("lt", y, x))],
  }),
  max: math("max", unchanged, {
    exact: true,
    partials: (_, x, y) => [share(x, y, call("lt", y, x)), share(x, y, call("lt", x, y))],
  }),
  floor: math("floor", unchanged, rounding),
  ceil: math("ceil", unchanged, rounding),
  trunc: math("trunc", unchanged, rounding),
  // Halves go to the even neighbour: adding and taking away 2⁵² rounds so in f64.
  round: prefix(
    unchanged,
    (x) =>
      `(Math.abs(${x}) < 2 ** 52 ? Math.sign(${x}) * (Math.abs(${x}) + 2 ** 52 - 2 ** 52) : ${x})`,
    (x) => (Math.abs(x) < 2 ** 52 ? Math.sign(x) * (Math.abs(x) + 2 ** 52 - 2 ** 52) : x),
    rounding,
  ),

  sqrt: curve("sqrt", (y) => [div(0.5, y)]),
  exp: curve("exp", (y) => [y]),
  exp2: prefix(
    floating,
    (x) => `(2 ** ${x})`,
    (x) => 2 ** x,
    {
      cost: 8,
      partials: (y) => [mul(Math.LN2, y)],
    },
  ),
  expm1: curve("expm1", (_, x) => [call("exp", x)]), // not y + 1, which is 0 far to the left
  log: curve("log", (_, x) => [div(1, x)]),
  log2: curve("log2", (_, x) => [div(Math.LOG2E, x)]),
  log1p: curve("log1p", (_, x) => [div(1, add(1, x))]),
  pow: infix("**", floating, (x, y) => x ** y, {
    cost: 8,
    partials: (z, x, y) => [
      // d(xʸ) = y·xʸ⁻¹·dx + xʸ·ln x·dy; a zero exponent or base leaves no term
      where(call("eq", y, 0), 0, mul(y, call("pow", x, sub(y, 1)))),
      where(call("eq", z, 0), 0, mul(z, call("log", x))),
    ],
  }),
  sin: curve("sin", (_, x) => [call("cos", x)]),
  cos: curve("cos", (_, x) => [neg(call("sin", x))]),
  tan: curve("tan", (y) => [add(1, mul(y, y))]),
  asin: curve("asin", (_, x) => [div(1, call("sqrt", oneMinusSquare(x)))]),
  acos: curve("acos", (_, x) => [div(-1, call("sqrt", oneMinusSquare(x)))]),
  atan: curve("atan", (_, x) => [div(1, add(1, mul(x, x)))]),
  atan2: curve("atan2", (_, y, x) => {
    const r = call("hypot", x, y);
    return [div(div(x, r), r), neg(div(div(y, r), r))];
  }),
  // √(x² + y²) with no square out of range
  hypot: curve("hypot", (z, x, y) => [div(x, z), div(y, z)]),
  sinh: curve("sinh", (_, x) => [call("cosh", x)]),
  cosh: curve("cosh", (_, x) => [call("sinh", x)]),
  tanh: curve("tanh", (y) => [oneMinusSquare(y)]),
  asinh: curve("asinh", (_, x) => [div(1, call("hypot", 1, x))]),
  acosh: curve("acosh", (_, x) => [
    // √(x − 1)·√(x + 1), not √(x² − 1): the square overflows and cancels
    div(1, mul(call("sqrt", sub(x, 1)), call("sqrt", add(x, 1)))),
  ]),
  atanh: curve("atanh", (_, x) => [div(1, oneMinusSquare(x))]),

  eq: compares("===", (x, y) => x === y),
  ne: compares("!==", (x, y) => x !== y),
  lt: compares("<", (x, y) => x < y),
  le: compares("<=", (x, y) => x <= y),
  and: infix("&", logical, (x, y) => x & y, { exact: true }),
  or: infix("|", logical, (x, y) => x | y, { exact: true }),
  not: prefix(
    logical,
    (x) => `(${x} ^ 1)`,
    (x) => x ^ 1,
    { exact: true },
  ),
  where: {
    arity: 3,
    types: choice,
    js: (condition, x, y) => `(${condition} ? ${x} : ${y})`,
    run: (condition, x, y) => (condition ? x : y) as number,
    exact: true,
    // A branch that was not taken contributes nothing, even where its derivative is infinite.
    chain: ([, dx, dy], condition, x) => {
      const zero = constant(0, x?.dtype as "f64");
      return dx || dy ? where(condition as Expr, dx ?? zero, dy ?? zero) : null;
    },
    simplify: (condition, x, y) =>
      condition?.kind === "const" ? (condition.value ? x : y) : x === y ? x : undefined,
  },

  bitAnd: infix("&", bitwise, (x, y) => x & y),
  bitOr: infix("|", bitwise, (x, y) => x | y),
  bitXor: infix("^", bitwise, (x, y) => x ^ y),
  bitNot: prefix(
    bitwise,
    (x) => `(~${x})`,
    (x) => ~x,
  ),
  shiftLeft: infix("<<", bitwise, (x, y) => x << y),
  /** Zeros come in from the left, for signed integers too. */
  shiftRight: infix(">>>", bitwise, (x, y) => x >>> y),
};

/** A change of dtype is all in the rounding of its result. */
const conversion = prefix(
  unchanged,
  (x) => x,
  (x) => x,
  {
    partials: (y) => [isFloat(y.dtype) ? 1 : null],
  },
);
/** Rows beside the table: conversions, and what operators with a derivative of their own define. */
const defined = new Map<string, Primitive>([
  ["cast", conversion],
  ["promote", conversion],
]);
export const definePrimitive = (name: string, row: Primitive): void => void defined.set(name, row);

export function rowOf(name: string): Primitive {
  const row = defined.get(name) ?? primitives[name];
  if (!row)
    throw new Error(`no primitive "${name}"; known: ${Object.keys(primitives).join(", ")}.`);
  return row;
}

/** About how many additions a primitive costs: what a scheduler weighs recomputing by. */
export const costOfPrimitive = (name: string): number => rowOf(name).cost ?? 1;

/** Applies a primitive by name. */
export const call = (name: string, ...operands: readonly Operand[]): Expr =>
  apply(name, rowOf(name), operands);

// What formulas here and in what follows are mostly made of.
export const add = (x: Operand, y: Operand): Expr => call("add", x, y);
export const sub = (x: Operand, y: Operand): Expr => call("sub", x, y);
export const mul = (x: Operand, y: Operand): Expr => call("mul", x, y);
export const div = (x: Operand, y: Operand): Expr => call("div", x, y);
export const neg = (x: Operand | undefined): Expr => call("neg", x as Operand);
export const where = (condition: Operand, x: Operand, y: Operand): Expr =>
  call("where", condition, x, y);
