/**
 * Module 3.82 — Long folds of few results, in two stages.
 *
 * A sum of millions of numbers is cut into pieces that are folded each for itself, then folded
 * themselves: there is work for several threads, and rounding errors stay small. Both stages are
 * nests like any other; the shape alone decides the pieces.
 */
import { type Fold, type Input, type Read, rewrite, type Shape, type Store } from "@mt/backend";
import { argument, type DType, type Expr, postorder, substitute } from "@mt/operators";
import { bytesOf } from "../vectors/storage.ts";
import { pageElements } from "./costs.ts";
import { inputsOver, type Nest, sizeOf, squeeze } from "./nest.ts";

/** Points of a piece, about. */
const piecePoints = 1 << 15;
/** Fewer results than this are too few to share among threads. */
const fewResults = 16;
/** Pages of memory whose places processors keep at hand. */
const fewPages = 64;

const dtypeOf = (fold: Fold): DType => fold.monoid.combine.dtype;
const usesFolds = (e: Expr, inputs: number): boolean =>
  postorder(e).some((x) => x.kind === "arg" && x.index >= inputs);

function isPlain({ inputs, folds, stores, running }: Nest): boolean {
  const independent = folds.every(({ body }) => !usesFolds(body, inputs.length));
  return independent && !running && folds.length > 0 && stores.every((store) => !store.inside);
}
/** Indices of the first folded axis that make a piece; all of them if the fold is left whole. */
function pieceOf({ outer, inner, inputs }: Nest): number {
  const [first = 1, ...rest] = inner;
  const points = sizeOf(rest);
  if (sizeOf(outer) < fewResults && first * points >= 2 * piecePoints)
    return Math.max(1, Math.round(piecePoints / points));
  // column by column every step is on another page: so many pages that processors remember them
  const jumps = inputs.some(
    (input) => input.kind === "read" && Math.abs(input.strides[outer.length] ?? 0) >= pageElements,
  );
  return jumps && points === 1 && first >= 16 * fewPages ? fewPages : first;
}

/** An input of which `axis` starts at `from` and has pieces of `piece` along a new first axis. */
export const inputInPieces = (input: Input, axis: number, from: number, piece: number): Input =>
  rewrite(input, {
    form: (form) => {
      const step = form.strides[axis] ?? 0;
      const strides = [piece * step, ...form.strides];
      return { ...form, offset: form.offset + from * step, strides };
    },
  });

/** Stores result number `result` of piece `place`, and of those that follow along the first axis. */
export function partial(
  slot: number,
  dtype: DType,
  place: number,
  outer: Shape,
  lines: Shape,
  result: number,
): Store {
  const size = sizeOf(outer);
  const [offset, strides] = [place * size, [size, ...lines]];
  return { slot, dtype, inside: false, offset, strides, body: argument(result, dtype) };
}

/** Folds `count` pieces of the first inner axis from `from` on, into scratch from place `place` on. */
function firstStage(
  nest: Nest,
  scratch: number,
  from: number,
  piece: number,
  count: number,
  place: number,
): Nest {
  const { outer, inner, inputs, folds } = nest;
  const lines = linesOf(outer);
  return squeeze({
    ...nest,
    outer: [count, ...outer],
    inner: [piece, ...inner.slice(1)],
    inputs: inputs.map((input) => inputInPieces(input, outer.length, from, piece)),
    stores: folds.map((fold, j) =>
      partial(scratch + j, dtypeOf(fold), place, outer, lines, inputs.length + j),
    ),
  });
}

/** Where the results of a piece lie: neighbors along axis `last`. */
export function linesOf(outer: Shape, last: number = outer.length - 1): number[] {
  const after = (axis: number, other: number): boolean =>
    axis !== last && (other === last || other > axis);
  return outer.map((_, axis) => sizeOf(outer.filter((_, other) => after(axis, other))));
}

/** Folds the pieces, which lie like that, and stores. */
export function secondStage(
  nest: Nest,
  scratch: number,
  pieces: number,
  lines: Shape = linesOf(nest.outer),
): Nest {
  const { outer, inputs, folds, stores } = nest;
  const results = sizeOf(outer);
  const own = [...outer.keys()];
  const parts = folds.map(
    (fold, j): Read => ({
      kind: "read",
      slot: scratch + j,
      dtype: dtypeOf(fold),
      offset: 0,
      strides: [...lines, results],
      guards: [],
      fill: 0,
    }),
  );
  const moved = (e: Expr): Expr =>
    substitute(e, (x) =>
      x.kind === "arg" && x.index >= inputs.length
        ? argument(x.index + folds.length, x.dtype)
        : undefined,
    );
  return squeeze({
    ...nest,
    inner: [pieces],
    inputs: [...inputsOver(inputs, [...own, -1]), ...parts],
    folds: folds.map(({ monoid }, j) => ({
      monoid,
      body: argument(inputs.length + j, monoid.combine.dtype),
    })),
    stores: stores.map((store) => ({ ...store, body: moved(store.body) })),
  });
}

/** The stages of a nest whose scratch bindings start at `scratch`, and the bytes of those. */
export function stagesOf(
  nest: Nest,
  scratch: number,
): { readonly nests: readonly Nest[]; readonly scratch: readonly number[] } {
  const [first = 1] = nest.inner;
  const piece = isPlain(nest) ? pieceOf(nest) : first;
  if (piece >= first) return { nests: [nest], scratch: [] };
  const whole = Math.floor(first / piece);
  const left = first - whole * piece;
  const pieces = whole + Math.sign(left);
  const nests = [firstStage(nest, scratch, 0, piece, whole, 0)];
  if (left) nests.push(firstStage(nest, scratch, whole * piece, left, 1, whole));
  nests.push(secondStage(nest, scratch, pieces));
  const count = pieces * sizeOf(nest.outer);
  return { nests, scratch: nest.folds.map((fold) => count * bytesOf(dtypeOf(fold))) };
}
