/**
 * Module 2.22d — Recording a call: what the function reads, runs and changes.
 *
 * The function runs as always, on its own tensors, while a tape takes down which tensors outside it
 * looks at, which programs run, what is assigned, which gradients and cells change. What the tape
 * does not understand makes no script: such calls are recorded each time, and never wrong.
 */
import { dtypes } from "@mt/operators";
import type { Cell } from "./cells.ts";
import type { Arguments } from "./compile-arguments.ts";
import {
  type CellChange,
  type Event,
  type NumberSource,
  Origin,
  type Output,
  type Owing,
  type Reference,
  type Script,
} from "./compile-script.ts";
import { readInside } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { inOrder } from "./graph/order.ts";
import { probes, type Tape } from "./graph/probes.ts";
import type { Device } from "./run/device.ts";
import { walk } from "./run/key.ts";
import type { Run } from "./run/program.ts";
import { Tensor } from "./tensor.ts";
import { mapTree, tensorsOf } from "./transforms-trees.ts";

/** A reference while the call goes on. */
interface Draft {
  readonly from: Reference["from"];
  readonly x: Tensor;
  /** At the beginning. */
  node: Node | null;
  slot: number;
  needsGrad: boolean;
  hasGradient: boolean | null;
  gradientSet: boolean;
  assigned: boolean;
}
type RunDraft = Omit<Extract<Event, { kind: "run" }>, "outputs"> & {
  readonly outputs: readonly { readonly node: Node; readonly place: number }[];
};

/** Whether a cotangent of these could reach a tensor that collects it. */
function leadsOut(nodes: readonly Node[]): boolean {
  // what was differentiated inside will be released, once it has its value
  const open = nodes.filter((x) => !x.owner && !x.differentiated);
  const above = inOrder(
    open,
    (x) => x.inputs,
    (x) => x.needsGrad,
  );
  return above.some((x) => x.owner);
}

/** What `f` gives with nobody listening. */
function unheard<R>(f: () => R): R {
  const { tape } = probes;
  probes.tape = null;
  try {
    return f();
  } finally {
    probes.tape = tape;
  }
}

export class Recording implements Tape {
  /** Devices on which nothing is pending that was recorded before the call. */
  readonly #devices: Set<Device>;
  readonly #given: Arguments;
  readonly #references: Draft[] = [];
  readonly #referenceOf = new Map<Tensor, number>();
  /** Tensors that the function made. */
  readonly #inside = new Set<object>();
  readonly #slots = new Map<Node, number>();
  readonly #constants: { slot: number; node: Node }[] = [];
  readonly #lives = new Map<Node, number>();
  readonly #cells = new Map<
    Cell<number | boolean>,
    { readonly value: unknown; decided: boolean; set: boolean }
  >();
  readonly #events: (Exclude<Event, { kind: "run" }> | RunDraft)[] = [];
  /** Takes back what no program has made lasting yet. */
  #undo: (() => void)[] = [];
  #reason: string | null = null;
  #refusal: Error | null = null;

  constructor(given: Arguments, devices: Set<Device>) {
    this.#given = given;
    this.#devices = devices;
    for (const [i, x] of given.tensors.entries()) if (!this.#referenceOf.has(x)) this.#refer(x, i);
  }

  /** The function's result, and what to replay; or why it cannot be. */
  run<R>(f: () => R): { readonly result: R; readonly script: Script | string } {
    try {
      const result = this.#listening(f);
      if (result instanceof Promise) {
        result.catch(() => {}); // it is reported here
        throw readInside("compile", "the function returns a promise");
      }
      if (this.#refusal) throw this.#refusal;
      return { result, script: this.#finish(result) };
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }
  #listening<R>(f: () => R): R {
    probes.tape = this;
    try {
      return f();
    } finally {
      probes.tape = null;
    }
  }
  #takeBack(): void {
    for (const device of this.#devices)
      for (const x of [...device.assigns])
        if (this.#referenceOf.has(x as Tensor)) {
          device.assigns.delete(x);
          x.revert();
        }
    for (const undo of this.#undo.reverse()) undo();
  }
  #fail(reason: string): void {
    this.#reason ??= reason;
  }

  // ── what the function does ──

  made(x: object, node: Node): void {
    this.#inside.add(x);
    const isData = node.kind === "leaf" && node.by.source === "data" && node.value?.host;
    if (isData && !this.#slots.has(node)) this.#constants.push({ slot: this.#slotOf(node), node });
  }
  looked(x: object, node: Node): void {
    const reference = this.#referenceTo(x as Tensor);
    if (!reference || reference.node) return;
    this.#reach(node.recorder as Device);
    if (!node.value) unheard(() => (node.recorder as Device).realize([node]));
    reference.node = node;
    reference.slot = this.#slotOf(node);
    reference.needsGrad = node.needsGrad;
    if (node.needsGrad && node.owner !== x)
      this.#fail("a gradient flows through a tensor from outside: detach() it if it need not");
  }
  gradientRead(x: object, gradient: unknown): void {
    const reference = this.#referenceTo(x as Tensor);
    if (!reference || reference.gradientSet || reference.hasGradient !== null) return;
    reference.hasGradient = (gradient ?? null) !== null;
    if (!(gradient instanceof Tensor)) return;
    if (this.#referenceOf.has(gradient)) this.#fail("a gradient is also given in another way");
    this.#refer(gradient, { gradientOf: this.#referenceOf.get(x as Tensor) as number });
  }
  gradientSet(x: object, before: unknown): void {
    const reference = this.#referenceTo(x as Tensor);
    if (!reference) return;
    reference.gradientSet = true;
    this.#undo.push(() => {
      (x as Tensor).grad = before as Tensor | null;
    });
  }
  live(leaf: Node, read: () => number): void {
    this.#lives.set(leaf, this.#lives.size);
    this.#events.push({ kind: "live", read });
  }
  cellRead(x: object, value: unknown): void {
    const cell = this.#cell(x, value);
    if (!cell.set) cell.decided = true;
  }
  cellSet(x: object, before: unknown, to: CellChange): void {
    const cell = x as Cell<number | boolean>;
    this.#cell(x, before).set = true;
    this.#events.push({ kind: "cell", cell, to });
    this.#undo.push(() => {
      cell.value = before as number | boolean;
    });
  }
  refuse(operation: string): void {
    this.#refusal = readInside(operation, "a value is read inside a compiled function");
    throw this.#refusal;
  }

  ran({ program, executable, graph, outputs, learned, assigns }: Run): void {
    const device = outputs[0]?.recorder as Device;
    const args = graph.args.map((x) => this.#known(x));
    const numbers = graph.numbers.map((x) => this.#numberOf(x));
    for (const x of outputs) this.#slotOf(x);
    const assigned = assigns.flatMap((x) => {
      if (this.#inside.has(x)) return [];
      const reference = this.#referenceOf.get(x as Tensor);
      const output = unheard(() => outputs.indexOf(x.node));
      if (reference === undefined || output < 0) {
        this.#fail("a tensor was assigned in a way that is not understood");
        return [];
      }
      (this.#references[reference] as Draft).assigned = true;
      return [{ reference, output }];
    });
    const kept = learned.map((x) => outputs.indexOf(x));
    this.#events.push({
      kind: "run",
      device,
      program,
      executable,
      args,
      numbers,
      outputs: outputs.map((node) => ({ node, place: node.index })),
      learned: kept,
      assigned,
    });
    this.#undo = [];
  }

  // ── places ──

  #reach(device: Device): void {
    if (this.#devices.has(device)) return;
    this.#devices.add(device);
    // what was recorded before the call is no part of it
    if (device.pending.length + device.assigns.size > 0) unheard(() => device.realize([]));
  }
  #refer(x: Tensor, from: Reference["from"]): Draft {
    const [node, slot, needsGrad, hasGradient] = [null, -1, false, null];
    const flags = { gradientSet: false, assigned: false };
    const draft = { from, x, node, slot, needsGrad, hasGradient, ...flags };
    this.#referenceOf.set(x, this.#references.length);
    this.#references.push(draft);
    return draft;
  }
  #referenceTo(x: Tensor): Draft | null {
    if (this.#inside.has(x)) return null;
    const known = this.#referenceOf.get(x);
    return known === undefined ? this.#refer(x, x) : (this.#references[known] as Draft);
  }
  #slotOf(node: Node): number {
    const slot = this.#slots.get(node) ?? this.#slots.size;
    this.#slots.set(node, slot);
    return slot;
  }
  #known(node: Node): number {
    const slot = this.#slots.get(node);
    if (slot === undefined) this.#fail("it computes with values that were found in no tensor");
    return slot ?? -1;
  }
  #numberOf(leaf: Node): NumberSource {
    const round = dtypes[leaf.dtype].fromFloat;
    return { value: leaf.number as number, live: this.#lives.get(leaf) ?? -1, argument: -1, round };
  }
  #cell(x: object, value: unknown): { decided: boolean; set: boolean } {
    const cell = x as Cell<number | boolean>;
    const known = this.#cells.get(cell) ?? { value, decided: false, set: false };
    this.#cells.set(cell, known);
    return known;
  }

  // ── the end of the call ──

  #finish(result: unknown): Script | string {
    const results = tensorsOf(result).map(({ x }) => x);
    const nodes = results.map(({ node }) => node);
    if (leadsOut(nodes) || nodes.some((x) => x.owner && this.#inside.has(x.owner)))
      return "a gradient can flow through its result: return detach(), or call it under noGrad";
    for (const { node } of results) this.#devices.add(node.recorder as Device);
    this.#listening(() => {
      for (const device of this.#devices) {
        const asked = results.map((x) => unheard(() => x.node));
        device.realize(asked.filter((x) => x.recorder === device && !x.value));
      }
    });
    const made: number[] = [];
    const owed: Node[] = [];
    const origins = new Map<Tensor, Origin>();
    const originOf = (x: Tensor): Origin => {
      const origin = origins.get(x) ?? this.#origin(x, made, owed);
      origins.set(x, origin);
      return origin;
    };
    const tree = mapTree(result, originOf);
    const gradients = this.#references.flatMap(({ x, gradientSet }, reference) => {
      if (!gradientSet) return [];
      const gradient: unknown = x.grad ?? null;
      if (gradient !== null && !(gradient instanceof Tensor)) {
        this.#fail("a gradient was set to what is none");
        return [];
      }
      return [{ reference, to: gradient && originOf(gradient) }];
    });
    const owing = this.#owing(owed);
    for (const { x, node, assigned } of this.#references)
      if (node && !assigned && x.node !== node) this.#fail("an assignment was taken back");
    if (this.#reason !== null) return this.#reason;
    return {
      references: this.#references.map(({ from, node, slot, needsGrad, hasGradient }) => {
        const [shape, dtype] = [node?.shape ?? null, node?.dtype ?? null];
        return { from, slot, shape, dtype, needsGrad, hasGradient };
      }),
      captured: new Set(this.#references.flatMap(({ from, x }) => (from === x ? [x] : []))),
      cells: [...this.#cells].flatMap(([cell, { value, decided }]) =>
        decided ? [{ cell, value }] : [],
      ),
      numbers: [...this.#given.numbers],
      constants: this.#constants,
      events: this.#events.map((event) =>
        event.kind === "run" ? { ...event, outputs: this.#outputs(event) } : event,
      ),
      lives: this.#lives.size,
      slots: this.#slots.size,
      made,
      gradients,
      owing,
      result: tree,
    };
  }

  #outputs({ outputs }: RunDraft): readonly Output[] {
    return outputs.map(({ node, place }) => ({
      slot: this.#slotOf(node),
      shape: node.shape,
      dtype: node.dtype,
      place,
      needsGrad: node.differentiated && !node.owner,
    }));
  }

  #origin(x: Tensor, made: number[], owed: Node[]): Origin {
    const reference = this.#referenceOf.get(x);
    if (reference !== undefined) return new Origin("reference", reference);
    if (!this.#inside.has(x)) return new Origin("reference", this.#addReference(x));
    const { node } = x;
    if (!node.value) return new Origin("owed", owed.push(node) - 1);
    return new Origin("made", made.push(this.#known(node)) - 1);
  }
  /** A tensor that is given back without having been looked at. */
  #addReference(x: Tensor): number {
    this.#refer(x, x);
    return this.#references.length - 1;
  }

  /** Gradients that were consumed, and so not kept: how they would be recorded again. */
  #owing(roots: readonly Node[]): Owing {
    const { order } = walk(roots);
    const places = new Map(order.map((x, i) => [x, i]));
    const placeOf = (x: Node): number => places.get(x) as number;
    if (order.some((x) => x.lost)) this.#fail("a gradient was left behind by a second step");
    const nodes = order.map(
      ({ kind, by, shape, dtype, recorder, rules, program, place, ...x }, i) => ({
        node: { kind, by, shape, dtype, recorder, rules },
        inputs: x.value ? [] : x.inputs.map(placeOf),
        slot: x.value ? this.#known(order[i] as Node) : -1,
        number: kind === "leaf" && by.source === "number" ? this.#numberOf(order[i] as Node) : null,
        program,
        place,
      }),
    );
    return { nodes, roots: roots.map(placeOf) };
  }
}
