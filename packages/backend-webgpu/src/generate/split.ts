/**
 * Module 3.101a — Long folds of few results, in two dispatches.
 *
 * A sum of millions of numbers is cut into pieces: workgroups fold one each, into scratch space, and
 * a second dispatch folds those. So there is work for all of a GPU, and rounding errors stay small.
 */
import type { LoopKernel, Read } from "@mt/backend";
import { argument, type Expr, substitute } from "@mt/operators";
import { storageOf } from "../wgsl/storage.ts";
import { FoldWriter, generateFold, independent, layoutOf } from "./fold.ts";
import type { Facts, Generated } from "./kernel.ts";
import { overAxes, sizeOf } from "./nest.ts";
import { foldDtype } from "./share.ts";

/** Invocations that keep a large GPU busy. */
const wanted = 1 << 16;
/** Inner points of an invocation, at least: fewer are not worth a second dispatch. */
const fewest = 16;
const [fewestPieces, mostPieces] = [4, 256];

/** Pieces to cut a fold into; 1: it stays whole. */
function piecesOf(kernel: LoopKernel, along: number, facts: Facts): number {
  const { outer, inner, folds, inputs, stores } = kernel;
  const slots = new Set(inputs.flatMap((x) => (x.kind === "read" ? [x.slot] : [])));
  const bindings = slots.size + folds.length + stores.length;
  const apart = independent(kernel) && !stores.some(({ inside }) => inside);
  if (along < 64 || !apart || bindings > facts.buffers) return 1;
  const idle = wanted / (sizeOf(outer) * along);
  return Math.max(1, Math.min(mostPieces, idle, Math.floor(sizeOf(inner) / (along * fewest))));
}

/** A fold over bindings 0 … `bindings` − 1; its scratch space comes after them. */
export function generateFolds(kernel: LoopKernel, bindings: number, facts: Facts): Generated {
  const layout = layoutOf(kernel, facts);
  const wished = Math.floor(piecesOf(kernel, layout.along, facts));
  if (wished < fewestPieces) return { kernels: [generateFold(kernel, facts)], scratch: [] };
  const span = Math.ceil(sizeOf(kernel.inner) / wished);
  const count = Math.ceil(sizeOf(kernel.inner) / span);
  const pieces = { count, span, scratch: bindings };
  const first = new FoldWriter(kernel, layout, facts, pieces).generate();
  const { outer, folds } = kernel;
  return {
    kernels: [first, generateFold(ofPieces(kernel, bindings, count), facts)],
    scratch: folds.map((fold) => sizeOf(outer) * count * storageOf(foldDtype(fold)).bytes),
  };
}

/** The kernel over what its pieces came to. */
function ofPieces(kernel: LoopKernel, scratch: number, count: number): LoopKernel {
  const { outer, inputs, folds, stores } = kernel;
  const own = outer.map((_, axis) => axis);
  const lines = outer.map((_, axis) => count * sizeOf(outer.slice(axis + 1)));
  const results = folds.map((fold, j): Read => {
    const strides = [...lines, 1];
    const dtype = foldDtype(fold);
    return { kind: "read", slot: scratch + j, dtype, offset: 0, strides, guards: [], fill: 0 };
  });
  const moved = (e: Expr): Expr =>
    substitute(e, (x) =>
      x.kind === "arg" && x.index >= inputs.length
        ? argument(x.index + folds.length, x.dtype)
        : undefined,
    );
  return {
    ...kernel,
    inner: [count],
    inputs: [...overAxes(inputs, own), ...results],
    folds: folds.map((fold, j) => ({
      monoid: fold.monoid,
      body: argument(inputs.length + j, foldDtype(fold)),
    })),
    stores: stores.map((store) => ({ ...store, body: moved(store.body) })),
  };
}
