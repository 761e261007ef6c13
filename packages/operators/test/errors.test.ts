import { afterEach, describe, expect, test } from "vitest";
import { DTypeError, deepStack, OperatorError, sigmoid } from "../src/index.ts";

const limit = Error.stackTraceLimit;
afterEach(() => {
  Error.stackTraceLimit = limit;
});

/** Calls `act` under `depth` calls of a function with a name. */
const nested = <T>(depth: number, act: () => T): T => {
  function library(n: number): T {
    return n === 0 ? act() : library(n - 1);
  }
  return library(depth);
};
const trace = (depth: number): string => {
  function caller(): OperatorError {
    return nested(depth, () => new OperatorError("op", "cannot."));
  }
  return caller().stack ?? "";
};
const thrownBy = (act: () => unknown): Error => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

describe("the trace of an error", () => {
  test("reaches the caller's line through more calls than an engine shows", () => {
    expect(trace(40)).toContain("caller");
    expect(nested(30, () => new DTypeError("op", ["i32"], "cannot.")).stack).toContain("nested");
  });
  test("names the caller's file first of those outside the library", () => {
    const { stack = "" } = thrownBy(() => (sigmoid as (...x: number[]) => number)(1, 2));
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    const outside = frames.find((line) => !/packages\/[a-z]+\/src\//.test(line));
    expect(outside).toContain("errors.test.ts");
  });
  test("starts with the class and leaves its constructor out", () => {
    const [head, first] = trace(1).split("\n");
    expect(head).toBe("OperatorError: op: cannot.");
    expect(first).not.toContain("new OperatorError");
  });
  test("leaves the limit as it was", () => {
    Error.stackTraceLimit = 3;
    trace(1);
    expect(Error.stackTraceLimit).toBe(3);
  });
  test("is not taken where somebody wants none", () => {
    Error.stackTraceLimit = 0;
    expect(trace(1)).not.toContain("caller");
  });
  test("is not cut where somebody wants more", () => {
    Error.stackTraceLimit = 100;
    expect(trace(80)).toContain("caller");
  });
  test("is left alone by engines that do not cut it", () => {
    const capture = Error.captureStackTrace;
    try {
      Reflect.set(Error, "captureStackTrace", undefined);
      const error = new Error("x");
      const { stack } = error;
      deepStack(error);
      expect(error.stack).toBe(stack);
    } finally {
      Error.captureStackTrace = capture;
    }
  });
});
