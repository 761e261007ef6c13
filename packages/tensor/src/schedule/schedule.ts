/**
 * Module 2.10 — Scheduling: which nodes share a kernel.
 *
 * One pass in topological order. Each computed node tries to join a cluster that produces one of
 * its inputs, or that reads the same array at the same points; otherwise it starts its own. A
 * cluster only reads clusters of lower level, so no circle can arise, and each node is tried in a
 * bounded number of clusters, so the pass is linear.
 */
import type { Limits } from "@mt/backend";
import type { Expr } from "@mt/operators";
import type { Node, NodeOf, Operand, Step } from "../graph/node.ts";
import type { Dims } from "../shape.ts";
import { type View, whole } from "../views/view.ts";
import { Atoms } from "./atoms.ts";
import { Cluster, type Placement, placement, through } from "./cluster.ts";
import { Formula, type Surroundings } from "./formula.ts";

/** Members of one kernel: beyond, generated code gets long without getting faster. */
const memberBound = 256;

export interface Schedule {
  readonly clusters: readonly Cluster[];
  readonly atoms: Atoms;
}

/** Told of a kernel that a node was tried in and could not join. */
export type Refused = (x: Node, cluster: Cluster) => void;

export function schedule(
  order: readonly Node[],
  outputs: ReadonlySet<Node>,
  limits: Limits,
  refused: Refused | null = null,
): Schedule {
  return new Scheduler(order, outputs, limits, refused).run();
}

/** Whether points left after folding keep a device busy; those of a small box need not. */
const manyLeft = (box: Dims, axes: readonly number[]): boolean =>
  axes.reduce((n, k) => n / (box.dims[k] || 1), box.size) >= 8 || box.size <= 1 << 14;

/** Where the value of a fold or of an elementwise node is computed point by point. */
const boxOf = (x: NodeOf<"map"> | NodeOf<"reduce">): Dims =>
  x.kind === "reduce" ? x.by.from : x.shape;

/** A node's value as it would stand in a cluster. */
interface Written {
  readonly formula: Formula;
  readonly value: Expr;
}

class Scheduler implements Surroundings, Schedule {
  readonly atoms: Atoms = new Atoms();
  readonly clusters: Cluster[] = [];
  readonly homes: Map<Node, Cluster> = new Map();
  declare readonly stored: Set<Node>;
  readonly uses: Map<Node, number> = new Map();
  readonly #order: readonly Node[];
  readonly #outputs: ReadonlySet<Node>;
  readonly #limits: Limits;
  readonly #refused: Refused | null;
  /** The latest map cluster, and the latest that folds, that read a node. */
  readonly #readers = new Map<Node, { map?: Cluster; reduce?: Cluster }>();
  /** What the last attempt that failed lacked in memory. */
  #missing: Node | null = null;

  constructor(
    order: readonly Node[],
    outputs: ReadonlySet<Node>,
    limits: Limits,
    refused: Refused | null,
  ) {
    this.#order = order.toSorted((a, b) => a.serial - b.serial); // as an eager library would
    this.#outputs = outputs;
    this.#limits = limits;
    this.#refused = refused;
    this.stored = new Set(outputs);
    for (const x of order) {
      if (x.value || x.kind === "move") continue;
      for (const input of x.inputs) {
        const base = this.#use(input);
        const pointwise =
          x.kind === "map" ||
          x.kind === "reduce" ||
          (x.kind === "scatter" && input === x.inputs[2]);
        if (!pointwise) this.stored.add(base);
      }
    }
    for (const x of outputs) if (x.kind === "move") this.#use(x);
  }

  /** Counts one more use of what an input is a view of. */
  #use(input: Node): Node {
    const base = this.#baseOf(input);
    this.uses.set(base, (this.uses.get(base) ?? 0) + 1);
    return base;
  }
  /** The node below any moves that are not in memory themselves. */
  #baseOf(x: Node): Node {
    let base = x;
    while (base.kind === "move" && !base.value && !this.homes.has(base))
      base = base.inputs[0] as Node;
    return base;
  }

  run(): Schedule {
    for (const x of this.#order) {
      if (x.value) continue;
      if (x.kind === "map" || x.kind === "reduce") this.#place(x);
      else if (x.kind === "contract" || x.kind === "scatter" || x.kind === "custom")
        this.#placeCore(x);
      else if (this.#outputs.has(x)) this.#placeView(x);
    }
    return this;
  }

  // ── each kind ──

  #place(x: NodeOf<"map"> | NodeOf<"reduce">): void {
    const join = (cluster: Cluster, fresh: boolean): boolean =>
      x.kind === "map" ? this.#joinMap(x, cluster, fresh) : this.#joinReduce(x, cluster, fresh);
    for (const cluster of this.#candidates(x)) {
      if (join(cluster, false)) return;
      this.#refused?.(x, cluster);
    }
    const axes = x.kind === "reduce" ? x.by.axes : [];
    const kind = x.kind === "reduce" && x.by.running ? "prefix" : x.kind;
    this.#start(new Cluster(kind, boxOf(x), axes), (cluster) => join(cluster, true));
  }

  /** A result that is a view of something computed is one more store of its kernel, if it fits. */
  #placeView(x: Node): void {
    const home = this.homes.get(this.#baseOf(x));
    const place = home && x.shape.size > 0 ? placement(home, x.shape) : null;
    const written =
      home && place && this.#write(x, home, false, (formula) => formula.of(x, place.toBox));
    if (written) this.#commit(x, home, written, place);
    else this.#copy(x);
  }

  /**
   * Operands are stored and read through views; what cannot be a view is copied. What a scatter
   * combines, its last input, may be computed on the way.
   */
  #placeCore(x: NodeOf<"contract"> | NodeOf<"scatter"> | NodeOf<"custom">): void {
    const pointwise = x.kind === "scatter" ? x.inputs[2] : undefined;
    const operands = (pointwise ? x.inputs.slice(0, 2) : x.inputs).map((x) => this.#operand(x));
    const fold = this.atoms.fold(x);
    this.#start(new Cluster(x.kind, (pointwise ?? x).shape), (cluster) => {
      const written = this.#write(x, cluster, true, (formula) => {
        for (const { node } of operands) formula.reads.add(node);
        return pointwise ? formula.of(pointwise, []) : fold;
      });
      if (!written) return false;
      cluster.core = { node: x, operands, updates: written.value };
      return this.#commit(x, cluster, { ...written, value: fold });
    });
  }

  inMemory(input: Node, level: number): Operand | null {
    const base = this.#baseOf(input);
    const home = this.homes.get(base);
    if (!base.value && !(home && home.level < level)) return null;
    const path: Step[] = [];
    for (let x = input; x !== base; x = x.inputs[0] as Node) path.unshift(x as Step);
    const view = through(base.shape, path);
    // an operand counts as zero out of bounds: padding with anything else has to be stored
    return view && (view.guards.length === 0 || Object.is(view.fill, 0))
      ? { node: base, view }
      : null;
  }

  #operand(input: Node): Operand {
    const found = this.inMemory(input, Number.MAX_SAFE_INTEGER);
    if (found) return found;
    if (!this.homes.has(input)) this.#copy(input);
    return { node: input, view: whole(input.shape.dims) };
  }

  /** Stores a node that is no computation of its own: a view, a number, an index. */
  #copy(x: Node): void {
    this.stored.add(x);
    this.#start(new Cluster("map", x.shape), (cluster) => {
      const written = this.#write(x, cluster, true, (formula) => formula.of(x, []));
      return !!written && this.#commit(x, cluster, written);
    });
  }

  // ── joining ──

  #joinMap(x: NodeOf<"map">, cluster: Cluster, fresh: boolean): boolean {
    const { box, axes, members } = cluster;
    const place = placement(cluster, x.shape);
    if (!place || members.size >= memberBound || (place.inside && !manyLeft(box, axes)))
      return false;
    const written = this.#write(x, cluster, fresh, (formula) => formula.apply(x, place.toBox));
    return !!written && this.#commit(x, cluster, written, place);
  }

  #joinReduce(x: NodeOf<"reduce">, cluster: Cluster, fresh: boolean): boolean {
    const { axes, from, running } = x.by;
    if (cluster.box !== from || (!fresh && (running || !this.#foldable(cluster, axes))))
      return false;
    const written = this.#write(x, cluster, fresh, (formula) =>
      formula.of(x.inputs[0] as Node, []),
    );
    if (!written) return false;
    cluster.foldOver(axes);
    cluster.folds.push({ node: x, body: written.value });
    const toBox = (running ? null : placement(cluster, x.shape)?.toBox) ?? [];
    const value = this.atoms.fold(x);
    return this.#commit(x, cluster, { ...written, value }, { toBox, inside: running });
  }

  /** Folding the last axes keeps stores in order; folding others would scatter them. */
  #foldable({ kind, box, axes: folded }: Cluster, axes: readonly number[]): boolean {
    if (kind === "reduce") return String(folded) === String(axes);
    const trailing = axes.every((k) => k >= box.rank - axes.length);
    return kind === "map" && trailing && manyLeft(box, axes);
  }

  /** A formula for x that the device can bind: a fresh one reads producers it could write out. */
  #write(
    x: Node,
    cluster: Cluster,
    fresh: boolean,
    of: (formula: Formula) => Expr | null,
  ): Written | null {
    for (const mayWriteOut of fresh ? [true, false] : [true]) {
      const formula = new Formula(this, cluster, mayWriteOut);
      const value = of(formula);
      this.#missing = formula.missing;
      if (!value) return null;
      if (this.#fits(x, cluster, formula) || !mayWriteOut) return { formula, value };
    }
    return null;
  }

  /** Whether the device can bind all that the cluster would read and store. */
  #fits(x: Node, cluster: Cluster, formula: Formula): boolean {
    const reads = new Set([...cluster.reads, ...formula.reads]);
    let stores = 1;
    for (const member of cluster.open) if (!this.#closedBy(member, x)) stores++;
    return this.#bindable(reads.size, stores) && this.#producersFit(formula);
  }
  /** What is written out here may read what its own kernel had no need to store. */
  #producersFit({ reads }: Formula): boolean {
    const more = new Map<Cluster, number>();
    for (const node of reads) {
      const home = this.homes.get(node);
      if (home && !home.open.has(node)) more.set(home, (more.get(home) ?? home.open.size) + 1);
    }
    return [...more].every(([home, stores]) => this.#bindable(home.reads.size, stores));
  }
  #bindable(reads: number, stores: number): boolean {
    const { buffersPerKernel, outputsPerKernel } = this.#limits;
    return reads + stores <= buffersPerKernel && stores <= outputsPerKernel;
  }
  #closedBy(member: Node, x: Node): boolean {
    return (
      !this.stored.has(member) &&
      this.uses.get(member) === 1 &&
      x.inputs.some((input) => this.#baseOf(input) === member)
    );
  }

  #commit(
    x: Node,
    cluster: Cluster,
    { formula, value }: Written,
    { toBox, inside }: Placement = { toBox: [], inside: false },
  ): true {
    for (const node of formula.reads) {
      cluster.reads.add(node);
      this.homes.get(node)?.open.add(node);
      if (cluster.kind === "map" || cluster.kind === "reduce")
        this.#readers.set(node, { ...this.#readers.get(node), [cluster.kind]: cluster });
    }
    for (const member of cluster.open) if (this.#closedBy(member, x)) cluster.open.delete(member);
    const view = through(x.shape, toBox) as View; // a scatter's own box is that of its updates
    cluster.members.set(x, { node: x, value, view, inside });
    cluster.open.add(x);
    this.homes.set(x, cluster);
    return true;
  }

  // ── clusters ──

  /** Places a new cluster above all that it reads; copies first what stands in the way. */
  #start(cluster: Cluster, fill: (cluster: Cluster) => boolean): void {
    while (!fill(cluster)) {
      const copy = this.#missing;
      if (!copy || this.homes.has(copy)) throw new Error("a fresh cluster takes any node");
      this.#copy(copy);
    }
    const below = [...cluster.reads].map((node) => this.homes.get(node)?.level ?? -1);
    cluster.level = 1 + Math.max(-1, ...below);
    this.clusters.push(cluster);
  }

  /** Clusters worth trying: producers, folds before maps, then one that reads the same array. */
  #candidates(x: NodeOf<"map"> | NodeOf<"reduce">): readonly Cluster[] {
    const found = new Set<Cluster>();
    const siblings = new Set<Cluster>();
    const box = boxOf(x);
    const visit = (node: Node, depth: number): void => {
      const base = this.#baseOf(node);
      const home = this.homes.get(base);
      if (home) found.add(home);
      const reader = this.#readers.get(base)?.[x.kind];
      if (reader?.box === box) siblings.add(reader);
      if (home?.kind === "map" && base.kind === "map" && depth < 3)
        for (const input of base.inputs) visit(input, depth + 1);
    };
    for (const input of x.inputs) visit(input, 0);
    const rank = (c: Cluster): number => c.level * 2 + (c.kind === "map" ? 0 : 1);
    const producers = [...found].sort((a, b) => rank(b) - rank(a)).slice(0, 6);
    return [...producers, ...[...siblings].filter((c) => !found.has(c))];
  }
}
