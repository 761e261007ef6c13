/**
 * The plane in the terminal: what the network thinks everywhere, and the points on top.
 */
import type { Examples } from "./engine.ts";

/** Twice as many columns as rows: a character is about twice as high as wide. */
const columns = 48;
const rows = 24;

/** Puts a color on text, or not: `styleText` of node:util is one. */
export type Paint = (formats: Formats, text: string) => string;
export type Formats = [background: (typeof shades)[number][1], foreground: "black" | "red"];

/** From sure of label 0 to sure of label 1: the character without color, and the color. */
const shades = [
  [" ", "bgBlue"],
  ["·", "bgBlueBright"],
  ["░", "bgYellowBright"],
  ["▒", "bgYellow"],
] as const;
const shadeOf = (p: number): (typeof shades)[number] =>
  shades[Math.min(3, Math.floor(4 * p))] ?? shades[0];

/** The middles of all characters, from the upper left on; x₂ points upwards. `[rows·columns, 2]` */
export const grid: Float32Array = Float32Array.from({ length: 2 * rows * columns }, (_, at) => {
  const cell = at >> 1;
  const [row, column] = [Math.floor(cell / columns), cell % columns];
  return at % 2 ? 1 - (row + 0.5) / rows : (column + 0.5) / columns;
});

/**
 * The picture, from the probabilities of label 1 at `grid` and at the points. ● is label 1, ○ is
 * label 0; ✗ marks a point that the network gets wrong. Points outside the square are left out.
 */
export function picture(
  atGrid: Float32Array,
  { points, labels }: Examples,
  atPoints: Float32Array,
  paint?: Paint,
): string {
  const marks = new Map<number, string>();
  for (const [i, label] of labels.entries()) {
    const column = Math.floor((points[2 * i] as number) * columns);
    const row = Math.floor((1 - (points[2 * i + 1] as number)) * rows);
    const wrong = (atPoints[i] as number) > 0.5 !== (label === 1);
    const at = row * columns + column;
    const inside = column >= 0 && column < columns && row >= 0 && row < rows;
    if (inside && marks.get(at) !== "✗") marks.set(at, wrong ? "✗" : label ? "●" : "○");
  }
  const cells = Array.from(atGrid, (p, k) => {
    const [character, background] = shadeOf(p);
    const mark = marks.get(k);
    if (!paint) return mark ?? character;
    return paint([background, mark === "✗" ? "red" : "black"], mark ?? " ");
  });
  const border = "─".repeat(columns);
  const lines = Array.from(
    { length: rows },
    (_, row) => `│${cells.slice(row * columns, (row + 1) * columns).join("")}│`,
  );
  return [`┌${border}┐`, ...lines, `└${border}┘`].join("\n");
}
