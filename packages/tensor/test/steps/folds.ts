/** Module 2 — Steps of random programs: folds, running folds, and what is made of them. */
import {
  add,
  defineMonoid,
  defineOperator,
  isFloat,
  type Monoid,
  monoids,
  mul,
  sub,
} from "@mt/operators";
import { reduce } from "../../src/graph/record.ts";
import { cummax, cummin, cumprod, cumsum, Tensor } from "../../src/index.ts";
import type { Action, Choices } from "../values.ts";

/** A monoid with no rule of its own, so that its gradient is a tree of `combine`: x + y − x·y. */
export const either: Monoid = defineMonoid(
  "either",
  defineOperator("either", (x, y) => sub(add(x, y), mul(x, y))),
  () => 0,
);

export const someAxes = (c: Choices, rank: number): number[] | undefined =>
  c.once(4) ? undefined : Array.from({ length: rank }, (_, k) => k).filter(() => c.below(2) === 0);

const exactReductions = ["sum", "max", "min", "prod", "any", "all", "argmax", "argmin"] as const;
const reductions = [
  ...exactReductions,
  ...(["mean", "logsumexp", "variance", "softmax", "logSoftmax"] as const),
] as const;
const ofNothing: ReadonlySet<string> = new Set(["sum", "prod", "any", "all"]);

export const reductionStep: Action = (p, c, { exact }) => {
  const { x, bound } = p.value(c);
  const axes = someAxes(c, x.rank);
  const keepDims = c.once(2);
  const list = axes ?? x.shape.map((_, k) => k);
  const n = list.reduce((count, k) => count * (x.shape[k] as number), 1);
  const wide = isFloat(x.dtype) || exact ? x : x.to("f64");
  const kind = c.pick(exact ? exactReductions : reductions);
  if (kind === "softmax" || kind === "logSoftmax" || kind === "argmax" || kind === "argmin") {
    if (x.rank === 0 || x.size === 0) return;
    return p.add(x[kind](c.below(x.rank)), x.size);
  }
  if (n === 0 && !ofNothing.has(kind)) return;
  if (exact && kind === "prod" && bound ** n > 1e6) return;
  const y =
    kind === "variance"
      ? x.variance(axes, { correction: 0, keepDims })
      : wide[kind](axes, { keepDims });
  p.add(y, kind === "sum" ? bound * n : kind === "prod" ? Math.max(1, bound) ** n : bound);
};

/** Folds as they are recorded: of every dtype, of nothing too, by any monoid. */
export const foldStep: Action = (p, c, { exact }) => {
  const { x, bound } = p.value(c);
  const list = someAxes(c, x.rank) ?? x.shape.map((_, k) => k);
  if (list.length === 0) return;
  const n = list.reduce((count, k) => count * (x.shape[k] as number), 1);
  const counts = isFloat(x.dtype) || x.dtype === "i32" || x.dtype === "u32";
  const monoid = c.pick(
    counts
      ? [monoids.sum, monoids.max, monoids.min, monoids.prod, either]
      : [monoids.max, monoids.min],
  );
  const extremum = monoid === monoids.max || monoid === monoids.min;
  if (exact && n === 0 && extremum && isFloat(x.dtype)) return; // exact programs are finite
  const most = (bound + 1) ** n;
  if (exact && most > 1e6 && monoid !== monoids.sum && !extremum) return;
  const y = new Tensor(reduce(monoid, x.node, list));
  // the extremum of nothing is infinite, or the last of the integers
  if (n === 0 && x.dtype !== "bool") p.add(y.clamp(-3, 3), 3);
  else p.add(y, monoid === monoids.sum ? bound * n : most > 1e6 ? bound : most);
};

const runningSteps = [cumsum, cumprod, cummax, cummin];
/** Along any axis of any shape. */
export const runningStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  const axis = c.below(x.rank);
  const n = x.shape[axis] as number;
  const f = c.pick(runningSteps);
  if (f === cumprod && bound ** n > 1e6) return;
  p.add(f(x, axis), f === cumsum ? bound * n : f === cumprod ? Math.max(1, bound) ** n : bound);
};
