/** Module 2.17 — Showing values: nested lists, rows that line up, the middle of long axes left out. */
import type { Shape } from "@mt/backend";
import type { DType, TypedArray } from "@mt/operators";
import { TensorError } from "./errors.ts";

export type Nested = number | readonly Nested[];

/** Row-major elements as nested lists. */
export function nest(data: TypedArray, shape: Shape, axis = 0, offset = 0): Nested {
  if (axis === shape.length) return data[offset] as number;
  const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
  return Array.from({ length: shape[axis] as number }, (_, i) =>
    nest(data, shape, axis + 1, offset + i * inner),
  );
}

/** Elements shown at each end of an axis that has too many: of the last two axes, and of others. */
const edges = { rows: 3, blocks: 1 } as const;
const manyElements = 200;
/** Digits of the greatest number shown; all others have as many behind the point as it has. */
const significant = 5;

/** One number by itself. */
const digits = (x: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e16
    ? String(x)
    : Math.abs(x) >= 1e-4 && Math.abs(x) < 1e6
      ? String(Number(x.toPrecision(6)))
      : x.toExponential(3);

const unfinite = (x: number): string => (Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "-∞");
const decimalsOf = (text: string): number => /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0;

/** One notation for all numbers shown: whole, with a common number of decimals, or exponential. */
function notation(numbers: readonly number[]): (x: number) => string {
  const finite = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const whole = finite.every(Number.isInteger) && !(high >= 1e15);
  const places = finite.length ? significant - 1 - Math.floor(Math.log10(high)) : 0;
  const tooMany = !whole && (high >= 1e8 || low < 0.5 * 10 ** -places || places > 8);
  const decimals = whole
    ? 0
    : Math.max(...finite.map((x) => decimalsOf(x.toFixed(Math.min(20, Math.max(0, places))))));
  const text = tooMany
    ? (x: number): string => (x === 0 ? "0" : x.toExponential(3))
    : (x: number): string => (x === 0 ? 0 : x).toFixed(decimals);
  return (x) => (Number.isFinite(x) ? text(x) : unfinite(x));
}

/** What can be read: showing a tensor never fails for want of its values. */
export function readable(read: () => TypedArray): TypedArray | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof TensorError) return null;
    throw error;
  }
}

/** `Tensor([[1, 2], [3, 4]], shape=[2, 2], dtype=f32, device=reference)`. */
export function format(
  data: TypedArray | null,
  shape: Shape,
  dtype: DType,
  device: string,
): string {
  const about = `shape=[${shape.join(", ")}], dtype=${dtype}, device=${device}`;
  if (!data) return `Tensor(${about})`;
  if (data.length === 0) return `Tensor([], ${about})`;
  const short = data.length > manyElements;
  const places = (axis: number): (number | null)[] => {
    const n = shape[axis] as number;
    const edge = axis >= shape.length - 2 ? edges.rows : edges.blocks;
    const all = Array.from({ length: n }, (_, i) => i);
    return short && n > 2 * edge + 1 ? [...all.slice(0, edge), null, ...all.slice(-edge)] : all;
  };
  const shown: number[] = [];
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) shown.push(data[offset] as number);
    else {
      const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
      for (const i of places(axis)) if (i !== null) visit(axis + 1, offset + i * inner);
    }
  };
  visit(0, 0);
  const single = (x: number): string => (Number.isFinite(x) ? digits(x) : unfinite(x));
  const write = shape.length === 0 ? single : notation(shown);
  const texts = shown.map((x) => (dtype === "bool" ? String(x !== 0) : write(x)));
  const width = Math.max(...texts.map((s) => s.length));
  let next = 0;
  const rows = (axis: number): string => {
    if (axis === shape.length) return (texts[next++] as string).padStart(shape.length ? width : 0);
    const parts = places(axis).map((i) => (i === null ? "…" : rows(axis + 1)));
    const below = shape.length - 1 - axis;
    // a new line for each row, an empty one between blocks
    const gap = below ? `,${"\n".repeat(Math.min(2, below))}${" ".repeat(8 + axis)}` : ", ";
    return `[${parts.join(gap)}]`;
  };
  return `Tensor(${rows(0)}, ${about})`;
}
