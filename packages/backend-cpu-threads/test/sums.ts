/** Sums of terms that round as badly as they can, in each of the ways that a fold can lie. */
import type { Backend } from "@mt/backend";
import { cumsum, type Tensor, tensor } from "@mt/tensor";
import { expect } from "vitest";
import { sumUnits } from "../src/vectors/accuracy.ts";

/** Added to 1 it is lost; of the sum of 64 of it, added to 1, half a unit is. */
const lost = 0.984 * 2 ** -24;
/** Terms by number, of which all sums round in one direction for a long way. */
const terms: Readonly<Record<string, (i: number) => number>> = {
  "equal numbers": () => 0.1,
  "one and many of half its last place": (i) => (i === 0 ? 1 : 0.99 * 2 ** -24),
  "one and many, whose pages are lost too": (i) => (i === 0 ? 1 : lost),
  // each page begins with half of what the one before does: all together lose a unit at each step
  "halves that lose in each page": (i) => {
    const [within, page, pages] = [i % 64, Math.floor(i / 64) % 64, Math.floor(i / 4096)];
    if (pages >= 10) return lost / 2048;
    return 2 ** -pages * (page >= 10 ? lost / 64 : 2 ** -page * (within ? lost : 1));
  },
  "steps past the last place": (i) => (i === 0 ? 2 ** 20 : 0.4375),
  "pages of steps past the last place": (i) => (i === 0 ? 2 ** 20 : 0.4375 / 64),
  "numbers that cancel": (i) => (i % 2 ? -1 : 1 + (i % 64) * 2 ** -20),
  "numbers of all sizes": (i) => Math.sin(i * 12.9898) * 2 ** ((i * 7919) % 24),
  "random numbers": (i) => Math.abs(Math.sin(i * 78.233) * 43758.5453) % 1,
};
export const names = Object.keys(terms);

export interface List {
  readonly name: string;
  readonly values: Float32Array;
}
export const listsOf = (length: number, only: readonly string[] = names): readonly List[] =>
  only.map((name) => {
    const term = terms[name] as (i: number) => number;
    return { name, values: Float32Array.from({ length }, (_, i) => term(i)) };
  });

/** The lists beside each other, as a column each, so many times. */
function columnsOf(lists: readonly List[], times: number, backend: Backend): Tensor {
  const [rows, columns] = [lists[0]?.values.length ?? 0, lists.length * times];
  const all = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < columns; k++)
      all[i * columns + k] = lists[k % lists.length]?.values[i] as number;
  return tensor(all, { shape: [rows, columns], backend });
}
/** The lists one below the other. */
function rowsOf(lists: readonly List[], backend: Backend): Tensor {
  const [{ values }] = lists as readonly [List];
  const all = new Float32Array(lists.length * values.length);
  lists.forEach((list, k) => {
    all.set(list.values, k * values.length);
  });
  return tensor(all, { shape: [lists.length, values.length], backend });
}

/** The lists in pieces of so many terms: all first ones, then all second ones, … */
function piecesOf(lists: readonly List[], piece: number, backend: Backend): Tensor {
  const pieces = (lists[0]?.values.length ?? 0) / piece;
  const all = new Float32Array(lists.length * pieces * piece);
  for (let i = 0; i < pieces; i++)
    lists.forEach(({ values }, k) => {
      all.set(values.subarray(i * piece, (i + 1) * piece), (i * lists.length + k) * piece);
    });
  return tensor(all, { shape: [pieces, lists.length, piece], backend });
}

type Way = (lists: readonly List[], backend: Backend) => readonly number[];
/** The sum of each list, by where its terms lie. */
export const ways: Readonly<Record<string, Way>> = {
  "of whole vectors": (lists, backend) =>
    lists.map(({ values }) => tensor(values, { backend }).sum().itemSync()),
  "of rows": (lists, backend) => [...rowsOf(lists, backend).sum(1).dataSync()],
  "of few columns": (lists, backend) => [...columnsOf(lists, 1, backend).sum(0).dataSync()],
  "of many columns": (lists, backend) => [...columnsOf(lists, 5, backend).sum(0).dataSync()],
  "along rows": (lists, backend) => {
    const sums = cumsum(rowsOf(lists, backend), 1).dataSync();
    return lists.map(({ values }, k) => sums[(k + 1) * values.length - 1] as number);
  },
  "along columns": (lists, backend) => [
    ...cumsum(columnsOf(lists, 1, backend), 0)
      .dataSync()
      .slice(-lists.length),
  ],
};
/** So many columns that each step along them is on another page of memory. */
export const wide: Way = (lists, backend) => [...columnsOf(lists, 150, backend).sum(0).dataSync()];
/** The sums of rows as products with columns of ones, of so many rows that tiles make them. */
export const products: Way = (lists, backend) => {
  const length = lists[0]?.values.length ?? 0;
  const rows = Array.from({ length: 10 }, () => lists).flat();
  const ones = tensor(new Float32Array(length * 32).fill(1), { shape: [length, 32], backend });
  const sums = rowsOf(rows, backend).matmul(ones).dataSync();
  return lists.map((_, k) => sums[k * 32] as number);
};
/** The same of terms that lie in so many places at two axes. */
export const inPieces =
  (piece: number): Way =>
  (lists, backend) => [...piecesOf(lists, piece, backend).sum([0, 2]).dataSync()];
/** Of all of a box whose axes lie in memory the other way round. */
export const turned =
  (...box: readonly [number, number, number]): Way =>
  (lists, backend) =>
    lists.map(({ values }) =>
      tensor(values, { shape: box, backend }).permute(2, 1, 0).sum().itemSync(),
    );

/**
 * The units within which a sum of so many of these terms must be: what is stated, and no more than
 * has been found for lists of up to 2²⁴, so that a change for the worse is seen.
 */
export const near = (terms: number): number => Math.min(sumUnits(terms), 150);
/** Holds sums to the exact ones, in units of the last place of Σ |term|. */
export function mustBeNear(lists: readonly List[], found: readonly number[], units: number): void {
  const told = lists.map(({ name, values }, k) => {
    const exact = values.reduce((total, x) => total + x, 0);
    const size = values.reduce((total, x) => total + Math.abs(x), 0);
    const unit = 2 ** (Math.floor(Math.log2(size)) - 23);
    const off = Math.abs((found[k] as number) - exact) / unit;
    return off <= units ? name : `${name}: off by ${off} units, not ${units}`;
  });
  expect(told).toEqual(lists.map(({ name }) => name));
}
