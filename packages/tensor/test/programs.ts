/**
 * Module 2 — Random programs.
 *
 * A program is a list of steps, a step a few random numbers that choose among everything that can
 * be done with the values so far. Any numbers make a valid program, so that a failing one shrinks
 * by leaving steps out. Values are reused, views are taken of views, several are outputs.
 */
import {
  add,
  defineMonoid,
  defineOperator,
  isFloat,
  mul,
  type Operator,
  operators,
  promote,
  sub,
} from "@mt/operators";
import fc from "fast-check";
import { contract, reduce } from "../src/graph/record.ts";
import {
  concat,
  cummax,
  cummin,
  cumprod,
  cumsum,
  median,
  put,
  putAlong,
  realize,
  type Shape,
  sort,
  stack,
  Tensor,
  take,
  takeAlong,
  tensor,
  topk,
} from "../src/index.ts";
import { dims, sizeOf } from "../src/shape.ts";
import { type Contraction, contraction } from "../src/views/contraction.ts";
import {
  Choices,
  dtypeChoices,
  type Manner,
  Program,
  randomOf,
  type Step,
  type Value,
} from "./values.ts";

export const programs = (length = 16): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.array(fc.nat(0xffff), { minLength: 14, maxLength: 14 }), {
    minLength: 3,
    maxLength: length,
  });

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

/** A monoid with no rule of its own, so that its gradient is a tree of `combine`: x + y − x·y. */
export const either = defineMonoid(
  "either",
  defineOperator("either", (x, y) => sub(add(x, y), mul(x, y))),
  () => 0,
);

type Action = (p: Program, c: Choices, manner: Manner) => void;

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

const operatorStep: Action = (p, c, { exact }) => {
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

const someAxes = (c: Choices, rank: number): number[] | undefined =>
  c.once(4) ? undefined : Array.from({ length: rank }, (_, k) => k).filter(() => c.below(2) === 0);
const productOf = (shape: Shape, axes: readonly number[] | undefined): number =>
  (axes ?? shape.map((_, k) => k)).reduce((n, k) => n * (shape[k] as number), 1);

const exactReductions = ["sum", "max", "min", "prod", "any", "all", "argmax", "argmin"] as const;
const reductions = [
  ...exactReductions,
  ...(["mean", "logsumexp", "variance", "softmax", "logSoftmax", "either"] as const),
] as const;

const reductionStep: Action = (p, c, { exact }) => {
  const { x, bound } = p.value(c);
  const axes = someAxes(c, x.rank);
  const keepDims = c.once(2);
  const n = productOf(x.shape, axes);
  const wide = isFloat(x.dtype) || exact ? x : x.to("f64");
  const kind = c.pick(exact ? exactReductions : reductions);
  if (kind === "softmax" || kind === "logSoftmax" || kind === "argmax" || kind === "argmin") {
    if (x.rank === 0 || x.size === 0) return;
    return p.add(x[kind](c.below(x.rank)), x.size);
  }
  if (kind === "either") {
    const list = axes ?? x.shape.map((_, k) => k);
    if (list.length) p.add(new Tensor(reduce(either, wide.node, list)), 0);
    return;
  }
  if (n === 0 && kind !== "sum" && kind !== "prod") return;
  if (exact && kind === "prod" && bound ** n > 1e6) return;
  const y =
    kind === "variance" ? x.variance(axes, 0, { keepDims }) : wide[kind](axes, { keepDims });
  p.add(y, kind === "sum" ? bound * n : kind === "prod" ? Math.max(1, bound) ** n : bound);
};

const moveSteps: Readonly<Record<string, (x: Tensor, c: Choices) => Tensor | undefined>> = {
  reshape: (x, c) => {
    if (x.size === 0) return x.reshape(0);
    const factors = [7, 5, 3, 2].flatMap((f) => {
      const list: number[] = [];
      for (let n = x.size; n % f === 0; n /= f) list.push(f);
      return list;
    });
    const shape: number[] = new Array(c.below(4) + 1).fill(1);
    let rest = x.size;
    for (const f of factors) {
      const axis = c.below(shape.length);
      shape[axis] = (shape[axis] as number) * f;
      rest /= f;
    }
    return rest === 1 ? x.reshape(shape) : x.reshape(-1);
  },
  permute: (x, c) => {
    const left = x.shape.map((_, k) => k);
    return x.permute(x.shape.map(() => left.splice(c.below(left.length), 1)[0] as number));
  },
  expand: (x, c) =>
    x.expand([
      ...new Array(c.below(2)).fill(c.pick([2, 3, 1, 5, 0])),
      ...x.shape.map((n) => (n === 1 ? c.pick([4, 1, 7, 3]) : n)),
    ]),
  pad: (x, c) =>
    x.pad(
      x.shape.map(() => [c.below(3), c.below(3)] as const),
      c.pick([0, 0, 1, -2, 5]),
    ),
  slice: (x, c) =>
    x.slice(
      ...x.shape.map((n) => {
        const way = c.below(5);
        if (way === 0 && n > 0) return c.below(n);
        if (way === 1) return null;
        const step = c.pick([1, 1, -1, 2, -2, 3]);
        return { start: c.below(n + 1) - (way === 3 ? n : 0), step };
      }),
    ),
  diagonal: (x, c) => {
    if (x.rank < 2) return undefined;
    const a = c.below(x.rank);
    return x.diagonal(a, (a + 1 + c.below(x.rank - 1)) % x.rank);
  },
  unfold: (x, c) => {
    if (x.rank === 0) return undefined;
    const axis = c.below(x.rank);
    const [size, step, dilation] = [c.below(3) + 1, c.below(3) + 1, c.below(2) + 1];
    if (dilation * (size - 1) + 1 > (x.shape[axis] as number)) return undefined;
    return x.unfold(axis, size, step, dilation);
  },
  flip: (x, c) => x.flip(someAxes(c, x.rank)),
};
const moveNames = Object.keys(moveSteps);

const moveStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  const y = moveSteps[c.pick(moveNames)]?.(x, c);
  if (y) p.add(y, Math.max(bound, 5));
};

/** What contractions multiply: floats, or i32. */
const factor = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.to("f64"));

const matmulStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  const a = factor(x);
  const k = a.shape[a.rank - 1] as number;
  const way = c.below(3);
  if (way === 0) return p.add(a.rank > 1 ? a.matmul(a.transpose()) : a.matmul(a), bound ** 2 * k);
  const batch = a.shape.slice(0, -2).map((n) => (c.once(2) ? 1 : n));
  const shape = way === 1 ? [k] : [...batch.slice(c.below(batch.length + 1)), k, c.below(4) + 1];
  const b = p.leaf(c, shape, a.dtype);
  const turned = a.rank > 1 && b.rank > 1 && c.once(2);
  p.add(turned ? b.transpose().matmul(a.transpose()) : a.matmul(b), bound * 6 * k);
};

/** Labels, and for every axis of operands and result some linear form of them. */
export function randomContraction(c: Choices, operands: readonly Shape[]): Contraction {
  const extents = Array.from({ length: c.below(4) + 1 }, () => c.pick([2, 3, 1, 4, 5, 2, 3, 0]));
  const form = (): { offset: number; strides: number[] } => {
    const strides = extents.map(() => 0);
    for (let n = c.below(3); n >= 0; n--)
      strides[c.below(extents.length)] = c.pick([1, 1, 1, 2, -1, 3, -2]);
    return { offset: c.pick([0, 0, 0, -1, 1, 2, -2]), strides };
  };
  const shape = Array.from({ length: c.below(4) }, () => c.pick([3, 1, 5, 2, 4, 7]));
  return contraction({
    extents,
    operands: operands.map((o) => o.map(form)),
    shapes: operands.map((o) => dims(o)),
    out: shape.map(form),
    shape: dims(shape),
  });
}

const contractionStep: Action = (p, c) => {
  const a = p.value(c);
  const two = !c.once(4);
  const other = p.value(c);
  const x = factor(a.x);
  const b = factor(other.x);
  const operands = two ? [x, b.dtype === x.dtype ? b : b.to(x.dtype)] : [x];
  if (operands.some((o) => o.rank > 4)) return;
  const by = randomContraction(
    c,
    operands.map((o) => o.shape),
  );
  const points = by.extents.reduce((n, e) => n * e, 1);
  const nodes = operands.map((o) => o.node);
  p.add(new Tensor(contract(by, nodes)), a.bound * (two ? other.bound : 1) * points);
};

const joinStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  if (c.once(2)) return p.add(stack([x, x.neg(), x], c.below(x.rank + 1)), bound);
  const axis = c.below(x.rank);
  const y = p.leaf(c, x.shape.with(axis, c.below(3)), x.dtype);
  p.add(concat(c.once(2) ? [x, y] : [y, x, y], axis), Math.max(bound, 6));
};

const integers = ["i32", "u32", "u8"];
/** Positions along an axis of n, some of them outside; or some integers there are. */
function positions(p: Program, c: Choices, shape: Shape, n: number): Tensor {
  const found = p.values.find(({ x }) => integers.includes(x.dtype) && sameShape(x.shape, shape));
  if (found && c.once(3)) return found.x;
  const random = randomOf(c.below(0x10000));
  const data = Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * (n + 2)) - 1);
  return tensor(data, { shape });
}
const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, k) => n === b[k]);

const indexingStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0 || x.rank > 4) return;
  const axis = c.below(x.rank);
  const n = x.shape[axis] as number;
  const combining = c.pick(["set", "sum", "max", "min", "prod"] as const);
  // products of scattered updates have no derivative
  const [base, cut] = combining === "prod" ? [x.detach(), true] : [x, false];
  const updates = (shape: Shape): Tensor => {
    const leaf = p.leaf(c, shape, x.dtype);
    return cut ? leaf.detach() : leaf;
  };
  const along = x.shape.with(axis, c.pick([2, 1, 3, 4]));
  const some = c.pick([[2], [], [3], [2, 2]]);
  const grown = combining === "sum" ? bound + 6 * sizeOf(along) : bound * 6 ** 4;
  const ways: readonly (() => void)[] = [
    () => p.add(take(x, positions(p, c, some, n), axis), bound),
    () => p.add(takeAlong(x, positions(p, c, along, n), axis), bound),
    () => {
      const index = positions(p, c, some, n);
      const shape = x.shape.toSpliced(axis, 1, ...some);
      if (sizeOf(shape) > p.scale.value || (combining === "prod" && sizeOf(some) > 4)) return;
      p.add(put(base, index, updates(shape), { axis, combining }), grown + 6 * sizeOf(shape));
    },
    () => {
      const index = positions(p, c, along, n);
      p.add(putAlong(base, index, updates(along), axis, { combining }), grown);
    },
    () => p.add(c.once(2) ? cummax(x, axis) : cummin(x, axis), bound),
    () => p.add(cumsum(x, axis), bound * n),
    () => bound ** n <= 1e6 && p.add(cumprod(x, axis), Math.max(1, bound) ** n),
    () => {
      const { values, indices } = sort(x, axis, { descending: c.once(2) });
      p.add(indices, n);
      p.add(values, bound);
    },
    () => n > 0 && p.add(topk(x, c.below(n) + 1, axis).values, bound),
    () => n > 0 && p.add(median(x, axis), bound),
  ];
  c.pick(ways)();
};

const actions = {
  leaf: (p, c) => {
    const shape = p.shape(c);
    p.add(p.leaf(c, shape, c.pick(dtypeChoices)), 6);
  },
  operator: operatorStep,
  reduction: reductionStep,
  move: moveStep,
  matmul: matmulStep,
  contraction: contractionStep,
  join: joinStep,
  indexing: indexingStep,
  cast: (p, c) => {
    const { x, bound } = p.value(c);
    p.add(x.to(c.pick(dtypeChoices)), bound);
  },
  /** Exact programs are held to the meaning of the whole graph, so it stays whole. */
  realize: (p, c, { exact }) => {
    const { x } = p.value(c);
    if (!exact && c.once(3)) realize(x);
  },
} satisfies Readonly<Record<string, Action>>;
const weights: { readonly [K in keyof typeof actions]: number } = {
  leaf: 2,
  operator: 6,
  reduction: 4,
  move: 7,
  matmul: 2,
  contraction: 2,
  join: 1,
  indexing: 3,
  cast: 1,
  realize: 1,
};
const weighted = (Object.keys(actions) as (keyof typeof actions)[]).flatMap((name) =>
  new Array<keyof typeof actions>(weights[name]).fill(name),
);

/** Outputs of a program: the last values, and every second one before. */
export function runProgram(
  steps: readonly Step[],
  manner: Manner,
): { outputs: Tensor[]; leaves: Tensor[]; values: Tensor[] } {
  const program = new Program(manner);
  const shape = manner.large ? [40, 33, 17] : [1, 3];
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => (i % 7) - 2);
  program.add(tensor(data, { shape }), 6);
  for (const step of steps) {
    const c = new Choices(step);
    actions[c.pick(weighted)](program, c, manner);
  }
  const values = program.values.map(({ x }) => x);
  const outputs = values.filter((_, i) => i % 2 === 0 || i > values.length - 4);
  return { outputs, leaves: program.leaves, values };
}
