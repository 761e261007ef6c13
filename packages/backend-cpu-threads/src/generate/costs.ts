/**
 * Module 3.76 — What a kernel costs along each of its axes, by a rough count.
 *
 * In operations on four points: a vector that lies along an axis is read with one load where its
 * points are neighbours, and with one for each point where they are not.
 */
import type { Input, Linear, Store } from "@mt/backend";
import { costOfPrimitive, type Expr, postorder } from "@mt/operators";
import { inHalves } from "../vectors/primitives.ts";
import { bytesOf } from "../vectors/storage.ts";
import { moves, type Nest } from "./nest.ts";

export const along = (form: Linear, axis: number): number => form.strides[axis] ?? 0;
/** Elements of a page of memory: what lies on another one has to be found first. */
export const pageElements = 1024;
/** In operations: of reading or storing four points that lie like this. */
const accessCost = (stride: number): number =>
  stride === 0 ? 0.5 : stride === 1 ? 1 : stride === -1 ? 1.5 : 5;
/** An outer axis along which a read that jumps along `axis` has neighbours, so that it can be turned; or −1. */
export function turningAxis(nest: Nest, input: Input, axis: number): number {
  if (nest.folds.length || input.kind !== "read" || input.guards.length || input.indirect)
    return -1;
  if (bytesOf(input.dtype) !== 4 || Math.abs(along(input, axis)) < 2) return -1;
  const fits = (k: number): boolean => k !== axis && (nest.outer[k] as number) >= 4;
  return input.strides.findIndex((stride, k) => stride === 1 && fits(k));
}
function inputCost(nest: Nest, input: Input, axis: number): number {
  const { inputs } = nest;
  if ((nest.outer[axis] ?? 0) >= 4 && turningAxis(nest, input, axis) >= 0) return 2;
  if (input.kind === "scalar") return 0;
  if (input.kind === "index") return along(input, axis) ? 1 : 0;
  const guards = input.guards.reduce((sum, g) => sum + (along(g, axis) ? 3 : 1), 0);
  if (input.kind === "test") return guards;
  const index = input.indirect && (inputs[input.indirect.input] as Input);
  const scattered = index !== undefined && moves(index, inputs, axis);
  return guards + (scattered ? 8 : accessCost(along(input, axis)));
}

/** What one part of a kernel computes, reads and stores. */
interface Demand {
  readonly operations: number;
  /** Whether some of it is computed in halves, which takes twice the variables. */
  readonly halves: boolean;
  readonly inputs: readonly Input[];
  readonly stores: readonly Store[];
}
/** The part at each folded point, and the part at each outer one. */
export interface Demands {
  readonly within: Demand;
  readonly around: Demand;
}

/** Functions that are polynomials here take this many times what is said of them. */
const elementary = 5;
const operationsOf = (primitive: string): number => {
  const cost = costOfPrimitive(primitive);
  return cost >= 8 ? elementary * cost : cost;
};
/** About how many additions formulas cost. */
export const computing = (nodes: readonly Expr[]): number =>
  nodes.reduce((sum, x) => sum + (x.kind === "call" ? operationsOf(x.primitive) : 0), 0);

function demandOf({ inputs }: Nest, roots: readonly Expr[], stores: readonly Store[]): Demand {
  const nodes = postorder(...roots);
  const used = nodes.flatMap((x) => (x.kind === "arg" ? [inputs[x.index]] : []));
  return {
    operations: computing(nodes),
    halves: nodes.some((x) => x.kind === "call" && inHalves.has(x.primitive)),
    inputs: used.filter((x) => x !== undefined),
    stores,
  };
}
export function demandsOf(nest: Nest): Demands {
  const inner = nest.stores.filter((store) => store.inside);
  const outer = nest.stores.filter((store) => !store.inside);
  const bodies = [...nest.folds, ...inner].map(({ body }) => body);
  const around = outer.map(({ body }) => body);
  return { within: demandOf(nest, bodies, inner), around: demandOf(nest, around, outer) };
}

/** Operations for four points along an axis. */
export function costAlong(
  nest: Nest,
  axis: number,
  { operations, inputs, stores }: Demand,
): number {
  const reading = inputs.reduce((sum, input) => sum + inputCost(nest, input, axis), operations);
  return stores.reduce((sum, store) => sum + accessCost(along(store, axis)), reading);
}
