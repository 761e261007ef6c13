import { Random } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DatasetError,
  type PointSet,
  type PointSetName,
  pointSet,
  pointSetNames,
} from "../src/index.ts";

const pairs = ({ points, count }: PointSet): [number, number][] =>
  Array.from({ length: count }, (_, i) => [points[2 * i] as number, points[2 * i + 1] as number]);

/** The rules in other words: distances from the middle, sides of lines. */
const rules: Record<Exclude<PointSetName, "spiral">, (x: number, y: number) => boolean> = {
  simple: (x) => Math.floor(2 * x) === 0,
  diag: (x, y) => y < 0.5 - x,
  split: (x) => Math.abs(x - 0.5) > 0.3,
  xor: (x, y) => (x - 0.5) * (y - 0.5) < 0,
  circle: (x, y) => Math.hypot(x - 0.5, y - 0.5) > Math.sqrt(0.1),
};

describe.each(Object.entries(rules))("%s", (name, rule) => {
  const set = pointSet(name as PointSetName, 2000, new Random(7));

  test("labels each point by its rule", () => {
    const expected = pairs(set).map(([x, y]) => Number(rule(x, y)));
    expect([...set.labels]).toEqual(expected);
    expect(new Set(set.labels)).toEqual(new Set([0, 1]));
  });

  test("fills the unit square evenly", () => {
    expect(set.points.every((x) => x >= 0 && x < 1)).toBe(true);
    const quarters = pairs(set).map(([x, y]) => 2 * Math.floor(2 * x) + Math.floor(2 * y));
    for (const quarter of [0, 1, 2, 3]) {
      const inside = quarters.filter((q) => q === quarter).length;
      expect(Math.abs(inside - 500)).toBeLessThan(100); // 5 σ
    }
  });

  test("is the same for the same seed only", () => {
    const again = pointSet(name as PointSetName, 2000, new Random(7));
    const other = pointSet(name as PointSetName, 2000, new Random(8));
    expect(again).toEqual(set);
    expect(other.points).not.toEqual(set.points);
  });
});

describe("spiral", () => {
  /** What the definition says, arm by arm. */
  const arms = (half: number): [number, number][] => {
    const steps = Array.from({ length: half }, (_, i) => (10 * (i + 5)) / half);
    return [
      ...steps.map((u): [number, number] => [
        (u * Math.cos(u)) / 20 + 0.5,
        (u * Math.sin(u)) / 20 + 0.5,
      ]),
      ...steps.map((u): [number, number] => [
        (-u * Math.sin(-u)) / 20 + 0.5,
        (-u * Math.cos(-u)) / 20 + 0.5,
      ]),
    ];
  };

  test("has the two arms of its definition", () => {
    const set = pointSet("spiral", 50, new Random(0));
    for (const [i, [x, y]] of arms(25).entries()) {
      expect(set.points[2 * i]).toBeCloseTo(x, 6);
      expect(set.points[2 * i + 1]).toBeCloseTo(y, 6);
      expect(set.labels[i]).toBe(i < 25 ? 0 : 1);
    }
  });

  test("has as many points as asked for, odd numbers too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 101 }), (count) => {
        const set = pointSet("spiral", count, new Random(0));
        expect([set.points.length, set.labels.length]).toEqual([2 * count, count]);
        expect(set.points.every(Number.isFinite)).toBe(true);
        expect(set.labels.filter((label) => label === 1).length).toBe(Math.floor(count / 2));
      }),
    );
  });
});

test("every name is a set, in order of difficulty", () => {
  expect(pointSetNames).toEqual(["simple", "diag", "split", "xor", "circle", "spiral"]);
});

test.each([0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, "50"])("a count of %j", (count) => {
  const f = () => pointSet("xor", count as number, new Random(0));
  expect(f).toThrow(DatasetError);
  expect(f).toThrow(/count must be a whole number ≥ 1/);
});

test("an unknown set", () => {
  expect(() => pointSet("moons" as never, 5, new Random(0))).toThrowErrorMatchingInlineSnapshot(
    `[DatasetError: pointSet: there is no "moons"; there are simple, diag, split, xor, circle, spiral.]`,
  );
});

test("nothing to draw with", () => {
  expect(() => pointSet("xor", 5, undefined as unknown as Random)).toThrow(
    'pointSet: "xor" is drawn at random, and random is undefined. Give a generator as the third',
  );
  expect(() => pointSet("diag", 5, Math.random as unknown as Random)).toThrow(DatasetError);
  expect(pointSet("spiral", 5, undefined as unknown as Random).count).toBe(5); // draws nothing
});

test("an error under more calls than an engine shows still names who made the first", () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? pointSet("xor", 0, new Random(0)) : nested(depth - 1);
  const caller = (): unknown => nested(20);
  const deep = expect.objectContaining({ stack: expect.stringMatching(/at caller .*test\.ts/) });
  expect(caller).toThrow(deep);
});
