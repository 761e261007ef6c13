import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { advise, chunkOf, Pace } from "../../src/threads/pace.ts";

const paceOf = (alone: number, together = 0): Pace => {
  const pace = new Pace(alone);
  pace.together = together;
  return pace;
};

test("short work is done alone: 10 µs with workers awake, 100 µs with workers asleep", () => {
  expect(advise(paceOf(1), 9_000, true, false)).toBe("short");
  expect(advise(paceOf(1), 11_000, true, false)).toBe("share");
  expect(advise(paceOf(1), 90_000, false, false)).toBe("short");
  expect(advise(paceOf(1), 110_000, false, false)).toBe("share");
});

test("what was measured to be slower together is done alone, but for a trial", () => {
  expect(advise(paceOf(1, 0.6), 1e6, true, false)).toBe("share");
  expect(advise(paceOf(1, 1.1), 1e6, true, false)).toBe("slower");
  expect(advise(paceOf(1, 1.1), 1e6, true, true)).toBe("share");
});

test("now and then shared work is done alone, to compare, unless it is long", () => {
  expect(advise(paceOf(1, 0.6), 1e6, true, true)).toBe("sample");
  expect(advise(paceOf(1, 0.6), 1e8, true, true)).toBe("share");
});

test("trials become rare but do not end", () => {
  const pace = new Pace(1);
  const trials = Array.from({ length: 256 }, (_, k) => (pace.next() ? k + 1 : 0)).filter(Boolean);
  expect(trials).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 192, 256]);
});

test("after a change of mind trials are frequent again", () => {
  const pace = new Pace(1);
  for (let run = 0; run < 100; run++) pace.next();
  pace.noteAlone(1);
  pace.noteTogether(9); // the first is not counted
  expect(pace.gains).toBe(true);
  pace.noteTogether(2);
  expect(pace.gains).toBe(false);
  expect(Array.from({ length: 14 }, () => pace.next())).toEqual(
    Array.from({ length: 14 }, (_, k) => [1, 2, 4, 8].includes(k + 1)),
  );
  pace.noteTogether(0.1); // believed at once
  expect(pace.gains).toBe(true);
});

test("sharing that saves less than a twentieth is not worth it", () => {
  expect(paceOf(1, 0.94).gains).toBe(true);
  expect(paceOf(1, 0.96).gains).toBe(false);
});

test("the first measurement replaces the estimate; later ones move it, downwards faster", () => {
  const pace = new Pace(1000);
  pace.noteAlone(2);
  expect(pace.alone).toBe(2);
  pace.noteAlone(4);
  expect(pace.alone).toBe(2.25);
  pace.noteAlone(0.25);
  expect(pace.alone).toBe(1.25);
});

test("a wrong estimate is corrected by trials, though it called the work short", () => {
  const pace = new Pace(0.001);
  expect(advise(pace, 1e6, true, false)).toBe("short");
  if (pace.next()) pace.noteAlone(5);
  expect(advise(pace, 1e6, true, false)).toBe("share");
});

test.prop([
  fc.integer({ min: 1, max: 1e6 }),
  fc.integer({ min: 1, max: 500 }),
  fc.integer({ min: 2, max: 65 }),
  fc.constantFrom(0.01, 1, 100, 1e6),
])(
  "chunks are whole grains, at least two if there are two grains, and few",
  (u, grain, threads, pace) => {
    const units = u + grain; // more than one grain, or the region is not shared
    const perChunk = chunkOf(paceOf(pace), units, grain, threads, 1023);
    const count = Math.ceil(units / perChunk);
    expect(perChunk % grain).toBe(0);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(16 * threads);
  },
);
