/**
 * Convolution and pooling as loops over plain arrays: what the tensor functions are held to.
 */
import type { PerAxis, PoolingOptions } from "../src/index.ts";

export interface Case {
  readonly axes: number;
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly kernel: readonly number[];
}
interface Result {
  readonly shape: number[];
  readonly data: Float64Array;
}

export const product = (shape: readonly number[]): number => shape.reduce((n, x) => n * x, 1);

/** Numbers in −1 … 1 without a pattern that could hide an exchanged index. */
export const sequence = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));

/** The greatest difference between two lists; infinite if their lengths differ or one is NaN. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((far, x, i) => {
    const gap = Math.abs(x - (b[i] as number));
    return gap >= 0 ? Math.max(far, gap) : Infinity;
  }, 0);
}

/** All index tuples of a shape, row-major. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const count = product(shape);
  for (let flat = 0; flat < count; flat++) {
    const index: number[] = [];
    for (let k = shape.length - 1, rest = flat; k >= 0; k--) {
      const n = shape[k] as number;
      index[k] = rest % n;
      rest = Math.floor(rest / n);
    }
    yield index;
  }
}

/** Row-major position; undefined outside the shape. */
function place(index: readonly number[], shape: readonly number[]): number | undefined {
  let flat = 0;
  for (const [k, n] of shape.entries()) {
    const i = index[k] as number;
    if (i < 0 || i >= n) return undefined;
    flat = flat * n + i;
  }
  return flat;
}

export function convolve(
  x: Float64Array,
  xShape: readonly number[],
  w: Float64Array,
  wShape: readonly number[],
  { stride, padding, dilation, groups }: Case,
): Result {
  const [batch = 0, channels = 0, ...image] = xShape;
  const [features = 0, perGroup = 0, ...kernel] = wShape;
  const sizes = image.map((n, i) => {
    const reach = (dilation[i] as number) * ((kernel[i] as number) - 1) + 1;
    return Math.floor((n + 2 * (padding[i] as number) - reach) / (stride[i] as number)) + 1;
  });
  const shape = [batch, features, ...sizes];
  const taps = [...indices([perGroup, ...kernel])];
  const data = Float64Array.from(indices(shape), (index) => {
    const [b = 0, f = 0] = index;
    const first = b * channels + Math.floor(f / (features / groups)) * perGroup;
    return taps.reduce((sum, tap, t) => {
      let from = first + (tap[0] as number); // NaN once it is outside the image
      for (const [i, n] of image.entries()) {
        const at = (index[i + 2] as number) * (stride[i] as number) - (padding[i] as number);
        const y = at + (tap[i + 1] as number) * (dilation[i] as number);
        from = y >= 0 && y < n ? from * n + y : NaN;
      }
      return from >= 0 ? sum + (x[from] as number) * (w[f * taps.length + t] as number) : sum;
    }, 0);
  });
  return { shape, data };
}

const both = (value: PerAxis): readonly number[] =>
  typeof value === "number" ? [value, value] : value;

export function pool(
  kind: "max" | "mean",
  x: Float64Array,
  xShape: readonly number[],
  size: readonly number[],
  { stride = size, padding = 0 }: PoolingOptions,
): Result {
  const [steps, widths] = [both(stride), both(padding)];
  const leading = xShape.slice(0, -2);
  const sizes = xShape
    .slice(-2)
    .map((n, i) =>
      Math.floor((n + 2 * (widths[i] as number) - (size[i] as number)) / (steps[i] as number) + 1),
    );
  const shape = [...leading, ...sizes];
  const data = Float64Array.from(indices(shape), (index) => {
    const corner = index.slice(-2).map((i, k) => i * (steps[k] as number) - (widths[k] as number));
    const seen = [...indices(size)].map((offset) => {
      const position = corner.map((start, k) => start + (offset[k] as number));
      const from = place([...index.slice(0, -2), ...position], xShape);
      return from === undefined ? undefined : (x[from] as number);
    });
    const present = seen.filter((value) => value !== undefined);
    return kind === "max"
      ? Math.max(...present)
      : present.reduce((sum, value) => sum + value, 0) / seen.length;
  });
  return { shape, data };
}
