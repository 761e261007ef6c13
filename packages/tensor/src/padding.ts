/**
 * Module 2.20d — Padding with a tensor's own elements.
 *
 * What goes before and after an axis is a part of it, read forwards or backwards, or an element
 * repeated: pieces that are joined, axis by axis.
 */
import { badValue, mismatch, show } from "./errors.ts";
import { concat } from "./functions.ts";
import { type Widths, widthsOf } from "./operations/widths.ts";
import { nodeOf, type Tensor } from "./tensor.ts";

/**
 * `reflect`: mirrored at the outermost elements, which are not repeated; `replicate`: the outermost
 * elements again; `circular`: what lies at the other end.
 */
export type PadMode = "reflect" | "replicate" | "circular";

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

/**
 * More elements before and after the (last) axes: the tensor's own, or (without a mode) zeros, as by
 * `x.pad`.
 * @throws ShapeError where an axis has too few of them.
 * @example
 * await pad(tensor([1, 2, 3]), [[2, 1]], "reflect").toArray(); // [3, 2, 1, 2, 3, 2]
 */
export function pad(x: Tensor, widths: Widths, by: number | PadMode = 0): Tensor {
  const { shape } = nodeOf("pad", x);
  if (typeof by === "number") return x.pad(widths, by);
  const row = Object.hasOwn(modes, by) ? modes[by] : undefined;
  if (!row)
    throw badValue("pad", `"${String(by)}": give a number, ${Object.keys(modes).join(", ")}.`);
  return widthsOf(shape.dims, widths).reduce((y, pair, axis) => {
    const n = shape.dims[axis] as number;
    const [before, after] = pair;
    const most = row.most(n);
    if (Math.max(before, after) > most)
      throw mismatch(
        "pad",
        [shape.dims],
        `${show(pair)} on axis ${axis} of ${n}: "${by}" takes at most ${most} elements`,
      );
    const pieces = [
      piece(y, axis, row.before(n, before), before),
      y,
      piece(y, axis, row.after(n, after), after),
    ];
    const some = pieces.filter((p, i) => i === 1 || p.shape[axis] !== 0);
    return some.length === 1 ? y : concat(some, axis);
  }, x);
}

function piece(x: Tensor, axis: number, { first, step }: Piece, width: number): Tensor {
  const others = new Array<null>(axis).fill(null);
  if (width === 0) return x.slice(...others, { end: 0 });
  const { shape } = x;
  if (step === 0)
    return x.slice(...others, { start: first, end: first + 1 }).expand(shape.with(axis, width));
  const end = first + step * width;
  return x.slice(...others, end < 0 ? { start: first, step } : { start: first, end, step });
}
