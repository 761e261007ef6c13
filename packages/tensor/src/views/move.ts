/**
 * Module 2.4 — Moves: reading the same elements in another order, for nothing.
 *
 * One row a move: what shape comes out, and which input coordinate an output index reads, as a
 * linear form. A reshape is the one that works on the view as a whole. Moves are interned on the
 * shape they act on, so equal moves are one object with one id.
 */
import type { Linear, Shape } from "@mt/backend";
import { type Dims, dims, Interner } from "../shape.ts";
import { axisForm, constantForm } from "./linear.ts";
import { compose, reshapeView, type View } from "./view.ts";

export type MoveKind = "reshape" | "permute" | "expand" | "pad" | "slice" | "diagonal" | "window";

/** A move of tensors of shape `from`; `parameters` are plain integers, as the row reads them. */
export interface Move {
  readonly id: number;
  readonly move: MoveKind;
  readonly from: Dims;
  readonly to: Dims;
  readonly parameters: readonly number[];
  /** What padding reads as. */
  readonly fill: number;
}

interface MoveRow {
  readonly code: number;
  readonly shape: (from: Shape, p: readonly number[]) => number[];
  /** The coordinate read on each input axis, over the output's axes. */
  readonly coordinates: (move: Move) => readonly Linear[];
}
const rank = (move: Move): number => move.to.rank;
const each = (move: Move, form: (axis: number) => Linear): readonly Linear[] =>
  move.from.dims.map((_, axis) => form(axis));
const at = (p: readonly number[], k: number): number => p[k] as number;

export const moves: { readonly [K in MoveKind]: MoveRow } = {
  /** Parameters: the new shape. */
  reshape: {
    code: 0,
    shape: (_, p) => [...p],
    coordinates: () => {
      throw new Error("a reshape acts on whole views");
    },
  },
  /** Parameters: for each output axis, the input axis. */
  permute: {
    code: 1,
    shape: (from, p) => p.map((axis) => from[axis] as number),
    coordinates: (m) => each(m, (axis) => axisForm(m.parameters.indexOf(axis), rank(m))),
  },
  /** Parameters: the new shape, to which the old one broadcasts. */
  expand: {
    code: 2,
    shape: (_, p) => [...p],
    coordinates: (m) =>
      each(m, (axis) =>
        m.from.dims[axis] === 1
          ? constantForm(0, rank(m))
          : axisForm(axis + rank(m) - m.from.rank, rank(m)),
      ),
  },
  /** Parameters: elements before and after, for each axis. */
  pad: {
    code: 3,
    shape: (from, p) => from.map((n, k) => n + at(p, 2 * k) + at(p, 2 * k + 1)),
    coordinates: (m) => each(m, (k) => axisForm(k, rank(m), 1, -at(m.parameters, 2 * k))),
  },
  /** Parameters: start, count and step (not 0) for each axis. */
  slice: {
    code: 4,
    shape: (from, p) => from.map((_, k) => at(p, 3 * k + 1)),
    coordinates: (m) =>
      each(m, (k) => axisForm(k, rank(m), at(m.parameters, 3 * k + 2), at(m.parameters, 3 * k))),
  },
  /** Parameters: two axes; they become one, at the end. */
  diagonal: {
    code: 5,
    shape: (from, p) => [
      ...from.filter((_, k) => !p.includes(k)),
      Math.min(from[at(p, 0)] as number, from[at(p, 1)] as number),
    ],
    coordinates: (m) => {
      const kept = m.from.dims.map((_, k) => k).filter((k) => !m.parameters.includes(k));
      return each(m, (k) =>
        axisForm(m.parameters.includes(k) ? rank(m) - 1 : kept.indexOf(k), rank(m)),
      );
    },
  },
  /** Parameters: axis, size, step, dilation; the window is a new axis at the end. */
  window: {
    code: 6,
    shape: (from, [axis, size, step, dilation]) => [
      ...from.map((n, k) =>
        k === axis
          ? Math.floor((n - (dilation as number) * ((size as number) - 1) - 1) / (step as number)) +
            1
          : n,
      ),
      size as number,
    ],
    coordinates: (m) => {
      const [axis, , step, dilation] = m.parameters;
      return each(m, (k) => {
        if (k !== axis) return axisForm(k, rank(m));
        const form = axisForm(k, rank(m), step);
        return {
          offset: 0,
          strides: form.strides.map((s, a) => (a === rank(m) - 1 ? (dilation as number) : s)),
        };
      });
    },
  },
};

const interned = new Interner<Move>();
const moveKinds = Object.keys(moves).length;
/** Fills are any number, NaN and −0 among them: numbered in order of appearance. */
const fills: number[] = [0];
function fillId(fill: number): number {
  const found = fills.findIndex((x) => Object.is(x, fill));
  return found >= 0 ? found : fills.push(fill) - 1;
}

/** The move of this kind, made once. Parameters must be valid: callers check them. */
export function moveOf(move: MoveKind, from: Dims, parameters: Shape, fill = 0): Move {
  const row = moves[move];
  const kind = row.code + moveKinds * (fill === 0 && !Object.is(fill, -0) ? 0 : fillId(fill));
  return interned.get([from.id, kind], parameters, (id) => ({
    id,
    move,
    from,
    to: dims(row.shape(from.dims, parameters), move),
    parameters: [...parameters],
    fill,
  }));
}

/** The view after the move; null where it cannot be expressed and costs one copy. */
export function applyMove(view: View, move: Move): View | null {
  const { from, to } = move;
  return move.move === "reshape"
    ? reshapeView(view, from.dims, to.dims)
    : compose(view, from.dims, moves[move.move].coordinates(move), to.dims, move.fill);
}
