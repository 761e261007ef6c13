/** Module 2.17 — Showing values: nested lists, rows that line up, the middle of long axes left out. */
import type { Shape } from "@mt/backend";
import type { DType, TypedArray } from "@mt/operators";

export type Nested = number | readonly Nested[];

/** Row-major elements as nested lists. */
export function nest(data: TypedArray, shape: Shape, axis = 0, offset = 0): Nested {
  if (axis === shape.length) return data[offset] as number;
  const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
  return Array.from({ length: shape[axis] as number }, (_, i) =>
    nest(data, shape, axis + 1, offset + i * inner),
  );
}

/** Elements shown at each end of an axis that has too many. */
const edge = 3;
const manyElements = 200;

const digits = (x: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e16
    ? String(x)
    : Math.abs(x) >= 1e-4 && Math.abs(x) < 1e6
      ? String(Number(x.toPrecision(6)))
      : x.toPrecision(4);

/** `Tensor([[1, 2], [3, 4]], shape=[2, 2], dtype=f32, device=reference)`. */
export function format(
  data: TypedArray | null,
  shape: Shape,
  dtype: DType,
  device: string,
): string {
  const about = `shape=[${shape.join(", ")}], dtype=${dtype}, device=${device}`;
  if (!data) return `Tensor(${about})`;
  const short = data.length > manyElements;
  const places = (n: number): (number | null)[] =>
    short && n > 2 * edge + 1
      ? [0, 1, 2, null, n - 3, n - 2, n - 1]
      : Array.from({ length: n }, (_, i) => i);
  const shown: string[] = [];
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) shown.push(text(data[offset] as number, dtype));
    else {
      const inner = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
      for (const i of places(shape[axis] as number))
        if (i !== null) visit(axis + 1, offset + i * inner);
    }
  };
  visit(0, 0);
  const width = Math.max(0, ...shown.map((s) => s.length));
  let next = 0;
  const rows = (axis: number): string => {
    if (axis === shape.length) return (shown[next++] as string).padStart(shape.length ? width : 0);
    const parts = places(shape[axis] as number).map((i) => (i === null ? "…" : rows(axis + 1)));
    const last = axis === shape.length - 1;
    const gap = last ? ", " : `,${"\n".repeat(shape.length - 1 - axis)}${" ".repeat(8 + axis)}`;
    return `[${parts.join(gap)}]`;
  };
  return `Tensor(${rows(0)}, ${about})`;
}

const text = (x: number, dtype: DType): string =>
  dtype === "bool" ? (x ? "true" : "false") : digits(x);
