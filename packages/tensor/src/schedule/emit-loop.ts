/** Module 2.11e — Elementwise, folding and running clusters as loop and prefix kernels. */
import type { Fold, LoopKernel, PrefixKernel } from "@mt/backend";
import { axisForm } from "../views/linear.ts";
import type { Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";
import { collapse } from "./collapse.ts";
import { type Frame, Writer } from "./writer.ts";

/** The box of a cluster: axes that are kept, then axes that are folded. */
export function frameOf({ box, axes }: Cluster): Frame {
  const kept = box.dims.flatMap((_, k) => (axes.includes(k) ? [] : [k]));
  const order = [...kept, ...axes];
  const extents = (list: readonly number[]): number[] => list.map((k) => box.dims[k] as number);
  return {
    outer: extents(kept),
    summed: extents(axes),
    out: box.dims.map((_, k) => axisForm(order.indexOf(k), box.rank)),
  };
}

export function emitLoop(
  cluster: Cluster,
  stores: readonly Member[],
  atoms: Atoms,
): LoopKernel | PrefixKernel {
  const loop = new Writer(atoms).loop(cluster, frameOf(cluster), stores);
  if (cluster.kind !== "prefix") return collapse(loop);
  const {
    folds: [fold],
    ...rest
  } = loop;
  return collapse<PrefixKernel>({ ...rest, kind: "prefix", fold: fold as Fold });
}
