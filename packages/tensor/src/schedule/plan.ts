/**
 * Module 2.11c — Planning memory.
 *
 * Temporaries live from the kernel that stores them to the last that reads them; ranges whose lives
 * do not overlap share bytes of an arena, first fit. Arguments and results are bound at each
 * run.
 */
import type { Backend, Input, Kernel, Program, Slot } from "@mt/backend";
import type { Node } from "../graph/node.ts";
import type { Draft } from "./writer.ts";

/** Slots in order: arguments, results, temporaries. */
export function plan(
  drafts: readonly Draft[],
  args: readonly Node[],
  outputs: readonly Node[],
  numbers: readonly Node[],
  backend: Backend,
): Program {
  const bytesOf = (node: Node): number => node.shape.size * (backend.dtypes.get(node.dtype) ?? 4);
  const slots: Slot[] = [];
  const slotOf = new Map<Node, number>();
  for (const node of args)
    slotOf.set(node, slots.push({ role: "argument", bytes: bytesOf(node) }) - 1);
  for (const node of outputs)
    slotOf.set(node, slots.push({ role: "result", bytes: bytesOf(node) }) - 1);
  const last = new Map<Node, number>();
  drafts.forEach(({ nodes }, i) => {
    for (const node of nodes) last.set(node, i);
  });
  const arenas = new Arenas(backend.limits.alignment, backend.limits.bytesPerBuffer);
  drafts.forEach(({ nodes }, i) => {
    for (const node of nodes) {
      if (slotOf.has(node)) continue;
      const bytes = bytesOf(node);
      const place = arenas.take(bytes, i, last.get(node) as number);
      slotOf.set(node, slots.push({ role: "temporary", bytes, ...place }) - 1);
    }
  });
  const scalarOf = new Map(numbers.map((node, i) => [node.index, i]));
  const kernels = drafts.map(({ kernel, nodes }) =>
    renumber(
      kernel,
      (slot) => slotOf.get(nodes[slot] as Node) as number,
      (place) => scalarOf.get(place) as number,
    ),
  );
  return { kernels, slots, arenas: arenas.sizes, scalars: numbers.map((node) => node.dtype) };
}

/** The kernel with slots and scalars numbered by the program. */
function renumber(
  kernel: Kernel,
  slotOf: (slot: number) => number,
  scalarOf: (place: number) => number,
): Kernel {
  const input = <X extends Input>(x: X): X =>
    x.kind === "read"
      ? { ...x, slot: slotOf(x.slot) }
      : x.kind === "scalar"
        ? { ...x, index: scalarOf(x.index) }
        : x;
  if (kernel.kind === "argsort")
    return { ...kernel, input: input(kernel.input), slot: slotOf(kernel.slot) };
  const inputs = kernel.inputs.map(input);
  if (kernel.kind === "scatter")
    return { ...kernel, inputs, store: { ...kernel.store, slot: slotOf(kernel.store.slot) } };
  return { ...kernel, inputs, stores: kernel.stores.map((s) => ({ ...s, slot: slotOf(s.slot) })) };
}

/** Ranges in use, by arena; each new one goes where it first fits. */
class Arenas {
  readonly sizes: number[] = [];
  #live: { readonly arena: number; readonly offset: number; end: number; until: number }[] = [];
  readonly #alignment: number;
  readonly #limit: number;

  constructor(alignment: number, limit: number) {
    this.#alignment = alignment;
    this.#limit = limit;
  }

  /** A range of this size from kernel `from` to kernel `until`. */
  take(size: number, from: number, until: number): { arena: number; offset: number } {
    const bytes = Math.ceil(size / this.#alignment) * this.#alignment;
    this.#live = this.#live.filter((range) => range.until >= from);
    for (let arena = 0; ; arena++) {
      let offset = 0;
      for (const range of this.#live) {
        if (range.arena !== arena) continue;
        if (range.offset - offset >= bytes) break;
        offset = Math.max(offset, range.end); // a range may be empty
      }
      const end = offset + bytes;
      if (offset > 0 && end > this.#limit) continue;
      this.sizes[arena] = Math.max(this.sizes[arena] ?? 0, end);
      this.#live.push({ arena, offset, end, until });
      this.#live.sort((a, b) => a.offset - b.offset);
      return { arena, offset };
    }
  }
}
