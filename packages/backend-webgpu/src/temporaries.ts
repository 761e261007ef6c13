/**
 * Module 3.120 — Where temporaries lie.
 *
 * The planner lays them out in arenas. A dispatch may not read one part of a buffer and write
 * another, though, so here each has a buffer of its own while it lives; when its last kernel has run,
 * another one moves in.
 */
import type { Program } from "@mt/backend";

export interface Housing {
  /** Bytes of each buffer. */
  readonly houses: readonly number[];
  /** The buffer of each slot; −1: it is no temporary. */
  readonly houseOf: readonly number[];
}

/** `touched[k]`: the slots that kernel k reads or stores to. */
export function house({ slots }: Program, touched: readonly (readonly number[])[]): Housing {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  touched.forEach((list, k) => {
    for (const slot of list) {
      if (slots[slot]?.role !== "temporary") continue;
      if (!first.has(slot)) first.set(slot, k);
      last.set(slot, k);
    }
  });
  const houses: number[] = [];
  const houseOf = slots.map(() => -1);
  const empty = new Set<number>();
  touched.forEach((list, k) => {
    for (const slot of list) {
      if (first.get(slot) !== k || houseOf[slot] !== -1) continue;
      const bytes = slots[slot]?.bytes as number;
      const chosen = choose(houses, empty, bytes);
      empty.delete(chosen);
      houses[chosen] = Math.max(houses[chosen] ?? 0, bytes);
      houseOf[slot] = chosen;
    }
    for (const slot of list) if (last.get(slot) === k) empty.add(houseOf[slot] as number);
  });
  return { houses, houseOf };
}

/** The smallest empty one that is large enough, else the largest, which grows; else a new one. */
function choose(houses: readonly number[], empty: ReadonlySet<number>, bytes: number): number {
  const fitting = [...empty].sort((a, b) => (houses[a] as number) - (houses[b] as number));
  return fitting.find((h) => (houses[h] as number) >= bytes) ?? fitting.at(-1) ?? houses.length;
}
