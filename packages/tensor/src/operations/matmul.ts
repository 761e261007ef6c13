/** Module 2.16c — Matrix products, as contractions. */
import { badValue, mismatch, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { contract } from "../graph/record.ts";
import { broadcast, type Dims, dims } from "../shape.ts";
import { type Contraction, type Coordinate, contractionOf } from "../views/contraction.ts";
import { counting, promoted } from "./lift.ts";

const made = new Map<number, Contraction>();

/** `[…, m, k] × […, k, n] → […, m, n]`; a vector is a row on the left, a column on the right. */
export function matmul(a: Node, b: Node): Node {
  if (!(b as Node | undefined)?.recorder)
    throw badValue("matmul", "its operand is no tensor: use mul() for numbers.");
  const [x, y] = promoted("matmul", counting(a), counting(b));
  const key = x.shape.id * 0x100000 + y.shape.id;
  let by = made.get(key);
  if (!by) {
    by = productOf(x.shape, y.shape);
    made.set(key, by);
  }
  return contract(by, [x, y]);
}

function productOf(a: Dims, b: Dims): Contraction {
  for (const shape of [a, b])
    if (shape.rank === 0) throw wrongRank("matmul", shape.dims, "it takes one or more (use mul)");
  const k = a.dims[a.rank - 1] as number;
  const other = b.dims[Math.max(0, b.rank - 2)] as number;
  if (k !== other)
    throw mismatch(
      "matmul",
      [a.dims, b.dims],
      `the last axis of the first (${k}) must equal the ` +
        `${b.rank > 1 ? "last but one" : "only"} axis of the second (${other})`,
    );
  const leading = (s: Dims): Dims => dims(s.dims.slice(0, Math.max(0, s.rank - 2)));
  const batch = broadcast("matmul", leading(a), leading(b)).dims;
  const names = batch.map((_, i) => `batch${i}`);
  /** Axes of one element are read at 0 whatever the batch. */
  const along = (s: Dims): Coordinate[] =>
    leading(s).dims.map((n, i, all) =>
      n === 1 ? { offset: 0 } : (names[i + names.length - all.length] as string),
    );
  const labels: Record<string, number> = {};
  names.forEach((name, i) => {
    labels[name] = batch[i] as number;
  });
  if (a.rank > 1) labels.m = a.dims[a.rank - 2] as number;
  if (b.rank > 1) labels.n = b.dims[b.rank - 1] as number;
  labels.k = k;
  const rows = a.rank > 1 ? ["m"] : [];
  const columns = b.rank > 1 ? ["n"] : [];
  return contractionOf(
    labels,
    [
      [...along(a), ...rows, "k"],
      [...along(b), "k", ...columns],
    ],
    [a, b],
    [...names, ...rows, ...columns],
    [...batch, ...[...rows, ...columns].map((name) => labels[name] as number)],
  );
}
