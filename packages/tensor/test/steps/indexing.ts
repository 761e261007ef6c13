/** Module 2 — Steps of random programs: positions as data, and sorting. */
import { isFloat, type Monoid, monoids } from "@mt/operators";
import { scatter } from "../../src/graph/gathering.ts";
import {
  argsort,
  median,
  put,
  putAlong,
  type Shape,
  sort,
  Tensor,
  take,
  takeAlong,
  tensor,
  topk,
} from "../../src/index.ts";
import { type Action, type Choices, type Program, randomOf, sizeOf } from "../values.ts";
import { either } from "./folds.ts";

const integers: ReadonlySet<string> = new Set(["i32", "u32", "u8"]);
/** Positions along an axis of n, some of them outside; often of integers there are. */
function positions(p: Program, c: Choices, shape: Shape, n: number): Tensor {
  const size = sizeOf(shape);
  const found = p.values.findLast(({ x }) => integers.has(x.dtype) && x.size >= size);
  if (found && size > 0 && c.once(2)) {
    const wrapped = found.x.mod(n + 1).reshape(-1);
    return wrapped.slice({ end: size }).reshape(shape);
  }
  const random = randomOf(c.below(0x10000));
  const data = Int32Array.from({ length: size }, () => Math.floor(random() * (n + 2)) - 1);
  return tensor(data, { shape, dtype: c.pick(["i32", "i32", "i32", "u32", "u8"]) });
}

const combinings = ["set", "sum", "max", "min", "prod"] as const;

export const gatherStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0 || x.rank > 5) return;
  const axis = c.below(x.rank);
  const n = x.shape[axis] as number;
  if (c.once(2)) {
    const along = x.shape.with(axis, c.pick([2, 1, 3, 4, 0]));
    return p.add(takeAlong(x, positions(p, c, along, n), axis), bound);
  }
  const some = c.pick([[2], [], [3], [2, 2], [0]]);
  p.add(take(x, positions(p, c, some, n), axis), bound);
};

/** Updates combined in by every monoid; products and monoids of one's own have no derivative. */
export const scatterStep: Action = (p, c, { exact, tame }) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0 || x.rank > 5) return;
  const axis = c.below(x.rank);
  const n = x.shape[axis] as number;
  const way = c.below(7);
  const own = way === 6 && (isFloat(x.dtype) || x.dtype === "i32");
  const chosen = combinings[way % combinings.length] as (typeof combinings)[number];
  const combining = x.dtype === "bool" && chosen === "sum" ? "max" : chosen; // 2 is no bool
  const cut = own || combining === "prod";
  if (cut && (tame || (exact && bound > 100))) return;
  const detached = (y: Tensor): Tensor => (cut ? y.detach() : y);
  const base = detached(x);
  const updates = (shape: Shape): Tensor => detached(p.leaf(c, shape, x.dtype));
  const some = c.pick([[2], [], [3], [2, 2], [0]]);
  const each = cut ? 2 : c.pick([2, 1, 3, 4, 0]);
  const along = x.shape.with(axis, each);
  const shape = x.shape.toSpliced(axis, 1, ...some);
  const count = c.once(2) ? each : sizeOf(some);
  if (sizeOf(shape) > p.scale.value || (cut && count > 3)) return;
  const grown = cut ? (bound + 1) * 7 ** 3 : combining === "sum" ? bound + 6 * count : bound + 6;
  if (own) {
    const index = positions(p, c, some, n).to("i32");
    if (sizeOf(some) > 3) return;
    const rule: Monoid = c.once(2) ? either : monoids.prod;
    const nodes = [base.node, index.node, updates(shape).node] as const;
    return p.add(new Tensor(scatter(rule, ...nodes, axis)), grown);
  }
  if (count === each) {
    const index = positions(p, c, along, n);
    return p.add(putAlong(base, index, updates(along), axis, { combining }), grown);
  }
  const index = positions(p, c, some, n);
  p.add(put(base, index, updates(shape), { axis, combining }), grown);
};

export const sortStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  const axis = c.below(x.rank);
  const n = x.shape[axis] as number;
  const ways: readonly (() => void)[] = [
    () => {
      const { values, indices } = sort(x, axis, { descending: c.once(2) });
      p.add(indices, n);
      p.add(values, bound);
    },
    () => p.add(argsort(x, axis, { descending: c.once(2) }), n),
    () => n > 0 && p.add(topk(x, c.below(n) + 1, axis).values, bound),
    () => n > 0 && p.add(median(x, axis), bound),
  ];
  c.pick(ways)();
};
