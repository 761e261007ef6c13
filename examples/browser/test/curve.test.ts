import { expect, test } from "vitest";
import { curveOf, roundUp } from "../src/curve.ts";

test("the last epoch of the axis is a round number", () => {
  expect([1, 3, 40, 51, 501].map(roundUp)).toEqual([1, 5, 50, 100, 1000]);
});

test("a tenth of the loss is the same step down, one epoch the same step to the right", () => {
  const { path, epochs } = curveOf([10, 1, 0.1, 0.01]);
  expect(epochs).toBe(50);
  expect(path).toBe("M43.2 10.0L50.4 59.3L57.6 108.7L64.8 158.0");
});

test("what is beyond the axis lies on its end", () => {
  expect(curveOf([1e5, 0]).path).toBe("M43.2 10.0L50.4 158.0");
});

test("before the first epoch there are axes and no line", () => {
  expect(curveOf([])).toEqual({ path: "", epochs: 50 });
});
