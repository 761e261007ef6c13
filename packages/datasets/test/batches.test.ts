import { Random } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { batches, DatasetError } from "../src/index.ts";

/** Row i of `squares` is [i, i²]; of `ids` it is i. */
const numbered = (count: number) => ({
  name: "numbers",
  count,
  ids: Uint16Array.from({ length: count }, (_, i) => i),
  squares: Float64Array.from({ length: 2 * count }, (_, k) => (k >> 1) ** (1 + (k % 2))),
});
const ids = (epoch: Iterable<{ ids: Uint16Array }>): number[] =>
  [...epoch].flatMap((batch) => [...batch.ids]);

const sizes = fc.record({
  count: fc.integer({ min: 1, max: 60 }),
  size: fc.integer({ min: 1, max: 70 }),
  seed: fc.nat(),
});

test("an epoch visits every row once, and the rows of all columns together", () => {
  fc.assert(
    fc.property(sizes, ({ count, size, seed }) => {
      const seen: number[] = [];
      for (const batch of batches(numbered(count), { size, random: new Random(seed) })) {
        expect(batch.ids.length).toBe(batch.count);
        expect(batch.squares.length).toBe(2 * batch.count);
        for (const [row, id] of batch.ids.entries())
          expect([...batch.squares.subarray(2 * row, 2 * row + 2)]).toEqual([id, id ** 2]);
        seen.push(...batch.ids);
      }
      expect(seen.sort((a, b) => a - b)).toEqual([...numbered(count).ids]);
    }),
  );
});

test("all batches are full but the last, which can be left out", () => {
  fc.assert(
    fc.property(sizes, ({ count, size }) => {
      const all = batches(numbered(count), { size });
      const counts = [...all].map((batch) => batch.count);
      expect(counts.length).toBe(all.length);
      expect(counts.slice(0, -1).every((n) => n === size)).toBe(true);
      expect(counts.reduce((a, b) => a + b)).toBe(count);
      const full = batches(numbered(count), { size, dropLast: true });
      expect([...full].map((batch) => batch.count)).toEqual(counts.filter((n) => n === size));
      expect(full.length).toBe([...full].length);
    }),
  );
});

test("without randomness rows keep their order", () => {
  expect(ids(batches(numbered(7), { size: 3 }))).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("each epoch has an order of its own, and a seed repeats all of them", () => {
  const epochs = (seed: number): number[][] => {
    const data = batches(numbered(20), { size: 6, random: new Random(seed) });
    return [ids(data), ids(data), ids(data)];
  };
  const [first, second, third] = epochs(3);
  expect(first).not.toEqual(second);
  expect(second).not.toEqual(third);
  expect(epochs(3)).toEqual([first, second, third]);
  expect(epochs(4)[0]).not.toEqual(first);
});

test("a batch has arrays of its own, of the kind of their column", () => {
  const data = numbered(4);
  for (const batch of batches(data, { size: 4 })) {
    batch.ids.fill(9);
    expect(batch.squares).toBeInstanceOf(Float64Array);
  }
  expect([...data.ids]).toEqual([0, 1, 2, 3]);
});

test("only typed arrays are columns", () => {
  const [batch] = batches(numbered(2), { size: 2 });
  expect(new Set(Object.keys(batch ?? {}))).toEqual(new Set(["count", "ids", "squares"]));
  type Columns = Exclude<keyof Exclude<typeof batch, undefined>, "count">;
  expectTypeOf<Columns>().toEqualTypeOf<"ids" | "squares">();
  expectTypeOf(batch?.ids).toEqualTypeOf<Uint16Array<ArrayBuffer> | undefined>();
});

describe("bad input", () => {
  test.each([0, -1, 1.5, Number.NaN, undefined])("a size of %j", (size) => {
    expect(() => batches(numbered(3), { size: size as number })).toThrow(DatasetError);
  });
  test("a count of 0", () => {
    expect(() => batches(numbered(0), { size: 1 })).toThrow(/count must be a whole number/);
  });
  test("a column with other rows", () => {
    const uneven = { count: 3, labels: new Uint8Array(4) };
    expect(() => batches(uneven, { size: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[DatasetError: batches: "labels" has 4 elements, which is not a whole number of elements for each of 3 rows. Give every column as many rows as \`count\` says.]`,
    );
  });
  test("no columns", () => {
    expect(() => batches({ count: 3 }, { size: 1 })).toThrow(/no typed array/);
  });
});
