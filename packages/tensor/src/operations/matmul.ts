/** Module 2.16c — Matrix products, as contractions. */
import { badValue, mismatch, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { contract } from "../graph/record.ts";
import { broadcast, type Dims, dims, Interner } from "../shape.ts";
import { type Contraction, labelled } from "../views/contraction.ts";
import { counting, promoted } from "./lift.ts";

const made = new Interner<Contraction>();

/** `[…, m, k] × […, k, n] → […, m, n]`; a vector is a row on the left, a column on the right. */
export function matmul(a: Node, b: Node): Node {
  if (!(b as Node | undefined)?.recorder)
    throw badValue("matmul", "its operand is no tensor: use mul() for numbers.");
  const [x, y] = promoted("matmul", counting(a), counting(b));
  const by = made.get([x.shape.id, y.shape.id], [], () => productOf(x.shape, y.shape));
  return contract(by, [x, y]);
}

function productOf(a: Dims, b: Dims): Contraction {
  for (const shape of [a, b])
    if (shape.rank === 0) throw wrongRank("matmul", shape.dims, "it takes one or more (use mul)");
  const k = a.dims.at(-1) as number;
  const other = b.dims.at(b.rank > 1 ? -2 : -1);
  if (k !== other)
    throw mismatch(
      "matmul",
      [a.dims, b.dims],
      `rows of ${k} elements must meet columns of as many, not ${other}`,
    );
  const leading = (s: Dims): Dims => dims(s.dims.slice(0, -2));
  const batch = broadcast("matmul", leading(a), leading(b)).dims.map((_, i) => `batch${i}`);
  const left = [...batch, "m", "k"].slice(-a.rank);
  const right = b.rank > 1 ? [...batch, "k", "n"].slice(-b.rank) : ["k"];
  const out = [...batch, "m", "n"].filter((l) => left.includes(l) || right.includes(l));
  const sizeOf = (l: string): number => {
    const n = a.dims[left.indexOf(l)] ?? 1;
    return n === 1 ? (b.dims[right.indexOf(l)] ?? 1) : n;
  };
  const sizes = Object.fromEntries([...out, "k"].map((l) => [l, sizeOf(l)]));
  return labelled(sizes, [left, right], [a, b], out);
}
