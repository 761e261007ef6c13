import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../../src/memory/heap.ts";

describe("the heap", () => {
  test("gives ranges that do not overlap, in cache lines, whatever was freed between", () => {
    const command = fc.tuple(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const heap = new Heap();
        const live: { start: number; bytes: number }[] = [];
        for (const [bytes, choice] of commands) {
          const start = heap.allocate(bytes) as number;
          expect(start % 64).toBe(0);
          expect(start + bytes).toBeLessThan(heap.bytes.length - 4096); // loads may go a page further
          for (const other of live)
            expect(start + bytes <= other.start || other.start + other.bytes <= start).toBe(true);
          live.push({ start, bytes });
          if (choice < 6 && live.length > choice)
            heap.free((live.splice(choice, 1)[0] as (typeof live)[number]).start);
        }
        const size = heap.bytes.length;
        for (const { start } of live) heap.free(start);
        // all of it is one range again
        expect(heap.allocate(size - 8192)).toBe(new Heap().allocate(0));
        expect(heap.bytes).toHaveLength(size);
      }),
      { numRuns: 50 },
    );
  });
  test("uses the same range again", () => {
    const heap = new Heap();
    const first = heap.allocate(1000) as number;
    heap.allocate(64);
    heap.free(first);
    expect(heap.allocate(500)).toBe(first);
  });
  test("keeps what was written when it grows", () => {
    const heap = new Heap();
    const start = heap.allocate(4) as number;
    heap.words[start / 4] = 123;
    heap.allocate(50 * 2 ** 20);
    expect(heap.words[start / 4]).toBe(123);
    expect(heap.doubles.byteLength).toBe(heap.bytes.length);
  });
  test("says when there is no room, and goes on", () => {
    const heap = new Heap(4 * 2 ** 20);
    expect(heap.allocate(5 * 2 ** 20)).toBeNull();
    const most = heap.allocate(3.5 * 2 ** 20) as number;
    expect(most).toBeGreaterThan(0);
    expect(heap.allocate(2 ** 20)).toBeNull();
    heap.free(most);
    expect(heap.allocate(2 ** 20)).toBe(most);
  });
  test("takes nothing back twice", () => {
    const heap = new Heap();
    const start = heap.allocate(10) as number;
    heap.free(start);
    expect(() => heap.free(start)).toThrow(`no range starts at ${start}`);
  });
});
