/**
 * Module 2.11 — From clusters to kernels.
 *
 * What nobody reads is not stored, and a cluster without stores is no kernel. The rest is written
 * in the kernel language: atoms become inputs, members that are needed elsewhere become stores.
 */
import type { Backend, Kernel } from "@mt/backend";
import type { Node } from "../graph/node.ts";
import { inOrder } from "../graph/order.ts";
import type { Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";
import { emitContraction } from "./emit-contraction.ts";
import { emitCore } from "./emit-core.ts";
import { emitLoop } from "./emit-loop.ts";
import type { Schedule } from "./schedule.ts";
import { placesRead } from "./writer.ts";

/** How each kind of cluster becomes kernels. */
const emitters: {
  readonly [K in Cluster["kind"]]: (
    cluster: Cluster,
    stores: readonly Member[],
    atoms: Atoms,
    backend: Backend,
  ) => Kernel[];
} = {
  map: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  reduce: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  prefix: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  contract: emitContraction,
  scatter: (cluster, _, atoms) => [emitCore(cluster, atoms)],
  custom: (cluster, _, atoms) => [emitCore(cluster, atoms)],
};

export function emit(
  { clusters, atoms }: Schedule,
  outputs: ReadonlySet<Node>,
  backend: Backend,
): Kernel[] {
  return inExecutionOrder(liveClusters(clusters, atoms, outputs)).flatMap(({ cluster, stores }) =>
    emitters[cluster.kind](cluster, stores, atoms, backend),
  );
}

/** A cluster that something needs, and what it needs. */
interface Live {
  readonly cluster: Cluster;
  readonly stores: readonly Member[];
  /** Places of what it reads, and what stores those. */
  readonly reads: ReadonlySet<number>;
  inputs: readonly Live[];
  mark: number;
  index: number;
}

/** From the last level to the first: which members are stored, given what is read later. */
function liveClusters(
  clusters: readonly Cluster[],
  atoms: Atoms,
  outputs: ReadonlySet<Node>,
): readonly Live[] {
  const needed = new Set([...outputs].map(({ index }) => index));
  const live = new Map<Cluster, Live>();
  for (const cluster of [...clusters].sort((a, b) => b.level - a.level)) {
    const stores = [...cluster.members.values()].filter(({ node }) => needed.has(node.index));
    if (stores.length === 0) continue;
    const reads = placesRead(cluster, stores, atoms);
    for (const place of reads) needed.add(place);
    live.set(cluster, { cluster, stores, reads, inputs: [], mark: 0, index: 0 });
  }
  return clusters.flatMap((cluster) => live.get(cluster) ?? []);
}

/** In the order recorded, each after what it reads. */
function inExecutionOrder(clusters: readonly Live[]): readonly Live[] {
  const homes = new Map<number, Live>();
  for (const one of clusters) for (const { node } of one.stores) homes.set(node.index, one);
  for (const one of clusters)
    one.inputs = [...one.reads].flatMap((place) => homes.get(place) ?? []);
  return inOrder(clusters, (one) => one.inputs);
}
