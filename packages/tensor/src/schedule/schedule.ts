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
import type { Node, NodeOf } from "../graph/node.ts";
import type { Dims } from "../shape.ts";
import type { Move } from "../views/move.ts";
import { Atoms } from "./atoms.ts";
import { Cluster, type Operand, placement, through } from "./cluster.ts";
import { Blocked, Formula, type Surroundings } from "./formula.ts";

/** Members of one kernel: beyond, generated code gets long without getting faster. */
const memberBound = 256;
/** Points of a box below which the loss of parallel points does not matter. */
const smallBox = 1 << 14;

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

/** The node below any moves that are not in memory themselves. */
const baseOf = (x: Node, homes: ReadonlyMap<Node, Cluster>): Node => {
  let base = x;
  while (base.kind === "move" && !base.value && !homes.has(base)) base = base.inputs[0] as Node;
  return base;
};

/** Inputs that are read at addresses of their own, not point by point. */
const readsMemory = (x: Node, input: Node): boolean =>
  x.kind === "contract" ||
  x.kind === "custom" ||
  x.kind === "gather" ||
  (x.kind === "scatter" && input !== x.inputs[2]);

class Scheduler implements Surroundings {
  readonly atoms = new Atoms();
  readonly #order: readonly Node[];
  readonly #outputs: ReadonlySet<Node>;
  readonly #limits: Limits;
  readonly #clusters: Cluster[] = [];
  readonly #homes = new Map<Node, Cluster>();
  readonly #uses = new Map<Node, number>();
  /** Nodes that must be in memory: results, operands of contractions, copies. */
  readonly #stored: Set<Node>;
  /** The latest map cluster, and the latest that folds, that read a node. */
  readonly #readers = new Map<Node, { map?: Cluster; reduce?: Cluster }>();

  readonly #refused: Refused | null;

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
    this.#stored = new Set(outputs);
    for (const x of order) {
      if (x.value || x.kind === "move") continue;
      for (const input of x.inputs) {
        const base = baseOf(input, this.#homes);
        this.#uses.set(base, (this.#uses.get(base) ?? 0) + 1);
        if (readsMemory(x, input)) this.#stored.add(base);
      }
    }
    for (const x of outputs) {
      const base = baseOf(x, this.#homes);
      if (base !== x) this.#uses.set(base, (this.#uses.get(base) ?? 0) + 1);
    }
  }

  homeOf(node: Node): Cluster | undefined {
    return this.#homes.get(node);
  }
  isStored(node: Node): boolean {
    return this.#stored.has(node);
  }
  usesOf(node: Node): number {
    return this.#uses.get(node) ?? 0;
  }

  run(): Schedule {
    for (const x of this.#order) {
      if (x.value) continue;
      if (x.kind === "map") this.#placeMap(x);
      else if (x.kind === "reduce") this.#placeReduce(x);
      else if (x.kind === "contract") this.#placeCore(x, "contract", x.inputs);
      else if (x.kind === "custom") this.#placeCore(x, "custom", x.inputs);
      else if (x.kind === "scatter") this.#placeScatter(x);
      else if (this.#outputs.has(x)) this.#placeView(x);
    }
    return { clusters: this.#clusters, atoms: this.atoms };
  }

  // ── each kind ──

  #placeMap(x: NodeOf<"map">): void {
    for (const cluster of this.#candidates(x)) {
      if (this.#joinMap(x, cluster)) return;
      this.#refused?.(x, cluster);
    }
    this.#start("map", x.shape, (cluster) => this.#joinMap(x, cluster, true));
  }

  #placeReduce(x: NodeOf<"reduce">): void {
    if (x.by.running) {
      this.#start("prefix", x.shape, (cluster) => {
        cluster.axes = x.by.axes;
        return this.#joinReduce(x, cluster, true);
      });
      return;
    }
    for (const cluster of this.#candidates(x)) {
      if (this.#joinReduce(x, cluster)) return;
      this.#refused?.(x, cluster);
    }
    this.#start("reduce", x.by.from, (cluster) => {
      cluster.axes = x.by.axes;
      return this.#joinReduce(x, cluster, true);
    });
  }

  /** A result that is a view of something computed is one more store of its kernel, if it fits. */
  #placeView(x: Node): void {
    const home = this.#homes.get(baseOf(x, this.#homes));
    const place = home && x.shape.size > 0 ? placement(home, x.shape) : null;
    if (home && place) {
      const formula = new Formula(this, home);
      const value = formula.of(
        x,
        place.toBox.map((move) => ({ move, node: null })),
      );
      if (!(value instanceof Blocked) && this.#fits(x, home, formula)) {
        this.#commit(x, home, value, place.toBox, formula);
        return;
      }
    }
    this.#copy(x);
  }

  /** Operands are stored and read through views; what cannot be a view is copied. */
  #placeCore(
    x: NodeOf<"contract"> | NodeOf<"custom">,
    kind: "contract" | "custom",
    inputs: readonly Node[],
  ): void {
    const operands = inputs.map((input) => this.#operand(input));
    const level = 1 + Math.max(-1, ...operands.map(({ node }) => this.#levelOf(node)));
    const cluster = this.#add(kind, x.shape, level);
    cluster.core = { node: x, operands, updates: null };
    for (const { node } of operands) cluster.reads.add(node);
    this.#become(x, cluster, this.atoms.fold(x), []);
  }

  /** Base and index are stored; the updates may be computed on the way. */
  #placeScatter(x: NodeOf<"scatter">): void {
    const [base, index, updates] = x.inputs as [Node, Node, Node];
    const operands = [this.#operand(base), this.#operand(index)];
    this.#start("scatter", updates.shape, (cluster) => {
      const written = this.#write(x, cluster, true, (formula) => {
        for (const { node } of operands) formula.reads.add(node);
        return formula.of(updates, []);
      });
      if (!written || written instanceof Blocked) return written ?? false;
      cluster.core = { node: x, operands, updates: written.value };
      this.#commit(x, cluster, this.atoms.fold(x), [], written.formula);
      return true;
    });
  }

  inMemory(input: Node, level: number): Operand | null {
    const base = baseOf(input, this.#homes);
    const home = this.#homes.get(base);
    if (!base.value && !(home && home.level < level)) return null;
    const path: Move[] = [];
    for (let x = input; x !== base; x = x.inputs[0] as Node) path.unshift(x.by as Move);
    const view = through(base.shape, path);
    // an operand counts as zero out of bounds: padding with anything else has to be stored
    return view && (view.guards.length === 0 || Object.is(view.fill, 0))
      ? { node: base, view }
      : null;
  }

  #operand(input: Node): Operand {
    const found = this.inMemory(input, Number.MAX_SAFE_INTEGER);
    if (found) return found;
    if (!this.#homes.has(input)) this.#copy(input);
    return { node: input, view: through(input.shape, []) as Operand["view"] };
  }

  /** Stores a node that is no computation of its own: a view, a number, an index. */
  #copy(x: Node): void {
    this.#stored.add(x);
    this.#start("map", x.shape, (cluster) => {
      const written = this.#write(x, cluster, true, (formula) => formula.of(x, []));
      if (!written || written instanceof Blocked) return written ?? false;
      this.#commit(x, cluster, written.value, [], written.formula);
      return true;
    });
  }

  // ── joining ──

  #joinMap(x: Node, cluster: Cluster, fresh = false): boolean | Blocked {
    const place = placement(cluster, x.shape);
    if (!place || cluster.members.size >= memberBound) return false;
    if (!fresh && place.inside && cluster.kept < 8 && cluster.box.size > smallBox) return false;
    const written = this.#write(x, cluster, fresh, (formula) => formula.ofInputs(x, place.toBox));
    if (!written || written instanceof Blocked) return fresh && written ? written : false;
    this.#commit(x, cluster, written.value, place.toBox, written.formula);
    return true;
  }

  #joinReduce(x: NodeOf<"reduce">, cluster: Cluster, fresh = false): boolean | Blocked {
    const { axes, from } = x.by;
    if (cluster.box !== from || (cluster.core !== null && !fresh)) return false;
    if (cluster.kind === "prefix" && !fresh) return false;
    const same = cluster.kind === "reduce" && sameAxes(cluster.axes, axes);
    if (!fresh && !same && !this.#foldable(cluster, axes)) return false;
    const written = this.#write(x, cluster, fresh, (formula) =>
      formula.of(x.inputs[0] as Node, []),
    );
    if (!written || written instanceof Blocked) return fresh && written ? written : false;
    const { value: body, formula } = written;
    if (cluster.kind === "map") this.#turnIntoFold(cluster, axes);
    cluster.folds.push({ node: x, body });
    const outer = x.shape === cluster.box ? [] : (placement(cluster, x.shape)?.toBox ?? []);
    this.#commit(x, cluster, this.atoms.fold(x), outer, formula);
    return true;
  }

  /** Folding the last axes keeps stores in order; folding others would scatter them. */
  #foldable(cluster: Cluster, axes: readonly number[]): boolean {
    if (cluster.kind !== "map") return false;
    const trailing = axes.every((k) => k >= cluster.box.rank - axes.length);
    const kept = axes.reduce((n, k) => n / (cluster.box.dims[k] || 1), cluster.box.size);
    return trailing && (kept >= 8 || cluster.box.size <= smallBox);
  }

  #turnIntoFold(cluster: Cluster, axes: readonly number[]): void {
    cluster.kind = "reduce";
    cluster.axes = axes;
    for (const [node, member] of cluster.members)
      cluster.members.set(node, { ...member, inside: true });
  }

  /** A formula for x that the device can bind: a fresh one reads producers it could write out. */
  #write(
    x: Node,
    cluster: Cluster,
    fresh: boolean,
    of: (formula: Formula) => Expr | Blocked,
  ): { readonly formula: Formula; readonly value: Expr } | Blocked | null {
    for (const mayWriteOut of [true, false]) {
      const formula = new Formula(this, cluster, mayWriteOut);
      const value = of(formula);
      if (value instanceof Blocked) return value;
      if (this.#fits(x, cluster, formula) || !mayWriteOut) return { formula, value };
      if (!fresh) return null;
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
      const home = this.#homes.get(node);
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
      !this.#stored.has(member) &&
      this.usesOf(member) === 1 &&
      x.inputs.some((input) => baseOf(input, this.#homes) === member)
    );
  }

  #commit(x: Node, cluster: Cluster, value: Expr, toBox: readonly Move[], formula: Formula): void {
    for (const node of formula.reads) {
      cluster.reads.add(node);
      this.#homes.get(node)?.open.add(node);
      if (cluster.kind === "map" || cluster.kind === "reduce")
        this.#readers.set(node, { ...this.#readers.get(node), [cluster.kind]: cluster });
    }
    for (const member of cluster.open) if (this.#closedBy(member, x)) cluster.open.delete(member);
    this.#become(x, cluster, value, toBox);
  }

  #become(x: Node, cluster: Cluster, value: Expr, toBox: readonly Move[]): void {
    const view = through(x.shape, toBox); // a scatter's own box is that of its updates
    if (!view) throw new Error("a member of a cluster always is a view of its box");
    const folded = x.kind === "reduce" && !x.by.running;
    const outer = folded || toBox.some((move) => move.move === "expand");
    const inside = cluster.axes.length > 0 && !outer;
    cluster.members.set(x, { node: x, value, toBox, view, inside });
    cluster.open.add(x);
    this.#homes.set(x, cluster);
  }

  // ── clusters ──

  #levelOf(node: Node): number {
    return this.#homes.get(node)?.level ?? -1;
  }

  #add(kind: Cluster["kind"], box: Dims, level: number): Cluster {
    const cluster = new Cluster(kind, box, level);
    this.#clusters.push(cluster);
    return cluster;
  }

  /** A new cluster above everything so far that it may read; copies first what stands in the way. */
  #start(kind: Cluster["kind"], box: Dims, fill: (cluster: Cluster) => boolean | Blocked): void {
    for (;;) {
      const cluster = new Cluster(kind, box, Number.MAX_SAFE_INTEGER);
      const done = fill(cluster);
      if (done === true) {
        cluster.level = -1;
        for (const node of cluster.reads)
          cluster.level = Math.max(cluster.level, this.#levelOf(node));
        cluster.level++;
        this.#clusters.push(cluster);
        return;
      }
      const copy = done instanceof Blocked ? done.copy : null;
      if (!copy || this.#homes.has(copy)) throw new Error("a fresh cluster takes any node");
      this.#copy(copy);
    }
  }

  /** Clusters worth trying: producers, folds before maps, then one that reads the same array. */
  #candidates(x: NodeOf<"map"> | NodeOf<"reduce">): readonly Cluster[] {
    const found = new Set<Cluster>();
    const siblings = new Set<Cluster>();
    const box = x.kind === "reduce" ? x.by.from : x.shape;
    const visit = (node: Node, depth: number): void => {
      const base = baseOf(node, this.#homes);
      const home = this.#homes.get(base);
      if (home) found.add(home);
      const reader = this.#readers.get(base)?.[x.kind];
      if (reader && reader.box === box) siblings.add(reader);
      if (home?.kind === "map" && base.kind === "map" && depth < 3)
        for (const input of base.inputs) visit(input, depth + 1);
    };
    for (const input of x.inputs) visit(input, 0);
    const rank = (c: Cluster): number => c.level * 2 + (c.kind === "map" ? 0 : 1);
    const producers = [...found].sort((a, b) => rank(b) - rank(a)).slice(0, 6);
    return [...producers, ...[...siblings].filter((c) => !found.has(c))];
  }
}

const sameAxes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((k, i) => k === b[i]);
