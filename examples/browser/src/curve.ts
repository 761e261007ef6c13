/**
 * The loss, epoch by epoch, as a line: each of its heights is a tenth of the one above.
 */
const [left, right, top, bottom] = [36, 396, 10, 158];
const heights = [10, 1, 0.1, 0.01] as const;
/** A line with few epochs is not stretched over the whole width. */
const fewest = 40;

/** A round number of at least `x`: 1, 2 or 5 times a power of ten. */
export function roundUp(x: number): number {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * ([1, 2, 5].find((step) => step * power >= x) ?? 10);
}

/** Where a loss is drawn; what is beyond the axis lies on its end. */
function heightOf(loss: number): number {
  const tenths = Math.log10(heights[0] / loss);
  const share = Math.min(Math.max(tenths / (heights.length - 1), 0), 1);
  return top + share * (bottom - top);
}

/** The path of a line through the losses, and the epoch at the end of its axis. */
export function curveOf(losses: readonly number[]): { path: string; epochs: number } {
  const epochs = roundUp(Math.max(losses.length, fewest));
  const at = (loss: number, k: number): string => {
    const x = left + ((k + 1) / epochs) * (right - left);
    return `${x.toFixed(1)} ${heightOf(loss).toFixed(1)}`;
  };
  return { path: losses.length > 0 ? `M${losses.map(at).join("L")}` : "", epochs };
}

/** Draws the line with its axes. */
export function drawCurve(svg: SVGSVGElement, losses: readonly number[]): void {
  const { path, epochs } = curveOf(losses);
  const text = (x: number, y: number, anchor: "start" | "end", words: string | number) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
  const lines = heights.map((loss) => {
    const y = heightOf(loss);
    const line = `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" />`;
    return line + text(left - 6, y + 4, "end", loss);
  });
  svg.innerHTML = [
    ...lines,
    text(left, bottom + 18, "start", "loss by epoch"),
    text(right, bottom + 18, "end", epochs),
    `<path d="${path}" />`,
  ].join("");
}
