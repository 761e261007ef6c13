import { expect, test } from "vitest";
import { colorOf, grid } from "../src/picture.ts";

test("the grid runs from the upper left to the lower right, x₂ upwards", () => {
  expect([...grid.subarray(0, 2), ...grid.subarray(-2)]).toEqual(
    [0.5 / 48, 47.5 / 48, 47.5 / 48, 0.5 / 48].map(Math.fround),
  );
  expect(grid[2]).toBeCloseTo(1.5 / 48, 6);
});

test("a network that knows nothing is white; the surer it is, the more color", () => {
  const [white, unsure, sure] = [0.5, 0.6, 1].map(colorOf);
  expect(white).toEqual([246, 244, 240]);
  expect(unsure?.[2]).toBeLessThan(240);
  expect(sure?.[2]).toBeLessThan(unsure?.[2] as number);
  expect(colorOf(0)[0]).toBeLessThan(colorOf(0)[2]); // blue for label 0
  expect(colorOf(1)[0]).toBeGreaterThan(colorOf(1)[2]); // orange for label 1
});
