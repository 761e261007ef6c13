/**
 * Module 4.2 — Pooling: the last axes seen as windows, then folded.
 *
 * Where windows lie side by side they are a reshape, whose gradient costs nothing; where they
 * overlap they are sliding windows. Either way the image is not copied.
 */
import { badValue, mismatch, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { move } from "../graph/record.ts";
import { type PerAxis, perAxis } from "./convolution.ts";
import { pad, reshape, unfold } from "./moves.ts";

export interface PoolingOptions {
  /** Step from one window to the next; default: the size, so that windows lie side by side. */
  readonly stride?: PerAxis;
  /** Elements around the image that no window gains from; at most half the size; default 0. */
  readonly padding?: PerAxis;
}

/** An image seen as windows, and the axes along which a window extends. */
export interface Windows {
  readonly x: Node;
  readonly inside: readonly number[];
}

/** The windows of the last `axes` axes, as that many more axes. */
export function windows(
  operation: string,
  axes: number,
  x: Node,
  size: PerAxis,
  { stride = size, padding = 0 }: PoolingOptions,
  fill: number,
): Windows {
  const sizes = perAxis(operation, "size", size, axes, 1);
  const steps = perAxis(operation, "stride", stride, axes, 1);
  const widths = perAxis(operation, "padding", padding, axes, 0);
  const shape = x.shape.dims;
  if (shape.length < axes) throw wrongRank(operation, shape, `it takes ${axes} or more`);
  const first = shape.length - axes;
  sizes.forEach((n, i) => {
    const width = widths[i] as number;
    if (2 * width > n)
      throw badValue(operation, `padding ${width} is more than half of the window's ${n}.`);
    const have = (shape[first + i] as number) + 2 * width;
    if (n > have)
      throw mismatch(
        operation,
        [shape],
        `a window of ${n} does not fit on axis ${first + i}, which has ${have} with its padding`,
      );
  });
  const around = (): Node =>
    pad(
      x,
      widths.map((width) => [width, width] as const),
      fill,
    );
  const padded = widths.some((width) => width > 0) ? around() : x;
  const sideBySide = sizes.every((n, i) => n === steps[i]);
  return sideBySide ? tiles(padded, sizes) : sliding(padded, sizes, steps);
}

function tiles(x: Node, sizes: readonly number[]): Windows {
  const shape = x.shape.dims;
  const first = shape.length - sizes.length;
  const counts = sizes.map((n, i) => Math.floor((shape[first + i] as number) / n));
  const whole = shape.map((n, k) =>
    k < first ? n : (counts[k - first] as number) * (sizes[k - first] as number),
  );
  const fits = whole.every((n, k) => n === shape[k]);
  // what is left over at the end belongs to no window
  const cut = fits
    ? x
    : move(
        "slice",
        x,
        whole.flatMap((n) => [0, n, 1]),
      );
  const split = reshape(cut, [
    ...shape.slice(0, first),
    ...sizes.flatMap((n, i) => [counts[i] as number, n]),
  ]);
  // each axis is followed by its own: in this order the gradient is a reshape, too
  return { x: split, inside: sizes.map((_, i) => first + 2 * i + 1) };
}

function sliding(x: Node, sizes: readonly number[], steps: readonly number[]): Windows {
  const first = x.shape.rank - sizes.length;
  return {
    x: sizes.reduce((y, n, i) => unfold(y, first + i, n, steps[i] as number), x),
    inside: sizes.map((_, i) => x.shape.rank + i),
  };
}
