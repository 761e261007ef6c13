/** Module 2.17 — Showing values: nested lists, rows that line up, the middle of long axes left out. */
import type { Shape } from "@mt/backend";
import type { DType, TypedArray } from "@mt/operators";
import { show } from "./errors.ts";
import { rowMajor } from "./shape.ts";

export type Nested = number | readonly Nested[];

/** Row-major elements as nested lists: those at `places` of each axis, where one may be left out. */
export function nest(data: TypedArray, shape: Shape): Nested;
export function nest(data: TypedArray, shape: Shape, places: Places): Shown;
export function nest(data: TypedArray, shape: Shape, places: Places = range): Shown {
  const strides = rowMajor(shape);
  const part = (axis: number, offset: number): Shown =>
    axis === shape.length
      ? (data[offset] as number)
      : places(shape[axis] as number, axis).map((i) =>
          i === null ? null : part(axis + 1, offset + i * (strides[axis] as number)),
        );
  return part(0, 0);
}
type Places = (n: number, axis: number) => readonly (number | null)[];
/** Nested lists with gaps. */
type Shown = number | null | readonly Shown[];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Elements shown at each end of an axis that has too many: of the last two axes, and of others. */
const edges = { rows: 3, blocks: 1 } as const;
const manyElements = 200;

const unfinite = (x: number): string => (Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "-∞");
const decimalsOf = (text: string): number => /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0;

/**
 * One notation for all numbers shown: whole, with a common number of decimals, or exponential. The
 * greatest has `digits` digits; all others have as many behind the point as it has.
 */
function notation(numbers: readonly number[], digits: number): (x: number) => string {
  const finite = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const whole = finite.every(Number.isInteger) && !(high >= 1e15);
  const places = finite.length ? digits - 1 - Math.floor(Math.log10(high)) : 0;
  const tooMany = !whole && (high >= 1e8 || low < 0.5 * 10 ** -places || places > 8);
  const decimals = whole
    ? 0
    : Math.max(...finite.map((x) => decimalsOf(x.toFixed(Math.min(20, Math.max(0, places))))));
  return (x) => {
    if (!Number.isFinite(x)) return unfinite(x);
    if (tooMany) return x === 0 ? "0" : x.toExponential(3);
    return (x === 0 ? 0 : x).toFixed(decimals);
  };
}

/** `Tensor([[1, 2], [3, 4]], shape=[2, 2], dtype=f32, device=reference)`; data if they can be had. */
export function format(
  data: TypedArray | null,
  shape: Shape,
  dtype: DType,
  device: string,
): string {
  const about = `shape=${show(shape)}, dtype=${dtype}, device=${device}`;
  if (!data) return `Tensor(${about})`;
  if (data.length === 0) return `Tensor([], ${about})`;
  const rank = shape.length;
  const shown = nest(data, shape, (n, axis) => {
    const edge = axis >= rank - 2 ? edges.rows : edges.blocks;
    const all = range(n);
    return data.length > manyElements && n > 2 * edge + 1
      ? [...all.slice(0, edge), null, ...all.slice(-edge)]
      : all;
  });
  const numbers = ([shown] as unknown[]).flat(Infinity).filter((x) => typeof x === "number");
  const write = dtype === "bool" ? (x: number) => String(x !== 0) : notation(numbers, rank ? 5 : 6);
  const width = Math.max(...numbers.map((x) => write(x).length));
  const text = (x: Shown, axis: number): string => {
    if (x === null) return "…";
    if (typeof x === "number") return write(x).padStart(width);
    const below = rank - 1 - axis;
    // a new line for each row, an empty one between blocks
    const gap = below ? `,${"\n".repeat(Math.min(2, below))}${" ".repeat(8 + axis)}` : ", ";
    return `[${x.map((y) => text(y, axis + 1)).join(gap)}]`;
  };
  return `Tensor(${text(shown, 0)}, ${about})`;
}
