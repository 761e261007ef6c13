/**
 * Module 2.30a — What recorded operations are called.
 *
 * An operator, a monoid, a move has a name of its own; the other kinds are called what they are.
 */
import type { Kind, Node, NodeOf } from "../graph/node.ts";

const names: { readonly [K in Kind]?: (x: NodeOf<K>) => string } = {
  map: (x) => x.by.name,
  reduce: (x) => (x.by.running ? `running ${x.by.monoid.name}` : x.by.monoid.name),
  move: (x) => x.by.move,
  custom: (x) => x.by.name,
  leaf: (x) => x.by.source,
};

export const nameOf = (x: Node): string =>
  (names[x.kind] as ((x: Node) => string) | undefined)?.(x) ?? x.kind;

/** `f32[2, 3]`. */
export const arrayText = (x: Node): string => x.dtype + x.shape.text;

const groups: readonly (readonly [bound: number, name: string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];
/** A count with three digits: `1.25 M`. */
export function amount(x: number, unit: string): string {
  const [bound, prefix] = groups.find(([bound]) => x >= bound) ?? [1, ""];
  return `${Number((x / bound).toPrecision(3))} ${prefix}${unit}`;
}

const durations: readonly (readonly [microseconds: number, unit: string])[] = [
  [1e6, "s"],
  [1e3, "ms"],
  [1, "µs"],
];
/** A time with three digits: `1.25 ms`. */
export function durationText(microseconds: number): string {
  const [one, unit] = durations.find(([one]) => microseconds >= one) ?? [1e-3, "ns"];
  return `${Number((microseconds / one).toPrecision(3))} ${unit}`;
}
