/**
 * Module 2.22e — Replaying a call: its programs, with what there is now.
 *
 * `prepare` finds what the script names, or that the script is not right for this call; nothing has
 * happened until then. `replay` does what is left of the call: programs run, parameters take their
 * next values, cells change. If a program fails, what it would have made lasting is taken back.
 */

import type { Cell } from "./cells.ts";
import type { Arguments } from "./compile-arguments.ts";
import {
  type CellChange,
  type Event,
  type NumberSource,
  Origin,
  type Reference,
  type Script,
  takes,
} from "./compile-script.ts";
import { GraphNode, type Node, Owed } from "./graph/node.ts";
import { probes } from "./graph/probes.ts";
import { dataLeaf } from "./graph/record.ts";
import { Tensor } from "./tensor.ts";
import { isRecord } from "./transforms-trees.ts";

/** A call that is replayed. */
export interface Call {
  readonly script: Script;
  readonly numbers: readonly number[];
  /** By reference. */
  readonly tensors: readonly Tensor[];
  /** By slot. */
  readonly nodes: Node[];
  readonly lives: number[];
  readonly made: Tensor[];
  /** Cells changed since the last program, with what they held. */
  changed: [cell: Cell<number | boolean>, before: number | boolean][];
}

const nothing: readonly Node[] = [];

function tensorOf(
  { from }: Reference,
  given: Arguments,
  tensors: readonly Tensor[],
): Tensor | null {
  if (typeof from === "number") return given.tensors[from] as Tensor;
  if (from instanceof Tensor) return from;
  return (tensors[from.gradientOf] as Tensor).grad;
}

/** Everything that the script names, or null if this call is another. */
export function prepare(script: Script, given: Arguments): Call | null {
  if (!takes(script, given.numbers)) return null;
  for (const { cell, value } of script.cells) if (!Object.is(cell.value, value)) return null;
  for (const x of given.tensors) if (script.captured.has(x)) return null; // two ways to one tensor
  const tensors: Tensor[] = [];
  const nodes = new Array<Node | undefined>(script.slots).fill(undefined);
  for (const reference of script.references) {
    const x = tensorOf(reference, given, tensors);
    if (!x) return null;
    tensors.push(x);
    const { hasGradient, slot } = reference;
    if (hasGradient !== null && (x.grad !== null) !== hasGradient) return null;
    if (slot < 0) continue;
    const { node } = x;
    if (!node.value) node.recorder.realize([node]);
    const { shape, dtype, needsGrad } = reference;
    if (node.shape !== shape || node.dtype !== dtype || node.needsGrad !== needsGrad) return null;
    if ((nodes[slot] ?? node) !== node) return null; // two tensors that were one
    nodes[slot] = node;
  }
  for (const { slot, node } of script.constants) nodes[slot] = node;
  const { numbers } = given;
  return { script, numbers, tensors, nodes: nodes as Node[], lives: [], made: [], changed: [] };
}

const numberIn = ({ value, live, argument, round }: NumberSource, call: Call): number =>
  live >= 0
    ? round(call.lives[live] as number)
    : argument >= 0
      ? round(call.numbers[argument] as number)
      : value;

type Player<K extends Event["kind"]> = (event: Extract<Event, { kind: K }>, call: Call) => void;
const players: { readonly [K in Event["kind"]]: Player<K> } = {
  run: (event, call) => {
    const { device, program, executable } = event;
    const args = event.args.map((slot) => call.nodes[slot] as Node);
    const scalars = new Float64Array(event.numbers.length);
    for (let i = 0; i < scalars.length; i++)
      scalars[i] = numberIn(event.numbers[i] as NumberSource, call);
    const outputs = event.outputs.map(({ slot, shape, dtype, place, needsGrad }) => {
      const node = dataLeaf(shape, dtype, device);
      node.index = place;
      if (needsGrad) node.differentiated = node.needsGrad = true; // and its graph was released
      call.nodes[slot] = node;
      return node as Node;
    });
    const learned = event.learned.map((output) => outputs[output] as Node);
    const assigns = event.assigned.map(({ reference, output }) => {
      const x = call.tensors[reference] as Tensor;
      x.adopt(outputs[output] as Node);
      return x;
    });
    const graph = { order: nothing, args, numbers: nothing };
    try {
      device.execute({ program, executable, graph, outputs, learned, assigns, scalars });
    } catch (error) {
      for (const x of assigns) x.revert();
      throw error;
    }
    call.changed = [];
  },
  live: ({ read }, call) => {
    call.lives.push(read());
  },
  cell: ({ cell, to }, call) => {
    call.changed.push([cell, cell.value]);
    change(cell, to);
  },
};

function change(cell: Cell<number | boolean>, to: CellChange): void {
  if ("by" in to) (cell as Cell).advance(to.by);
  else cell.value = to.value as number | boolean;
}

/** Does what the function would do, and gives what it would give. */
export function replay(call: Call): unknown {
  const { events, gradients, result } = call.script;
  try {
    for (const event of events) (players[event.kind] as Player<Event["kind"]>)(event, call);
  } catch (error) {
    for (const [cell, before] of call.changed.reverse()) cell.value = before;
    throw error;
  }
  const owed = owedOnce(call);
  for (const { reference, to } of gradients) {
    const x = call.tensors[reference] as Tensor;
    if (to?.kind === "owed") x.grad = new Owed(() => owed(to.index));
    else x.grad = to && tensorFrom(to, call);
  }
  return resultOf(result, call);
}

function resultOf(tree: unknown, call: Call): unknown {
  if (tree instanceof Origin) return tensorFrom(tree, call);
  if (Array.isArray(tree)) return tree.map((x) => resultOf(x, call));
  if (!isRecord(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, x]) => [key, resultOf(x, call)]));
}

function tensorFrom({ kind, index }: Origin, call: Call): Tensor {
  if (kind === "reference") return call.tensors[index] as Tensor;
  const slot = call.script.made[index] as number;
  call.made[index] ??= new Tensor(call.nodes[slot] as Node);
  return call.made[index];
}

/** Gradients are recorded when the first of them is asked for. */
function owedOnce(call: Call): (root: number) => Tensor {
  let roots: Tensor[] | null = null;
  return (root) => {
    const { tape } = probes;
    probes.tape = null; // no part of what asks for it
    try {
      roots ??= recordOwed(call);
      return roots[root] as Tensor;
    } finally {
      probes.tape = tape;
    }
  };
}

function recordOwed(call: Call): Tensor[] {
  const { nodes, roots } = call.script.owing;
  const recorded: Node[] = [];
  for (const { node, inputs, slot, number, program, place } of nodes) {
    if (slot >= 0) {
      recorded.push(call.nodes[slot] as Node);
      continue;
    }
    const { kind, by, shape, dtype, recorder, rules } = node;
    const from = inputs.map((i) => recorded[i] as Node);
    const copy = new GraphNode(kind, by, shape, dtype, recorder, from, false) as Node;

    copy.rules = rules;
    if (number) copy.number = numberIn(number, call);
    for (const x of from) x.consumed = true;
    copy.program = program;
    copy.place = place;
    recorded.push(copy);
  }
  return roots.map((i) => new Tensor(recorded[i] as Node));
}
