/**
 * Module 2.11c — Planning memory.
 *
 * Temporaries live from the kernel that stores them to the last that reads them; ranges whose lives
 * do not overlap share bytes of an arena, best fit first. Arguments and results are bound at each
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
      const { arena, offset } = arenas.take(bytesOf(node), last.get(node) as number);
      slotOf.set(node, slots.push({ role: "temporary", bytes: bytesOf(node), arena, offset }) - 1);
    }
    arenas.release(i);
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

interface Range {
  readonly arena: number;
  readonly offset: number;
  readonly bytes: number;
}

/** First fit among the smallest free ranges that hold it; a new arena where one would overflow. */
class Arenas {
  readonly sizes: number[] = [];
  #free: Range[] = [];
  #live: (Range & { readonly until: number })[] = [];
  readonly #alignment: number;
  readonly #limit: number;

  constructor(alignment: number, limit: number) {
    this.#alignment = alignment;
    this.#limit = limit;
  }

  take(size: number, until: number): Range {
    const bytes = Math.ceil(size / this.#alignment) * this.#alignment;
    let best: Range | undefined;
    for (const range of this.#free)
      if (range.bytes >= bytes && (!best || range.bytes < best.bytes)) best = range;
    let taken: Range;
    if (best) {
      const { arena, offset } = best;
      this.#free = this.#free.filter((range) => range !== best);
      if (best.bytes > bytes)
        this.#free.push({ arena, offset: offset + bytes, bytes: best.bytes - bytes });
      taken = { arena, offset, bytes };
    } else taken = this.#grow(bytes);
    this.#live.push({ ...taken, until });
    return taken;
  }

  #grow(bytes: number): Range {
    const arena = this.sizes.length - 1;
    const size = this.sizes[arena];
    if (size === undefined || size + bytes > this.#limit) {
      this.sizes.push(bytes);
      return { arena: arena + 1, offset: 0, bytes };
    }
    // a free range at the end of the arena is extended
    const tail = this.#free.find((r) => r.arena === arena && r.offset + r.bytes === size);
    const offset = tail ? tail.offset : size;
    if (tail) this.#free = this.#free.filter((r) => r !== tail);
    this.sizes[arena] = offset + bytes;
    return { arena, offset, bytes };
  }

  /** Frees what kernel `i` was the last to use; neighbours merge. */
  release(i: number): void {
    const over = this.#live.filter((range) => range.until <= i);
    if (over.length === 0) return;
    this.#live = this.#live.filter((range) => range.until > i);
    const all = [...this.#free, ...over].sort((a, b) => a.arena - b.arena || a.offset - b.offset);
    this.#free = [];
    for (const range of all) {
      const before = this.#free[this.#free.length - 1];
      if (before && before.arena === range.arena && before.offset + before.bytes === range.offset)
        this.#free[this.#free.length - 1] = { ...before, bytes: before.bytes + range.bytes };
      else this.#free.push({ arena: range.arena, offset: range.offset, bytes: range.bytes });
    }
  }
}
