/**
 * Module 3.87 — Contractions over many points, made in pieces.
 *
 * One sum after the other would lose digits, outgrow the caches and, where there are few results,
 * leave nothing to share. So pieces of one axis of the sum are contracted side by side into scratch
 * space, and a loop adds them up and stores. Where they are cut only the shape decides. (A single
 * piece, if a loop had better do what is done to the sums.)
 */
import { type ContractKernel, contractAsLoop, type Input, type Read, type Role } from "@mt/backend";
import { expand, postorder } from "@mt/operators";
import { lowered } from "../vectors/formula.ts";
import { computing } from "./costs.ts";
import { type Nest, sizeOf } from "./nest.ts";
import { inputInPieces, linesOf, partial, secondStage } from "./split.ts";

/** Points of a piece, about; where there are few results less, but so many at least. */
const piecePoints = 2048;
const fewestPoints = 256;
/** So many units are enough, of so many products; and how many results make one by themselves. */
const [enough, unitProducts, unitResults] = [16, 1 << 19, 96];

interface Pieces {
  /** The axis that is cut, of the kernel's outer then inner ones. */
  readonly axis: number;
  readonly piece: number;
}

/** Operations on a sum beyond which they are better done by a loop: a tile has code for each sum. */
const heavy = 30;

/** Where to cut the sum, or null if it is short and little is done to it. */
export function piecesOf({ outer, inner, inputs, a, b, stores }: ContractKernel): Pieces | null {
  const points = sizeOf(inner);
  const results = sizeOf(outer);
  const wanted = Math.min(enough, Math.max(1, (points * results) / unitProducts));
  const shared = Math.max(fewestPoints, (points * (results / unitResults)) / wanted);
  const target = Math.min(piecePoints, shared);
  const operands = [inputs[a], inputs[b]] as readonly Read[];
  // where no guard moves, pieces can be slices; they need not be long ones, if they are short enough
  const plain = inner.map((extent, k) => {
    const guarded = operands.some(({ guards }) =>
      guards.some(({ strides }) => strides[outer.length + k]),
    );
    return guarded || points / extent > target ? 0 : extent;
  });
  const extents = plain.some((extent) => extent > 1) ? plain : inner;
  const longest = Math.max(...extents);
  const axis = outer.length + extents.indexOf(longest);
  const piece = Math.max(1, Math.floor(target / (points / longest)));
  const count = Math.ceil(longest / piece);
  if (points >= 2 * target && count > 1) return { axis, piece: Math.ceil(longest / count) };
  const bodies = stores.map(({ body }) => lowered(expand(body)));
  return computing(postorder(...bodies)) > heavy ? { axis, piece: longest } : null;
}

/** `count` pieces from index `from` on, stored from place `place` of the scratch space on. */
function part(
  { outer, inner, inputs, a, b, roles, dtype }: ContractKernel,
  pieces: Pieces,
  slot: number,
  column: number,
  [from, piece, count, place]: readonly [number, number, number, number],
): ContractKernel {
  const cut = pieces.axis - outer.length;
  return {
    kind: "contract",
    outer: [count, ...outer],
    inner: inner.map((extent, axis) => (axis === cut ? piece : extent)),
    inputs: [a, b].map((k) => inputInPieces(inputs[k] as Input, pieces.axis, from, pieces.piece)),
    a: 0,
    b: 1,
    roles: ["batch" satisfies Role, ...roles],
    dtype,
    stores: [partial(slot, dtype, place, outer, linesOf(outer, column), 2)],
  };
}

/** Contractions of all pieces into scratch space of so many bytes, and the loop that adds them. */
export interface Split {
  readonly parts: readonly ContractKernel[];
  readonly sum: Nest;
  readonly bytes: number;
}
/** A contraction in pieces, by way of binding `slot`, in tiles that are stored along axis `column`. */
export function split(kernel: ContractKernel, pieces: Pieces, slot: number, column: number): Split {
  const { outer, inner } = kernel;
  const extent = inner[pieces.axis - outer.length] as number;
  const { piece } = pieces;
  const whole = Math.floor(extent / piece);
  const left = extent - whole * piece;
  const count = whole + Math.sign(left);
  const all: Nest = { ...contractAsLoop(kernel), running: false };
  return {
    parts: [
      part(kernel, pieces, slot, column, [0, piece, whole, 0]),
      ...(left ? [part(kernel, pieces, slot, column, [whole * piece, left, 1, whole])] : []),
    ],
    sum: secondStage(all, slot, count, linesOf(outer, column)),
    bytes: 4 * count * sizeOf(outer),
  };
}
