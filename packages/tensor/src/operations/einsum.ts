/**
 * Module 2.16l — Sums of products, by the letters of their axes.
 *
 * `"bij,bjk->bik"`: equal letters are one label, and labels missing on the right are summed over.
 * More than two operands are multiplied in pairs; a label that only one operand has is summed
 * before, and where nothing is left to sum a pair is a plain product, which fuses.
 */
import { monoids, mul } from "@mt/operators";
import { badValue, mismatch, show } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { contract, map, reduce } from "../graph/record.ts";
import { type Dims, Interner } from "../shape.ts";
import { type Contraction, labelled } from "../views/contraction.ts";
import { counting, promoted } from "./lift.ts";
import { diagonal, permute, reshape } from "./moves.ts";

/** An operand, and the label of each of its axes. */
export interface Term {
  readonly x: Node;
  readonly labels: readonly string[];
}

/** Sums the product of `operands` over the labels that the right side of `equation` leaves out. */
export function einsum(equation: string, operands: readonly Node[]): Node {
  const { inputs, output } = parse(equation, operands.length);
  const terms = operands.map((x, k) => ({ x, labels: labelsOf(inputs[k] as string, k, x.shape) }));
  checkSizes("einsum", terms);
  return sumOfProducts("einsum", terms, outputOf(equation, output, terms));
}

const ellipsis = "...";
/** Axes an ellipsis stands for, counted from its end: so they broadcast like any others. */
const hidden = (x: string): boolean => x.startsWith(".");

function parse(
  equation: string,
  count: number,
): { inputs: readonly string[]; output: string | undefined } {
  if (typeof equation !== "string")
    throw badValue("einsum", `${String(equation)} is no equation: write "ij,jk->ik".`);
  const [left, output, ...more] = equation.replaceAll(" ", "").split("->") as [string, string?];
  const inputs = left.split(",");
  for (const side of [...inputs, output ?? ""]) {
    const wrong = side.replace(ellipsis, "").match(/[^a-zA-Z]/)?.[0];
    if (wrong || more.length > 0)
      throw badValue(
        "einsum",
        `"${equation}": ${wrong ? `"${wrong}" is no label` : "two arrows"}. Labels are letters, "..." ` +
          "stands once for other axes, operands are separated by commas: ij,jk->ik.",
      );
  }
  if (inputs.length !== count)
    throw badValue("einsum", `"${equation}" names ${inputs.length} operands; ${count} are given.`);
  return { inputs, output };
}

function labelsOf(text: string, operand: number, shape: Dims): string[] {
  const [before, after] = text.split(ellipsis) as [string, string?];
  const named = before.length + (after?.length ?? 0);
  const rest = shape.rank - named;
  if (after === undefined ? rest !== 0 : rest < 0)
    throw mismatch(
      "einsum",
      [shape.dims],
      `operand ${operand} is written "${text}", which names ${named} axes, not ${shape.rank}`,
    );
  const others = Array.from({ length: rest }, (_, k) => `.${rest - k}`);
  return [...before, ...others, ...(after ?? "")];
}

/** What stands right of the arrow; without one, the labels that occur once, in alphabetical order. */
function outputOf(equation: string, output: string | undefined, terms: readonly Term[]): string[] {
  const all = terms.flatMap((t) => t.labels);
  const unseen = [...new Set(all.filter(hidden))];
  unseen.sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  if (output === undefined) {
    const once = all.filter((l) => !hidden(l) && all.indexOf(l) === all.lastIndexOf(l));
    return [...unseen, ...once.sort()];
  }
  const labels = [...output.replace(ellipsis, ".")].flatMap((l) => (l === "." ? unseen : [l]));
  const wrong = labels.find((l, k) => !all.includes(l) || labels.indexOf(l) !== k);
  if (wrong !== undefined)
    throw badValue(
      "einsum",
      `"${equation}": label "${wrong}" of the result ` +
        (all.includes(wrong) ? "stands there twice." : "is on no axis of the operands."),
    );
  return labels;
}

function checkSizes(operation: string, terms: readonly Term[]): void {
  const seen = new Map<string, { size: number; operand: number }>();
  terms.forEach(({ x, labels }, operand) => {
    labels.forEach((label, axis) => {
      const size = x.shape.dims[axis] as number;
      const known = seen.get(label);
      if (!known || (hidden(label) && known.size === 1)) seen.set(label, { size, operand });
      else if (size !== known.size && !(hidden(label) && size === 1))
        throw mismatch(
          operation,
          terms.map((t) => t.x.shape.dims),
          `${hidden(label) ? `axis ${label.replace(".", "−")} of "..."` : `label "${label}"`} is ` +
            `${known.size} in operand ${known.operand} and ${size} in operand ${operand}`,
        );
    });
  });
}

/** out[labels] = Σ Π terms, for terms whose sizes agree (or are 1). */
export function sumOfProducts(
  operation: string,
  terms: readonly Term[],
  out: readonly string[],
): Node {
  let left = typed(operation, terms);
  /** Label l is needed outside of these terms. */
  const needed = (l: string, by: readonly Term[]): boolean =>
    out.includes(l) || left.some((t) => !by.includes(t) && t.labels.includes(l));
  left = left.map((t) => summed(t, (l) => needed(l, [t])));
  while (left.length > 1) {
    const pair = cheapest(left, needed);
    const [a, b] = pair;
    const labels = [...new Set([...out, ...a.labels, ...b.labels])].filter(
      (l) => (a.labels.includes(l) || b.labels.includes(l)) && needed(l, pair),
    );
    left = [...left.filter((t) => !pair.includes(t)), { x: product(a, b, labels), labels }];
  }
  const [last] = left as [Term];
  return permute(
    last.x,
    out.map((l) => last.labels.indexOf(l)),
  );
}

function typed(operation: string, terms: readonly Term[]): readonly Term[] {
  const nodes = promoted(operation, ...terms.map(({ x }) => counting(x)));
  return terms.map(({ labels }, k) => ({ x: nodes[k] as Node, labels }));
}

/** Without labels that occur twice (their diagonal is taken) or that nobody needs. */
function summed({ x, labels }: Term, needed: (label: string) => boolean): Term {
  const second = labels.findIndex((l, k) => labels.indexOf(l) !== k);
  if (second >= 0) {
    const twice = labels[second] as string;
    const first = labels.indexOf(twice);
    const others = labels.filter((_, k) => k !== first && k !== second);
    return summed({ x: diagonal(x, first, second), labels: [...others, twice] }, needed);
  }
  const axes = labels.flatMap((l, k) => (needed(l) ? [] : [k]));
  if (axes.length === 0) return { x, labels };
  return { x: reduce(monoids.sum, x, axes), labels: labels.filter(needed) };
}

const sizesOf = (terms: readonly Term[]): Record<string, number> => {
  const sizes: Record<string, number> = {};
  for (const { x, labels } of terms)
    labels.forEach((l, k) => {
      const n = x.shape.dims[k] as number;
      if (sizes[l] === undefined || sizes[l] === 1) sizes[l] = n;
    });
  return sizes;
};

/** The pair with fewest products among those that share a label; of equals, the smallest result. */
function cheapest(
  terms: readonly Term[],
  needed: (label: string, by: readonly Term[]) => boolean,
): readonly [Term, Term] {
  const pairs = terms.flatMap((a, i) => terms.slice(i + 1).map((b) => [a, b] as const));
  const costs = pairs.map((pair) => {
    const [a, b] = pair;
    const sizes = Object.entries(sizesOf(pair));
    const count = (list: readonly (readonly [string, number])[]): number =>
      list.reduce((n, [, size]) => n * size, 1);
    const strangers = a.labels.some((l) => b.labels.includes(l)) ? 0 : 1;
    const result = count(sizes.filter(([l]) => needed(l, pair)));
    return { pair, strangers, products: count(sizes), result };
  });
  costs.sort((a, b) => a.strangers - b.strangers || a.products - b.products || a.result - b.result);
  return (costs[0] as (typeof costs)[number]).pair;
}

const contractions = new Map<string, Interner<Contraction>>();

function product(a: Term, b: Term, out: readonly string[]): Node {
  const sizes = sizesOf([a, b]);
  if (Object.keys(sizes).length === out.length)
    return map(mul, [aligned(a, out), aligned(b, out)], "einsum");
  const key = [a.labels, b.labels, out].map((labels) => labels.join(" ")).join(",");
  let made = contractions.get(key);
  if (!made) {
    made = new Interner();
    contractions.set(key, made);
  }
  const by = made.get([a.x.shape.id, b.x.shape.id], [], () =>
    labelled(sizes, [a.labels, b.labels], [a.x.shape, b.x.shape], out),
  );
  return contract(by, [a.x, b.x]);
}

/** With an axis for every label of `out`, of one element where the term has none. */
function aligned({ x, labels }: Term, out: readonly string[]): Node {
  const order = out.filter((l) => labels.includes(l)).map((l) => labels.indexOf(l));
  const y = permute(x, order);
  const sizes = out.map((l) =>
    labels.includes(l) ? (x.shape.dims[labels.indexOf(l)] as number) : 1,
  );
  return reshape(y, sizes);
}

/** Sums products over axes of both: `count` last and first ones, or two lists. */
export function tensordot(
  a: Node,
  b: Node,
  axes: number | readonly [readonly number[], readonly number[]],
): Node {
  const [of, by] =
    typeof axes === "number" ? lastAndFirst(a, b, axes) : Array.isArray(axes) ? axes : [];
  if (!Array.isArray(of) || !Array.isArray(by))
    throw badValue("tensordot", `axes ${String(axes)}: give their number, or two lists of axes.`);
  const place = (list: readonly number[], x: Node): number[] =>
    list.map((axis) => (axis < 0 ? axis + x.shape.rank : axis));
  const [i, j] = [place(of, a), place(by, b)];
  const valid = (list: readonly number[], x: Node): boolean =>
    new Set(list).size === list.length && list.every((axis) => axis in x.shape.dims);
  if (i.length !== j.length || !valid(i, a) || !valid(j, b))
    throw mismatch(
      "tensordot",
      [a.shape.dims, b.shape.dims],
      `axes ${show(of)} and ${show(by)} must be as many of each, each named once`,
    );
  i.forEach((axis, k) => {
    const [n, m] = [a.shape.dims[axis], b.shape.dims[j[k] as number]];
    if (n !== m)
      throw mismatch(
        "tensordot",
        [a.shape.dims, b.shape.dims],
        `axis ${of[k]} of the first (${n}) must equal axis ${by[k]} of the second (${m})`,
      );
  });
  const label = (x: Node, list: readonly number[], own: string): string[] =>
    x.shape.dims.map((_, axis) => (list.includes(axis) ? `s${list.indexOf(axis)}` : own + axis));
  const terms = [
    { x: a, labels: label(a, i, "a") },
    { x: b, labels: label(b, j, "b") },
  ];
  const kept = terms.flatMap((t) => t.labels).filter((l) => !l.startsWith("s"));
  return sumOfProducts("tensordot", terms, kept);
}

function lastAndFirst(a: Node, b: Node, count: number): [number[], number[]] {
  if (!(Number.isInteger(count) && count >= 0 && count <= Math.min(a.shape.rank, b.shape.rank)))
    throw mismatch(
      "tensordot",
      [a.shape.dims, b.shape.dims],
      `${count} is not a number of axes that both have`,
    );
  const numbers = Array.from({ length: count }, (_, k) => k);
  return [numbers.map((k) => a.shape.rank - count + k), numbers];
}
