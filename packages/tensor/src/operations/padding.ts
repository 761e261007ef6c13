/**
 * Module 2.16k — Padding with a tensor's own elements.
 *
 * What goes before and after an axis is a part of it, read forwards or backwards, or an element
 * repeated: pieces that are joined, axis by axis.
 */
import { badValue, mismatch, show, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { expand, move } from "../graph/record.ts";
import { dims } from "../shape.ts";
import { concatenate, pad as padWithNumber } from "./moves.ts";

/**
 * `reflect`: mirrored at the outermost elements, which are not repeated; `replicate`: the outermost
 * elements again; `circular`: what lies at the other end.
 */
export type PadMode = "reflect" | "replicate" | "circular";
type Widths = readonly (readonly [number, number])[];

/** Elements first, first + step, … of an axis of n elements. */
interface Piece {
  readonly first: number;
  readonly step: 1 | -1 | 0;
}
interface ModeRow {
  /** The widest that an axis of n elements can be padded. */
  readonly most: (n: number) => number;
  readonly before: (n: number, width: number) => Piece;
  readonly after: (n: number, width: number) => Piece;
}
const modes: { readonly [K in PadMode]: ModeRow } = {
  reflect: {
    most: (n) => Math.max(0, n - 1),
    before: (_, width) => ({ first: width, step: -1 }),
    after: (n) => ({ first: n - 2, step: -1 }),
  },
  replicate: {
    most: (n) => (n === 0 ? 0 : Number.POSITIVE_INFINITY),
    before: () => ({ first: 0, step: 0 }),
    after: (n) => ({ first: n - 1, step: 0 }),
  },
  circular: {
    most: (n) => n,
    before: (n, width) => ({ first: n - width, step: 1 }),
    after: () => ({ first: 0, step: 1 }),
  },
};

/** Elements before and after each axis: a number, or taken from the tensor itself. */
export function pad(x: Node, widths: Widths, by: number | PadMode = 0): Node {
  const arePairs = Array.isArray(widths) && widths.every((pair) => pair?.length === 2);
  if (!arePairs)
    throw badValue("pad", `widths ${String(widths)} must be a list of pairs, such as [[1, 1]].`);
  if (typeof by === "number") return padWithNumber(x, widths, by);
  const row = Object.hasOwn(modes, by) ? modes[by] : undefined;
  if (!row)
    throw badValue("pad", `"${String(by)}": give a number, ${Object.keys(modes).join(", ")}.`);
  const shape = x.shape.dims;
  if (widths.length > shape.length)
    throw wrongRank("pad", shape, `${widths.length} pairs of widths are too many`);
  const first = shape.length - widths.length;
  return widths.reduce((y, pair, k) => {
    const axis = first + k;
    const n = shape[axis] as number;
    for (const width of pair) {
      if (!(Number.isInteger(width) && width >= 0))
        throw badValue("pad", `${width} is no width: whole numbers from 0; slice() cuts off.`);
      if (width > row.most(n))
        throw mismatch(
          "pad",
          [shape],
          `${show(pair)} on axis ${axis} of ${n}: "${by}" takes at most ${row.most(n)} elements`,
        );
    }
    const [before, after] = pair;
    const pieces = [
      piece(y, axis, row.before(n, before), before),
      y,
      piece(y, axis, row.after(n, after), after),
    ];
    const some = pieces.filter((p, i) => i === 1 || p.shape.dims[axis] !== 0);
    return some.length === 1 ? y : concatenate(some, axis);
  }, x);
}

function piece(x: Node, axis: number, { first, step }: Piece, width: number): Node {
  const shape = x.shape.dims;
  const count = step === 0 ? Math.min(1, width) : width;
  const cut = shape.flatMap((n, k) =>
    k === axis ? [count === 0 ? 0 : first, count, step || 1] : [0, n, 1],
  );
  const y = move("slice", x, cut);
  return step === 0 && width > 1 ? expand(y, dims(shape.with(axis, width))) : y;
}
