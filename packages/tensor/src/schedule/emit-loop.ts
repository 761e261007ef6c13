/** Module 2.11e — Elementwise, folding and running clusters as loop and prefix kernels. */
import type { Fold, Linear, LoopKernel, PrefixKernel, Store } from "@mt/backend";
import { cast } from "@mt/operators";
import type { Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";
import { combineOf, type Draft, usedAtoms, Writer } from "./writer.ts";

export function emitLoop(cluster: Cluster, stores: readonly Member[], atoms: Atoms): Draft {
  const { box, axes } = cluster;
  const kept = box.dims.map((_, k) => k).filter((k) => !axes.includes(k));
  const order = [...kept, ...axes];
  const extents = (list: readonly number[]): number[] => list.map((k) => box.dims[k] as number);
  const carry = <L extends Linear>(form: L): L => ({
    ...form,
    strides: order.map((k) => form.strides[k] as number),
  });
  const writer = new Writer(atoms);
  const used = usedAtoms(
    cluster,
    stores.map((m) => m.value),
    atoms,
  );
  for (const atom of used) writer.add(atom, carry);
  const folds = cluster.folds.filter(({ node }) =>
    used.some((atom) => atom.kind === "fold" && atom.node === node),
  );
  folds.forEach(({ node }, i) => {
    writer.name(atoms.of(atoms.fold(node)), writer.inputs.length + i);
  });
  const loop: LoopKernel = {
    kind: "loop",
    outer: extents(kept),
    inner: extents(axes),
    inputs: writer.inputs,
    folds: folds.map(
      ({ node, body }): Fold => ({
        monoid: combineOf(node.by.monoid, node.dtype),
        body: cast(writer.write(body), node.dtype),
      }),
    ),
    stores: stores.map((m): Store => {
      const { offset, strides } = carry(m.view);
      return {
        slot: writer.slot(m.node),
        dtype: m.node.dtype,
        inside: m.inside,
        body: writer.write(m.value),
        offset,
        strides: m.inside ? strides : strides.slice(0, kept.length),
      };
    }),
  };
  if (cluster.kind !== "prefix") return writer.draft(loop);
  const {
    folds: [fold],
    ...rest
  } = loop;
  return writer.draft<PrefixKernel>({ ...rest, kind: "prefix", fold: fold as Fold });
}
