/**
 * Module 0.4 — The primitives.
 *
 * Everything else is written in these. A row states the JavaScript twice, as text for the compiler
 * and as a function for constants and for hosts without `new Function`; a test holds them equal.
 * Derivatives are those of any calculus table; `null` is a structural zero, and a number stands for
 * a constant of whatever dtype is beside it.
 */
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
  unchanged,
} from "./primitive.ts";

const is = (x: Expr | undefined, value: number): boolean =>
  x?.kind === "const" && Object.is(x.value, value);
const isCall = (x: Expr | undefined, primitive: string): boolean =>
  x?.kind === "call" && x.primitive === primitive;
/** A floating function that JavaScript's Math has under the same name. */
const math = (
  name: Exclude<keyof Math, symbol>,
  partials: Primitive["partials"],
  arity = 1,
): Primitive => ({
  arity,
  types: floating,
  js: (...x) => `Math.${name}(${x.join(", ")})`,
  run: Math[name] as (...x: number[]) => number,
  cost: 8,
  partials,
});
/** Rounds to a whole number: constant between jumps, so the derivative is zero. */
const rounding = (js: (x: string) => string, run: (x: number) => number): Primitive => ({
  arity: 1,
  types: unchanged,
  js: js as Primitive["js"],
  run,
  jsInteger: (x) => x as string,
  runInteger: (x) => x,
  exact: true,
  partials: () => [null],
});
const compares = (
  sign: string,
  run: (x: number, y: number) => boolean,
  shown: string = sign,
): Primitive => ({
  arity: 2,
  types: comparison,
  js: (x, y) => `(${x} ${sign} ${y} ? 1 : 0)`,
  run: (x, y) => Number(run(x, y)),
  exact: true,
  partials: () => [null, null],
  infix: [shown, 2],
});
const bits = (
  sign: string,
  run: (x: number, y: number) => number,
  infix: NonNullable<Primitive["infix"]>,
): Primitive => ({
  arity: 2,
  types: bitwise,
  js: (x, y) => `(${x} ${sign} ${y})`,
  run: (x, y) => run(x, y),
  partials: () => [null, null],
  infix,
});
/** ½ where the two are equal, so that ties share the cotangent. */
const share = (x: Expr, y: Expr, wins: Operand): Operand =>
  call("where", call("eq", x, y), 0.5, call("where", wins, 1, 0));

export const primitives: Readonly<Record<string, Primitive>> = {
  add: {
    arity: 2,
    types: arithmetic,
    js: (x, y) => `(${x} + ${y})`,
    run: (x, y) => x + y,
    partials: () => [1, 1],
    // x + −0 = x for every x; x + 0 is not (−0 + 0 = 0)
    simplify: (x, y) => (is(y, -0) ? x : is(x, -0) ? y : undefined),
    infix: ["+", 4],
  },
  sub: {
    arity: 2,
    types: arithmetic,
    js: (x, y) => `(${x} - ${y})`,
    run: (x, y) => x - y,
    partials: () => [1, -1],
    simplify: (x, y) => (is(y, 0) ? x : undefined),
    infix: ["-", 4],
  },
  mul: {
    arity: 2,
    types: arithmetic,
    js: (x, y) => `(${x} * ${y})`,
    run: (x, y) => x * y,
    jsInteger: (x, y) => `Math.imul(${x}, ${y})`,
    runInteger: Math.imul,
    partials: (_, x, y) => [y, x], // d(x·y) = y·dx + x·dy
    simplify: (x, y) =>
      is(y, 1) ? x : is(x, 1) ? y : is(x, -1) ? neg(y) : is(y, -1) ? neg(x) : undefined,
    infix: ["·", 5],
  },
  div: {
    arity: 2,
    types: floating,
    js: (x, y) => `(${x} / ${y})`,
    run: (x, y) => x / y,
    partials: (z, _, y) => [call("div", 1, y), neg(call("div", z, y))],
    simplify: (x, y) => (is(y, 1) ? x : undefined),
    infix: ["/", 5],
  },
  rem: {
    arity: 2,
    types: arithmetic,
    js: (x, y) => `(${x} % ${y})`, // the sign of x; integers by zero give 0
    run: (x, y) => x % y,
    partials: (_, x, y) => [1, neg(call("trunc", call("div", x, y)))],
    infix: ["%", 5],
  },
  neg: {
    arity: 1,
    types: arithmetic,
    js: (x) => `(-${x})`,
    run: (x) => -x,
    partials: () => [-1],
    simplify: (x) => (x?.kind === "call" && isCall(x, "neg") ? x.args[0] : undefined),
  },
  abs: {
    arity: 1,
    types: arithmetic,
    js: (x) => `Math.abs(${x})`,
    run: Math.abs,
    // d|x| = sign(x)·dx, 0 at 0
    partials: (_, x) => [
      call("where", call("lt", 0, x), 1, call("where", call("lt", x, 0), -1, 0)),
    ],
  },
  min: {
    arity: 2,
    types: unchanged,
    js: (x, y) => `Math.min(${x}, ${y})`, // NaN wins
    run: Math.min,
    exact: true,
    partials: (_, x, y) => [share(x, y, call("lt", x, y)), share(x, y, call("lt", y, x))],
  },
  max: {
    arity: 2,
    types: unchanged,
    js: (x, y) => `Math.max(${x}, ${y})`,
    run: Math.max,
    exact: true,
    partials: (_, x, y) => [share(x, y, call("lt", y, x)), share(x, y, call("lt", x, y))],
  },
  floor: rounding((x) => `Math.floor(${x})`, Math.floor),
  ceil: rounding((x) => `Math.ceil(${x})`, Math.ceil),
  trunc: rounding((x) => `Math.trunc(${x})`, Math.trunc),
  // Halves go to the even neighbour: adding and taking away 2⁵² rounds so in f64.
  round: rounding(
    (x) =>
      `(Math.abs(${x}) < 0x10000000000000 ? Math.sign(${x}) * (Math.abs(${x}) + 0x10000000000000 - 0x10000000000000) : ${x})`,
    (x) => {
      const big = 2 ** 52;
      return Math.abs(x) < big ? Math.sign(x) * (Math.abs(x) + big - big) : x;
    },
  ),

  sqrt: math("sqrt", (y) => [call("div", 0.5, y)]),
  exp: math("exp", (y) => [y]),
  exp2: {
    arity: 1,
    types: floating,
    cost: 8,
    js: (x) => `(2 ** ${x})`,
    run: (x) => 2 ** x,
    partials: (y) => [call("mul", Math.LN2, y)],
  },
  expm1: math("expm1", (_, x) => [call("exp", x)]), // not y + 1, which is 0 far to the left
  log: math("log", (_, x) => [call("div", 1, x)]),
  log2: math("log2", (_, x) => [call("div", Math.LOG2E, x)]),
  log1p: math("log1p", (_, x) => [call("div", 1, call("add", 1, x))]),
  pow: {
    arity: 2,
    types: floating,
    cost: 8,
    js: (x, y) => `(${x} ** ${y})`,
    run: (x, y) => x ** y,
    partials: (z, x, y) => [
      // d(xʸ) = y·xʸ⁻¹·dx + xʸ·ln x·dy; a zero exponent or base leaves no term
      call("where", call("eq", y, 0), 0, call("mul", y, call("pow", x, call("sub", y, 1)))),
      call("where", call("eq", z, 0), 0, call("mul", z, call("log", x))),
    ],
    infix: ["^", 7],
  },
  sin: math("sin", (_, x) => [call("cos", x)]),
  cos: math("cos", (_, x) => [neg(call("sin", x))]),
  tan: math("tan", (y) => [call("add", 1, call("mul", y, y))]),
  asin: math("asin", (_, x) => [call("div", 1, call("sqrt", oneMinusSquare(x)))]),
  acos: math("acos", (_, x) => [call("div", -1, call("sqrt", oneMinusSquare(x)))]),
  atan: math("atan", (_, x) => [call("div", 1, call("add", 1, call("mul", x, x)))]),
  atan2: math(
    "atan2",
    (_, y, x) => {
      const r = call("hypot", x, y);
      return [call("div", call("div", x, r), r), neg(call("div", call("div", y, r), r))];
    },
    2,
  ),
  // √(x² + y²) with no square out of range
  hypot: math("hypot", (z, x, y) => [call("div", x, z), call("div", y, z)], 2),
  sinh: math("sinh", (_, x) => [call("cosh", x)]),
  cosh: math("cosh", (_, x) => [call("sinh", x)]),
  tanh: math("tanh", (y) => [oneMinusSquare(y)]),
  asinh: math("asinh", (_, x) => [call("div", 1, call("hypot", 1, x))]),
  acosh: math("acosh", (_, x) => [
    // √(x − 1)·√(x + 1), not √(x² − 1): the square overflows and cancels
    call("div", 1, call("mul", call("sqrt", call("sub", x, 1)), call("sqrt", call("add", x, 1)))),
  ]),
  atanh: math("atanh", (_, x) => [call("div", 1, oneMinusSquare(x))]),

  eq: compares("===", (x, y) => x === y, "="),
  ne: compares("!==", (x, y) => x !== y, "≠"),
  lt: compares("<", (x, y) => x < y),
  le: compares("<=", (x, y) => x <= y, "≤"),
  and: {
    arity: 2,
    types: logical,
    js: (x, y) => `(${x} & ${y})`,
    run: (x, y) => x & y,
    exact: true,
    partials: () => [null, null],
    infix: ["∧", 1],
  },
  or: {
    arity: 2,
    types: logical,
    js: (x, y) => `(${x} | ${y})`,
    run: (x, y) => x | y,
    exact: true,
    partials: () => [null, null],
    infix: ["∨", 1],
  },
  not: {
    arity: 1,
    types: logical,
    js: (x) => `(${x} ^ 1)`,
    run: (x) => x ^ 1,
    exact: true,
    partials: () => [null],
  },
  where: {
    arity: 3,
    types: choice,
    js: (condition, x, y) => `(${condition} ? ${x} : ${y})`,
    run: (condition, x, y) => (condition ? x : y),
    exact: true,
    partials: (_, condition) => [
      null,
      call("where", condition, 1, 0),
      call("where", condition, 0, 1),
    ],
    // A branch that was not taken contributes nothing, even where its derivative is infinite.
    chain: ([, dx, dy], condition, x) => {
      if (!dx && !dy) return null;
      const zero = constant(0, x.dtype);
      return call("where", condition, dx ?? zero, dy ?? zero);
    },
    simplify: (condition, x, y) =>
      condition?.kind === "const" ? (condition.value ? x : y) : x === y ? x : undefined,
  },

  bitAnd: bits("&", (x, y) => x & y, ["&", 1]),
  bitOr: bits("|", (x, y) => x | y, ["|", 1]),
  bitXor: bits("^", (x, y) => x ^ y, ["⊕", 1]),
  bitNot: {
    arity: 1,
    types: bitwise,
    js: (x) => `(~${x})`,
    run: (x) => ~x,
    partials: () => [null],
  },
  shiftLeft: bits("<<", (x, y) => x << y, ["<<", 3]),
  /** Zeros come in from the left, for signed integers too. */
  shiftRight: bits(">>>", (x, y) => x >>> y, [">>>", 3]),
};

const neg = (x: Operand | undefined): Expr => call("neg", x as Operand);
const oneMinusSquare = (x: Expr): Expr => call("mul", call("sub", 1, x), call("add", 1, x)); // (1 − x)(1 + x) keeps digits near ±1

/** Rows added by operators that override their derivative: a definition and its partials. */
const defined = new Map<string, Primitive>();
export const isDefined = (name: string): boolean => defined.has(name);
export const definePrimitive = (name: string, row: Primitive): void => void defined.set(name, row);

export function rowOf(name: string): Primitive {
  const row = defined.get(name) ?? primitives[name];
  if (!row)
    throw new Error(`no primitive "${name}"; known: ${Object.keys(primitives).join(", ")}.`);
  return row;
}

/** About how many additions a primitive costs: what a scheduler weighs recomputing by. */
export const costOfPrimitive = (name: string): number =>
  name === "cast" || name === "promote" ? 1 : (rowOf(name).cost ?? 1);

/** Applies a primitive by name. */
export const call = (name: string, ...operands: readonly Operand[]): Expr =>
  apply(name, rowOf(name), operands);
