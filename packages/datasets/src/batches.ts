/**
 * Module 4.20 — Batches.
 *
 * Data is a record of typed arrays with one row for each example. An epoch visits every row once,
 * in an order drawn anew each time, a batch of rows at a time.
 */
import type { Random } from "@mt/operators";
import { noColumns, notAWholeNumber, unevenRows } from "./errors.ts";

export type Rows =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** The typed arrays of `D`, and the number of their rows. */
export type Batch<D> = { readonly count: number } & {
  readonly [K in keyof D as D[K] extends Rows ? K : never]: D[K];
};

export interface BatchOptions {
  /** Rows per batch. */
  readonly size: number;
  /** Draws the order of each epoch; without it rows come in their own order. */
  readonly random?: Random;
  /** Whether to leave out a last batch of fewer rows; default false. */
  readonly dropLast?: boolean;
}

export interface Batches<D> extends Iterable<Batch<D>> {
  /** Batches in an epoch. */
  readonly length: number;
}

/**
 * The rows of every typed array in `data`, in batches. Each `for … of` is one epoch; each batch
 * has arrays of its own.
 * @throws DatasetError if the size is not a whole number ≥ 1, or a column has not `count` rows.
 * @example
 * const data = { count: 3, points: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0, 1, 1) };
 * const seen = [...batches(data, { size: 2 })];
 * seen.map(({ labels }) => [...labels]); // [[0, 1], [1]]
 * [...seen[1].points]; // [5, 6]
 */
export function batches<D extends { readonly count: number }>(
  data: D,
  { size, random, dropLast = false }: BatchOptions,
): Batches<D> {
  const { count } = data;
  for (const [what, value] of Object.entries({ size, count }))
    if (!Number.isInteger(value) || value < 1) throw notAWholeNumber("batches", what, value);
  const columns = Object.entries<unknown>(data).filter((entry): entry is [string, Rows] =>
    isRows(entry[1]),
  );
  if (columns.length === 0) throw noColumns();
  for (const [name, { length }] of columns)
    if (length % count !== 0) throw unevenRows(name, length, count);

  const length = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  return {
    length,
    *[Symbol.iterator]() {
      const order = Uint32Array.from({ length: count }, (_, row) => row);
      random?.shuffle(order);
      for (let k = 0; k < length; k++) {
        const rows = order.subarray(k * size, (k + 1) * size);
        const taken = columns.map(([name, column]) => [name, take(column, rows, count)]);
        yield { count: rows.length, ...Object.fromEntries(taken) };
      }
    },
  };
}

const isRows = (value: unknown): value is Rows =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** The chosen rows of a column of `count` rows, in an array of the same kind. */
function take(column: Rows, rows: Uint32Array, count: number): Rows {
  const width = column.length / count;
  const Kind = column.constructor as new (length: number) => Rows;
  const taken = new Kind(rows.length * width);
  for (const [i, row] of rows.entries())
    taken.set(column.subarray(row * width, (row + 1) * width), i * width);
  return taken;
}
