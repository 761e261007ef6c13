import { expect, test } from "vitest";
import { grid, picture } from "../src/picture.ts";

const examples = (...rows: [x1: number, x2: number, label: number][]) => ({
  count: rows.length,
  points: Float32Array.from({ length: 2 * rows.length }, (_, at) => rows[at >> 1]?.[at % 2] ?? 0),
  labels: Uint8Array.from(rows, ([, , label]) => label),
});
/** Sure of label 1 on the right half. */
const halves = Float32Array.from({ length: grid.length / 2 }, (_, k) =>
  (grid[2 * k] as number) > 0.5 ? 0.9 : 0.1,
);

test("regions and points stand where they are in the plane, x₂ upwards", () => {
  const set = examples([0.01, 0.99, 0], [0.99, 0.99, 1], [0.01, 0.01, 1], [0.99, 0.01, 0]);
  const lines = picture(halves, set, Float32Array.of(0.1, 0.9, 0.1, 0.9)).split("\n");
  expect(lines[1]).toBe(`│○${" ".repeat(23)}${"▒".repeat(23)}●│`);
  expect(lines[12]).toBe(`│${" ".repeat(24)}${"▒".repeat(24)}│`);
  expect(lines[24]).toBe(`│✗${" ".repeat(23)}${"▒".repeat(23)}✗│`);
  expect(lines.length).toBe(26);
});

test("the grid runs from the upper left to the lower right, as the picture is printed", () => {
  expect([...grid.subarray(0, 2), ...grid.subarray(-2)]).toEqual(
    [0.5 / 48, 23.5 / 24, 47.5 / 48, 0.5 / 24].map(Math.fround),
  );
  expect(grid[2]).toBeCloseTo(1.5 / 48, 6);
});

test("four shades go from one label to the other", () => {
  const levels = Float32Array.from(halves, (_, k) => [0, 0.3, 0.6, 1][k % 4] as number);
  expect(picture(levels, examples(), new Float32Array(0)).split("\n")[1]?.slice(1, 5)).toBe(" ·░▒");
});

test("a wrong point is never hidden by a right one, and points outside are left out", () => {
  const set = examples([0.5, 0.5, 0], [0.5, 0.5, 1], [1.2, 0.5, 1], [0.5, -3, 0]);
  const text = picture(halves, set, Float32Array.of(0.9, 0.9, 0.9, 0.1));
  expect(text.match(/[●○✗]/g)).toEqual(["✗"]);
});

test("with color the shade is the background", () => {
  const set = examples([0.01, 0.99, 0], [0.99, 0.99, 0]);
  const text = picture(halves, set, Float32Array.of(0.1, 0.9), ([back, front], cell) =>
    cell === " " ? " " : `<${back} ${front} ${cell}>`,
  );
  expect(text.match(/<.*?>/g)).toEqual(["<bgBlue black ○>", "<bgYellow red ✗>"]);
});
