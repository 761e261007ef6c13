/**
 * The plane: what the network thinks everywhere, and the points on top.
 */
import type { PointSet } from "minitorch";

/** The network is asked at the middles of so many squares a side; the rest is smoothed. */
const side = 48;

/** The middles, from the upper left on; x₂ points upwards. `[side·side, 2]` */
export const grid: Float32Array = Float32Array.from({ length: 2 * side * side }, (_, at) => {
  const [row, column] = [Math.floor((at >> 1) / side), (at >> 1) % side];
  return at % 2 ? 1 - (row + 0.5) / side : (column + 0.5) / side;
});

type Color = readonly [red: number, green: number, blue: number];
const [blue, white, orange]: readonly [Color, Color, Color] = [
  [58, 118, 200],
  [246, 244, 240],
  [231, 126, 54],
];

/** From blue, sure of label 0, by white to orange, sure of label 1. */
export function colorOf(p: number): Color {
  const end = p < 0.5 ? blue : orange;
  const sure = Math.abs(2 * p - 1) * 0.75;
  return white.map((from, k) => from + sure * ((end[k] as number) - from)) as unknown as Color;
}

const css = (color: Color): string => `rgb(${color.join()})`;

/** Draws the probabilities of label 1 at `grid`, and the points; those it gets wrong have a ring. */
export function drawPicture(
  context: CanvasRenderingContext2D,
  atGrid: Float32Array,
  { points, labels }: PointSet,
  atPoints: Float32Array,
): void {
  const { width, height } = context.canvas;
  const pixels = new ImageData(side, side);
  for (const [k, p] of atGrid.entries()) pixels.data.set([...colorOf(p), 255], 4 * k);
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d")?.putImageData(pixels, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, width, height);
  for (const [i, label] of labels.entries()) {
    const [x1, x2] = points.subarray(2 * i, 2 * i + 2) as unknown as [number, number];
    const right = (atPoints[i] as number) > 0.5 === (label === 1);
    context.beginPath();
    context.arc(x1 * width, (1 - x2) * height, width / 80, 0, 2 * Math.PI);
    context.fillStyle = css(label ? orange : blue);
    context.fill();
    context.lineWidth = width / 240;
    context.strokeStyle = right ? "white" : "black";
    context.stroke();
  }
}
