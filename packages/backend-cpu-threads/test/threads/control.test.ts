import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import {
  controlBytes,
  fail,
  failure,
  finish,
  left,
  mostChunks,
  offer,
  take,
} from "../../src/threads/control.ts";
import * as word from "../../src/threads/word.ts";

const control = () => new Int32Array(new SharedArrayBuffer(controlBytes));

test.prop([fc.integer({ min: 1, max: mostChunks }), fc.infiniteStream(fc.boolean())])(
  "every chunk is taken once, from whichever end",
  (count, ends) => {
    const words = control();
    expect(take(words, true)).toBe(-1);
    offer(words, count);
    const taken = new Set<number>();
    for (let k = 0; k < count; k++) taken.add(take(words, ends.next().value === true));
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k));
    expect([take(words, true), take(words, false)]).toEqual([-1, -1]);
  },
);

test("the first chunks go from the front, the last ones from the back", () => {
  const words = control();
  offer(words, mostChunks);
  expect([take(words, false), take(words, false), take(words, true)]).toEqual([0, 1, 1022]);
});

test("regions without number follow each other in the same words", () => {
  const words = control();
  for (let region = 0; region < 5000; region++) {
    offer(words, 2);
    expect([take(words, false), take(words, true), take(words, false)]).toEqual([0, 1, -1]);
    finish(words, 2);
    expect(words[word.finished]).toBe(2);
  }
});

test("a failure takes back what is left, counts it as finished, and is told once", () => {
  const words = control();
  offer(words, 10);
  take(words, false);
  fail(words, "division by zero");
  fail(words, "later");
  finish(words);
  expect(left(words[word.claim] as number)).toBe(0);
  expect(words[word.finished]).toBe(10);
  expect(failure(words)).toBe("division by zero");
  expect(failure(words)).toBeNull();
});

test("a long text of a failure is cut, and stays within its words", () => {
  const words = control();
  fail(words, "ß".repeat(1000));
  expect(failure(words)).toMatch(/^ß{100,}$/);
  expect(words.subarray(192).every((x) => x === 0)).toBe(true);
});
