/**
 * Module 2.11 — From clusters to kernels.
 *
 * What nobody reads is not stored, and a cluster without stores is no kernel. The rest is written
 * in the kernel language: atoms become inputs, members that are needed elsewhere become stores.
 */
import type { Backend } from "@mt/backend";
import type { Node } from "../graph/node.ts";
import type { Atoms } from "./atoms.ts";
import type { Cluster, Member } from "./cluster.ts";
import { emitContraction } from "./emit-contraction.ts";
import { emitCustom, emitScatter } from "./emit-core.ts";
import { emitLoop } from "./emit-loop.ts";
import type { Schedule } from "./schedule.ts";
import { type Draft, nodesRead, rootsOf } from "./writer.ts";

/** How each kind of cluster becomes kernels. */
const emitters: {
  readonly [K in Cluster["kind"]]: (
    cluster: Cluster,
    stores: readonly Member[],
    atoms: Atoms,
    backend: Backend,
  ) => Draft[];
} = {
  map: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  reduce: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  prefix: (cluster, stores, atoms) => [emitLoop(cluster, stores, atoms)],
  contract: emitContraction,
  scatter: (cluster, _, atoms) => [emitScatter(cluster, atoms)],
  custom: (cluster, _, atoms) => [emitCustom(cluster, atoms)],
};

export function emit(
  { clusters, atoms }: Schedule,
  outputs: ReadonlySet<Node>,
  backend: Backend,
): Draft[] {
  const live = liveStores(clusters, atoms, outputs);
  return inExecutionOrder(clusters, live).flatMap(({ cluster, stores }) =>
    emitters[cluster.kind](cluster, stores, atoms, backend),
  );
}

interface Live {
  readonly cluster: Cluster;
  readonly stores: readonly Member[];
  readonly reads: ReadonlySet<Node>;
}

/** From the last level to the first: which members are stored, given what is read later. */
function liveStores(
  clusters: readonly Cluster[],
  atoms: Atoms,
  outputs: ReadonlySet<Node>,
): Map<Cluster, Live> {
  const needed = new Set(outputs);
  const live = new Map<Cluster, Live>();
  for (const cluster of [...clusters].sort((a, b) => b.level - a.level)) {
    const stores = [...cluster.members.values()].filter((m) => needed.has(m.node));
    if (stores.length === 0) continue;
    const reads = nodesRead(cluster, rootsOf(cluster, stores), atoms);
    for (const node of reads) needed.add(node);
    live.set(cluster, { cluster, stores, reads });
  }
  return live;
}

/** In the order recorded, each after what it reads. */
function inExecutionOrder(
  clusters: readonly Cluster[],
  live: ReadonlyMap<Cluster, Live>,
): readonly Live[] {
  const homes = new Map<Node, Live>();
  for (const one of live.values()) for (const { node } of one.stores) homes.set(node, one);
  const done = new Set<Live>();
  for (const cluster of clusters) {
    const stack = [live.get(cluster)];
    while (stack.length) {
      const top = stack[stack.length - 1];
      const waiting =
        top && !done.has(top)
          ? [...top.reads].map((node) => homes.get(node)).filter((x) => x && !done.has(x))
          : [];
      if (waiting.length) stack.push(...waiting);
      else {
        stack.pop();
        if (top) done.add(top);
      }
    }
  }
  return [...done];
}
