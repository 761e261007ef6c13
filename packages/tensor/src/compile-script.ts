/**
 * Module 2.22c — What is replayed: a recorded call, without the code that recorded it.
 *
 * A script names everything by places: tensors outside the function by the way to them, nodes by
 * slots. It holds no values, except data that the function itself made. Two recordings agree if
 * their scripts are equal, but for numbers that follow the arguments.
 */
import type { Executable } from "@mt/backend";
import type { DType, TypedArray } from "@mt/operators";
import type { Cell } from "./cells.ts";
import type { GraphNode, Node, Teachable } from "./graph/node.ts";
import type { Device } from "./run/device.ts";
import type { CachedProgram } from "./run/program.ts";
import type { Dims } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { isRecord } from "./transforms-trees.ts";

/** A tensor of the world outside. */
export interface Reference {
  /** Its place among the arguments, or itself, or whose gradient it is. */
  readonly from: number | Tensor | { readonly gradientOf: number };
  /** Where its node at the beginning of the call goes; -1 if the function never looks at it. */
  readonly slot: number;
  readonly shape: Dims | null;
  readonly dtype: DType | null;
  readonly needsGrad: boolean;
  /** Whether it has a gradient at the beginning; null if the function does not ask. */
  readonly hasGradient: boolean | null;
}

/** A number of a program: of an argument, read anew (`live`), or always the same. */
export interface NumberSource {
  readonly value: number;
  readonly live: number;
  readonly argument: number;
  /** To the dtype it is used at. */
  readonly round: (x: number) => number;
}

export interface Output {
  readonly slot: number;
  readonly shape: Dims;
  readonly dtype: DType;
  /** In the recorded graph. */
  readonly place: number;
  readonly needsGrad: boolean;
}

/** What happens in a call, in order. */
export type Event =
  | {
      readonly kind: "run";
      readonly device: Device;
      readonly program: CachedProgram;
      readonly executable: Executable;
      /** Slots of nodes. */
      readonly args: readonly number[];
      readonly numbers: readonly NumberSource[];
      readonly outputs: readonly Output[];
      /** Which outputs the program has learned to keep. */
      readonly learned: readonly number[];
      /** Which references get which outputs as their next values. */
      readonly assigned: readonly { readonly reference: number; readonly output: number }[];
    }
  | { readonly kind: "live"; readonly read: () => number }
  | { readonly kind: "cell"; readonly cell: Cell<number | boolean>; readonly to: CellChange };
export type CellChange = { readonly by: number } | { readonly value: unknown };

/**
 * This one only; or all, if two calls differed in nothing else: whole numbers or others, or (null)
 * both. Beside integers, 2 is an integer and 2.5 is not: two programs.
 */
export type Numbers = number | boolean | null;

const among = (x: number, numbers: Numbers): boolean =>
  numbers === null ||
  (typeof numbers === "boolean" ? Number.isInteger(x) === numbers : Object.is(x, numbers));
/** Whether the script is right for such numbers. */
export const takes = (script: Script, given: readonly number[]): boolean =>
  script.numbers.every((numbers, i) => among(given[i] as number, numbers));

/** Whether its programs are still as they were: they may have learned more, or been dropped. */
export const isCurrent = ({ events }: Script): boolean =>
  events.every((event) => event.kind !== "run" || event.program.isCurrent(event.executable));

const widened = (numbers: Numbers, x: number): Numbers => {
  if (numbers === null || among(x, numbers)) return numbers;
  const whole = Number.isInteger(x);
  return typeof numbers === "number" && Number.isInteger(numbers) === whole ? whole : null;
};

/** Where a tensor of the result, or a gradient, comes from. */
export class Origin {
  readonly kind: "reference" | "made" | "owed";
  readonly index: number;
  constructor(kind: Origin["kind"], index: number) {
    this.kind = kind;
    this.index = index;
  }
}

/** A node of a gradient that is recorded again if somebody asks for it. */
export interface OwedNode {
  readonly node: Pick<GraphNode, "kind" | "by" | "shape" | "dtype" | "recorder" | "rules">;
  readonly inputs: readonly number[];
  /** Of a node that has a value; else -1. */
  readonly slot: number;
  readonly number: NumberSource | null;
  readonly program: Teachable | null;
  readonly place: number;
}

export interface Owing {
  readonly nodes: readonly OwedNode[];
  /** Which of them are gradients. */
  readonly roots: readonly number[];
}

export interface Script {
  readonly references: readonly Reference[];
  /** Tensors found without the arguments. */
  readonly captured: ReadonlySet<Tensor>;
  /** What the function decided by. */
  readonly cells: readonly { readonly cell: Cell<number | boolean>; readonly value: unknown }[];
  /** Which numbers among the arguments this is right for. */
  readonly numbers: readonly Numbers[];
  /** Data that the function made. */
  readonly constants: readonly { readonly slot: number; readonly node: Node }[];
  readonly events: readonly Event[];
  readonly lives: number;
  readonly slots: number;
  /** Slots of the tensors that the function made and let out. */
  readonly made: readonly number[];
  readonly gradients: readonly { readonly reference: number; readonly to: Origin | null }[];
  readonly owing: Owing;
  /** As returned, with an `Origin` for every tensor. */
  readonly result: unknown;
}

const all = <T>(
  a: readonly T[],
  b: readonly T[],
  same: (x: T, y: T) => boolean = Object.is,
): boolean => a.length === b.length && a.every((x, i) => same(x, b[i] as T));

const sameReference = (a: Reference, b: Reference): boolean =>
  (a.from === b.from ||
    (typeof a.from === "object" &&
      typeof b.from === "object" &&
      "gradientOf" in a.from &&
      "gradientOf" in b.from &&
      a.from.gradientOf === b.from.gradientOf)) &&
  a.slot === b.slot &&
  a.shape === b.shape &&
  a.dtype === b.dtype &&
  a.needsGrad === b.needsGrad &&
  a.hasGradient === b.hasGradient;

const sameOutput = (a: Output, b: Output): boolean =>
  a.slot === b.slot && a.place === b.place && a.needsGrad === b.needsGrad;

const sameEvents: { readonly [K in Event["kind"]]: (a: never, b: never) => boolean } = {
  run: (a: Extract<Event, { kind: "run" }>, b: Extract<Event, { kind: "run" }>) =>
    a.program === b.program &&
    all(a.args, b.args) &&
    all(a.outputs, b.outputs, sameOutput) &&
    all(a.learned, b.learned) &&
    all(a.assigned, b.assigned, (x, y) => x.reference === y.reference && x.output === y.output),
  live: () => true,
  cell: (a: Extract<Event, { kind: "cell" }>, b: Extract<Event, { kind: "cell" }>) =>
    a.cell === b.cell && sameTree(a.to, b.to),
};
const sameEvent = (a: Event, b: Event): boolean =>
  a.kind === b.kind && sameEvents[a.kind](a as never, b as never);

const sameOwed = (a: OwedNode, b: OwedNode): boolean =>
  a.slot === b.slot &&
  (a.slot >= 0 ||
    (a.node.by === b.node.by &&
      a.node.shape === b.node.shape &&
      a.node.dtype === b.node.dtype &&
      all(a.inputs, b.inputs)));

/** Elements of the host, which the function made. */
const dataOf = (x: { readonly node: Node }): TypedArray => x.node.value?.host as TypedArray;

function sameTree(a: unknown, b: unknown): boolean {
  if (a instanceof Origin && b instanceof Origin) return a.kind === b.kind && a.index === b.index;
  if (Array.isArray(a) && Array.isArray(b)) return all(a, b, sameTree);
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  const [from, to] = [Object.entries(a), Object.entries(b)];
  return all(from, to, ([key, x], [other, y]) => key === other && sameTree(x, y));
}

const numbersOf = ({ events, owing }: Script): NumberSource[] => [
  ...events.flatMap((event) => (event.kind === "run" ? event.numbers : [])),
  ...owing.nodes.flatMap(({ number }) => number ?? []),
];

/** Whether both do the same, leaving out numbers. */
const sameStructure = (a: Script, b: Script): boolean =>
  a.slots === b.slots &&
  all(a.references, b.references, sameReference) &&
  all(a.cells, b.cells, (x, y) => x.cell === y.cell && Object.is(x.value, y.value)) &&
  all(
    a.constants,
    b.constants,
    (x, y) => x.node.shape === y.node.shape && all([...dataOf(x)], [...dataOf(y)]),
  ) &&
  all(a.events, b.events, sameEvent) &&
  all(a.made, b.made) &&
  all(a.gradients, b.gradients, (x, y) => x.reference === y.reference && sameTree(x.to, y.to)) &&
  all(a.owing.roots, b.owing.roots) &&
  all(a.owing.nodes, b.owing.nodes, sameOwed) &&
  sameTree(a.result, b.result);

/**
 * What two recordings have in common, if they agree: a number that differs is one of the arguments
 * if it was that argument both times. `a` and `b` are the numbers each was called with.
 */
export function agreement(
  old: Script,
  fresh: Script,
  a: readonly number[],
  b: readonly number[],
): Script | null {
  if (!sameStructure(old, fresh)) return null;
  const before = numbersOf(old);
  const merged = new Map<NumberSource, NumberSource>();
  for (const [i, number] of numbersOf(fresh).entries()) {
    const source = commonSource(before[i] as NumberSource, number, a, b);
    if (!source) return null;
    merged.set(number, source);
  }
  return {
    ...fresh,
    numbers: old.numbers.map((x, i) => widened(x, b[i] as number)),
    events: fresh.events.map((event) =>
      event.kind === "run"
        ? { ...event, numbers: event.numbers.map((x) => merged.get(x) as NumberSource) }
        : event,
    ),
    owing: {
      roots: fresh.owing.roots,
      nodes: fresh.owing.nodes.map((x) => ({
        ...x,
        number: x.number && (merged.get(x.number) as NumberSource),
      })),
    },
  };
}

function commonSource(
  old: NumberSource,
  fresh: NumberSource,
  a: readonly number[],
  b: readonly number[],
): NumberSource | null {
  const { round } = fresh;
  if (old.live !== fresh.live) return null;
  if (fresh.live >= 0) return fresh;
  const follows = (i: number): boolean => Object.is(round(b[i] as number), fresh.value);
  if (old.argument >= 0) return follows(old.argument) ? { ...fresh, argument: old.argument } : null;
  if (Object.is(old.value, fresh.value)) return fresh;
  const [argument, other] = b
    .map((_, i) => i)
    .filter((i) => follows(i) && Object.is(round(a[i] as number), old.value));
  return argument !== undefined && other === undefined ? { ...fresh, argument } : null;
}
