/** The properties that MiniTorch's first module asks of its operators. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import {
  add,
  eq,
  exp,
  id,
  inv,
  isClose,
  log,
  lt,
  max,
  mul,
  neg,
  relu,
  sigmoid,
} from "../src/index.ts";

const x = fc.integer({ min: -10000, max: 10000 }).map((n) => n / 100);
const near = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100);

describe("module 0", () => {
  test.prop([x, x])("arithmetic is JavaScript's", (a, b) => {
    expect([add(a, b), mul(a, b), neg(a), id(a)]).toEqual([a + b, a * b, -a, a]);
    expect(max(a, b)).toBe([a, b].sort((p, q) => p - q)[1]);
    expect([lt(a, b), eq(a, b), eq(a, a)]).toEqual([Number(a < b), Number(a === b), 1]);
  });
  test.prop([x, x])("eq is symmetric, and so is mul", (a, b) => {
    expect(eq(a, b)).toBe(eq(b, a));
    expect(mul(a, b)).toBe(mul(b, a));
  });
  test.prop([x, x, x])("lt is transitive", (a, b, c) => {
    const [low, middle, high] = [a, b, c].sort((p, q) => p - q) as [number, number, number];
    if (lt(low, middle) && lt(middle, high)) expect(lt(low, high)).toBe(1);
    expect(lt(low, middle) + lt(middle, low)).toBeLessThanOrEqual(1);
  });
  test.prop([x, x, x])("mul distributes over add", (a, b, c) => {
    expect(isClose(mul(a, add(b, c)), add(mul(a, b), mul(a, c)))).toBe(1);
  });
  test.prop([x])("relu keeps what is positive", (a) => {
    expect(relu(a)).toBe((a + Math.abs(a)) / 2);
  });
  test.prop([x])("sigmoid lies in 0 … 1 and is symmetric about (0, ½)", (a) => {
    expect(sigmoid(a)).toBeGreaterThanOrEqual(0);
    expect(sigmoid(a)).toBeLessThanOrEqual(1);
    expect(sigmoid(neg(a))).toBeCloseTo(1 - sigmoid(a), 14);
    expect(sigmoid(0)).toBe(0.5);
  });
  test.prop([near, near])("sigmoid increases strictly", (a, b) => {
    if (a < b) expect(sigmoid(a)).toBeLessThan(sigmoid(b));
  });
  test.prop([near])("log undoes exp, and inv undoes itself", (a) => {
    expect(log(exp(a))).toBeCloseTo(a, 10);
    if (a !== 0) expect(inv(inv(a))).toBeCloseTo(a, 10);
  });
  test.prop([x, x])("isClose: nearer than 0.01", (a, b) => {
    expect(isClose(a, b)).toBe(Number(Math.abs(a - b) < 0.01));
    expect([isClose(a, a + 0.0099), isClose(a, a - 0.0101)]).toEqual([1, 0]);
  });
});
