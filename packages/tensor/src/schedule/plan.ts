/**
 * Module 2.11c — Planning memory.
 *
 * Temporaries live from the kernel that stores them to the last that reads them; ranges whose lives
 * do not overlap share bytes of an arena, first fit. Arguments and results are bound at each
 * run.
 */
import { type Backend, type Kernel, type Program, rewrite, type Slot, slotsOf } from "@mt/backend";
import type { Node } from "../graph/node.ts";

/** What a program is made for: all nodes in order, what is given, and the numbers among them. */
export interface Recorded {
  readonly order: readonly Node[];
  readonly args: readonly Node[];
  readonly numbers: readonly Node[];
}

/** Slots in order: arguments, results, temporaries. */
export function plan(
  kernels: readonly Kernel[],
  { order, args, numbers }: Recorded,
  outputs: readonly Node[],
  { dtypes, limits }: Backend,
): Program {
  const slots: Slot[] = [];
  const slotOf = new Map<number, number>(); // of places
  const bytesOf = (node: Node): number => node.shape.size * (dtypes.get(node.dtype) ?? 4);
  const add = (node: Node, slot: Slot): void => {
    slotOf.set(node.index, slots.push(slot) - 1);
  };
  for (const node of args) add(node, { role: "argument", bytes: bytesOf(node) });
  for (const node of outputs) add(node, { role: "result", bytes: bytesOf(node) });
  const used = kernels.map(slotsOf);
  const last = new Map<number, number>();
  used.forEach(({ reads, stores }, i) => {
    for (const place of [...reads, ...stores]) last.set(place, i);
  });
  const arenas = new Arenas(limits.alignment, limits.bytesPerBuffer);
  used.forEach(({ stores }, i) => {
    for (const place of stores) {
      if (slotOf.has(place)) continue;
      const node = order[place] as Node;
      const bytes = bytesOf(node);
      const range = arenas.take(bytes, i, last.get(place) as number);
      add(node, { role: "temporary", bytes, ...range });
    }
  });
  const numberOf = new Map(numbers.map(({ index }, i) => [index, i]));
  return {
    kernels: kernels.map((kernel) =>
      rewrite(kernel, {
        slot: (place) => slotOf.get(place) as number,
        scalar: (place) => numberOf.get(place) as number,
      }),
    ),
    slots,
    arenas: arenas.sizes,
    scalars: numbers.map(({ dtype }) => dtype),
  };
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
