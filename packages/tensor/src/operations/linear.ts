/**
 * Module 4.3a — The product of a fully connected layer, as one contraction.
 *
 * x·wᵀ with weights `[outputs, inputs]`: written with a transposed view, the gradient of the weights
 * would come out transposed and need a kernel to turn it round; written directly it does not.
 */
import { mismatch, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { contract } from "../graph/record.ts";
import { type Dims, Interner } from "../shape.ts";
import { type Contraction, labelled } from "../views/contraction.ts";
import { counting, promoted } from "./lift.ts";

const made = new Interner<Contraction>();

/** `[…, inputs] × [outputs, inputs] → […, outputs]` */
export function linear(x: Node, w: Node): Node {
  const [rows, weight] = promoted("linear", counting(x), counting(w));
  const by = made.get([rows.shape.id, weight.shape.id], [], () =>
    contractionFor(rows.shape, weight.shape),
  );
  return contract(by, [rows, weight]);
}

function contractionFor(x: Dims, w: Dims): Contraction {
  if (w.rank !== 2) throw wrongRank("linear", w.dims, "weights are [outputs, inputs]");
  if (x.rank === 0) throw wrongRank("linear", x.dims, "it takes one or more");
  const [outputs, inputs] = w.dims as readonly [number, number];
  const leading = x.dims.slice(0, -1);
  if (x.dims.at(-1) !== inputs)
    throw mismatch("linear", [x.dims, w.dims], `both must end in the same number of inputs`);
  const names = leading.map((_, i) => `row${i}`);
  const rows = Object.fromEntries(names.map((name, i) => [name, leading[i] as number]));
  const labels = [
    [...names, "k"],
    ["n", "k"],
  ];
  return labelled({ ...rows, n: outputs, k: inputs }, labels, [x, w], [...names, "n"]);
}
