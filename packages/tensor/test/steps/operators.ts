/** Module 2 — Steps of random programs: operators, and changes of dtype. */
import { isFloat, type Operator, operators, promote } from "@mt/operators";
import type { Tensor } from "../../src/index.ts";
import { type Action, type Choices, dtypeOf, type Program, type Value } from "../values.ts";

/** Operators that keep whole numbers whole. */
const exactOperators: readonly Operator[] = (
  "id add sub mul neg abs maximum minimum eq ne lt le gt ge logicalAnd logicalOr logicalNot " +
  "logicalXor where floor ceil round trunc sign relu square clamp mod rem leakyRelu"
)
  .split(" ")
  .map((name) => (operators as unknown as Record<string, Operator>)[name] as Operator);
const allOperators = Object.values(operators as unknown as Record<string, Operator>);
const bitwise = new Set<string>("bitAnd bitOr bitXor bitNot shiftLeft shiftRight".split(" "));

/**
 * Brings operands to where an operator has finite values; the rest take anything. NaN and ∞ are left
 * out because a contraction skips padding, where 0 · NaN would be NaN.
 */
const positive = (x: Tensor): Tensor => x.abs().add(0.5);
const unit = (x: Tensor): Tensor => x.tanh().mul(0.75);
const small = (x: Tensor): Tensor => x.clamp(-3, 3);
const ranges: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  ...Object.fromEntries("log log2 log1p sqrt rsqrt".split(" ").map((name) => [name, positive])),
  ...Object.fromEntries("asin acos atanh tan".split(" ").map((name) => [name, unit])),
  ...Object.fromEntries("exp exp2 expm1 sinh cosh".split(" ").map((name) => [name, small])),
  acosh: (x) => positive(x).add(1),
  pow: (x) => small(positive(x)),
  inv: positive,
};

/** Another operand that broadcasts with x: a number, a value so far, or a new leaf. */
function beside(p: Program, c: Choices, x: Tensor): Value | number {
  const way = c.below(4);
  if (way === 0) return c.below(7) - 3;
  const { x: y, bound } = p.value(c);
  const fits =
    x.node.shape.with(y.node.shape) !== null && promote(x.dtype, y.dtype) !== null && way < 3;
  if (fits) return { x: y, bound };
  const shape = x.shape.slice(c.below(x.rank + 1)).map((n) => (c.once(3) ? 1 : n));
  return { x: p.leaf(c, shape, x.dtype), bound: 6 };
}

export const operatorStep: Action = (p, c, { exact }) => {
  const operator = c.pick(exact ? exactOperators : allOperators);
  const first = p.value(c);
  if (bitwise.has(operator.name) && (isFloat(first.x.dtype) || first.x.dtype === "bool")) return;
  const range = ranges[operator.name] ?? ((x: Tensor): Tensor => x);
  const others = Array.from({ length: operator.arity - 1 }, () => beside(p, c, first.x));
  const divides = ["div", "mod", "rem"].includes(operator.name);
  const notZero = (y: Tensor | number): Tensor | number =>
    typeof y === "number" ? y || 2 : y.abs().add(1);
  const tensors = others
    .map((y) => (typeof y === "number" ? y : y.x))
    .map((y) => (divides ? notZero(y) : y));
  const types = [first.x.dtype, ...tensors.map((y) => (typeof y === "number" ? "bool" : y.dtype))];
  if (types.includes("i32") && types.includes("u32")) return;
  const [second, third] = tensors.map((y) => (typeof y === "number" ? null : y.node.shape));
  if (second && third && !second.with(third)) return;
  if (bitwise.has(operator.name) && types.some((d) => isFloat(d))) return;
  const bounds = [first, ...others].map((y) => (typeof y === "number" ? 3 : y.bound));
  const grows = ["mul", "square", "leakyRelu"].includes(operator.name);
  const bound = bounds.reduce((a, b) => (grows ? a * b : a + b), grows ? (bounds[0] as number) : 0);
  p.add(range(first.x).map(operator, ...tensors), bound);
};

export const castStep: Action = (p, c, manner) => {
  const { x, bound } = p.value(c);
  if (!manner.tame && c.once(6)) return p.add(x.detach(), bound);
  p.add(x.to(dtypeOf(c, manner)), bound);
};
