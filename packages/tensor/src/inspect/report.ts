/**
 * Module 2.30c — A program, traced back to what was recorded.
 *
 * The scheduler and the emitter run as they do at a barrier; beside each kernel stands which
 * recorded operations it computes, which arrays it reads and stores, and why it is apart from the
 * kernels whose results it reads.
 */
import {
  type Backend,
  type Kernel,
  kernelText,
  type Pass,
  type Program,
  slotsOf,
} from "@mt/backend";
import { postorder } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { Running } from "../graph/probes.ts";
import { type Cluster, placement } from "../schedule/cluster.ts";
import { emit } from "../schedule/emit.ts";
import { plan } from "../schedule/plan.ts";
import { schedule } from "../schedule/schedule.ts";
import { type Amounts, measure } from "./measure.ts";
import { arrayText, nameOf } from "./names.ts";

/** An array that is in memory: given to the program, or computed by one of its kernels. */
export interface ArrayReport {
  /** `f32[2, 3]`. */
  readonly text: string;
  readonly slot: number;
  /** The kernel of this program that stores it; null: it was given. */
  readonly kernel: number | null;
}
/** Why a kernel reads what another one stored instead of computing it. */
export interface Apart {
  readonly from: number;
  readonly array: string;
  readonly reason: string;
}
export interface KernelReport extends Amounts {
  /** Its place in the program. */
  readonly index: number;
  readonly kernel: Kernel;
  /** The kernel as `kernelText` of @mt/backend writes it. */
  readonly text: string;
  /** Names of the recorded operations it computes, inputs first; views are part of addresses. */
  readonly operationNames: readonly string[];
  readonly reads: readonly ArrayReport[];
  readonly stores: readonly ArrayReport[];
  readonly apart: readonly Apart[];
  /** How the device would run it now, if it tells; asked anew at each look. */
  readonly passes: readonly Pass[];
}
export interface ProgramReport {
  readonly backend: Backend;
  readonly program: Program;
  readonly kernels: readonly KernelReport[];
}

type Refusals = ReadonlyMap<Node, ReadonlyMap<Cluster, string>>;

/** What would run, or runs, for these outputs. */
export function reportOf({
  graph,
  outputs,
  backend,
}: Pick<Running, "graph" | "outputs" | "backend">): ProgramReport {
  const refusals = new Map<Node, Map<Cluster, string>>();
  const results = new Set(outputs);
  const scheduled = schedule(graph.order, results, backend.limits, (x, cluster) => {
    const of = refusals.get(x) ?? new Map<Cluster, string>();
    refusals.set(x, of.set(cluster, reasonFor(x, cluster)));
  });
  const drafts = emit(scheduled, results, backend);
  const program = plan(drafts, graph, outputs, backend);
  const homes = new Map<Node, Cluster>();
  for (const cluster of scheduled.clusters)
    for (const node of cluster.members.keys()) homes.set(node, cluster);
  const makers = new Map<Node, number>();
  const kernels = drafts.map((draft, index): KernelReport => {
    const kernel = program.kernels[index] as Kernel;
    const [mine, bound] = [slotsOf(draft), slotsOf(kernel)];
    const nodesAt = (slots: readonly number[]): Node[] => slots.map((k) => graph.order[k] as Node);
    const [reads, stores] = [nodesAt(mine.reads), nodesAt(mine.stores)];
    const report = (node: Node, k: number, slots: readonly number[]): ArrayReport => ({
      text: arrayText(node),
      slot: slots[k] as number,
      kernel: makers.get(node) ?? null,
    });
    const given = reads.map((node, k) => report(node, k, bound.reads));
    const computed = computedBy(stores, reads);
    const apart = reads.flatMap((node): Apart[] => {
      const from = makers.get(node);
      if (from === undefined) return [];
      const home = homes.get(stores[0] as Node);
      const reason = reasonBetween(node, computed, home, homes.get(node), refusals);
      return [{ from, array: arrayText(node), reason }];
    });
    for (const node of stores) makers.set(node, index);
    return {
      index,
      kernel,
      text: kernelText(kernel),
      operationNames: namesOf(computed),
      reads: given,
      stores: stores.map((node, k) => report(node, k, bound.stores)),
      apart,
      get passes() {
        return backend.describe?.({ ...program, kernels: [kernel] })[0] ?? [];
      },
      ...measure(kernel, program, backend),
    };
  });
  return { backend, program, kernels };
}

/** What is computed; of a kernel that computes nothing, the views that it copies. */
function namesOf(computed: readonly Node[]): string[] {
  const operations = computed.filter((x) => x.kind !== "move");
  return (operations.length > 0 ? operations : computed).map(nameOf);
}

/** Inputs whose elements it reads: others it only depends on. */
const readBy = (x: Node): readonly Node[] => {
  if (x.kind === "move") return x.inputs.slice(0, 1);
  if (x.kind !== "map") return x.inputs;
  const used = new Set(postorder(x.by.formula).map((e) => (e.kind === "arg" ? e.index : -1)));
  return x.inputs.filter((_, i) => used.has(i));
};

/** Operations between what a kernel reads and what it stores. */
function computedBy(stores: readonly Node[], reads: readonly Node[]): Node[] {
  const seen = new Set<Node>(reads);
  const found: Node[] = [];
  const stack = [...stores].reverse().map((node) => ({ node, next: 0 }));
  while (stack.length) {
    const top = stack[stack.length - 1] as { node: Node; next: number };
    const { node } = top;
    if (top.next === 0) {
      if (seen.has(node) || node.value || node.kind === "leaf") {
        stack.pop();
        continue;
      }
      seen.add(node);
    }
    const input = readBy(node)[top.next++];
    if (input) stack.push({ node: input, next: 0 });
    else {
      found.push(node);
      stack.pop();
    }
  }
  return found;
}

/** Rules by which a cluster refuses a node, in the order in which the scheduler asks. */
const rules: readonly (readonly [(x: Node, cluster: Cluster) => boolean, string])[] = [
  [
    (_, { kind }) => kind === "prefix" || kind === "scatter" || kind === "custom",
    "a running fold, a scatter or a sort is a kernel of its own",
  ],
  [
    (x, { kind }) => x.kind === "reduce" && kind === "contract",
    "a contraction holds no other fold",
  ],
  [(x, { box }) => x.kind === "reduce" && box !== x.by.from, "it folds an array of another shape"],
  [(x, { kind }) => x.kind === "reduce" && kind === "reduce", "it folds other axes"],
  [(x) => x.kind === "reduce", "folding there leaves too few points, or scatters stores"],
  [(x, cluster) => placement(cluster, x.shape) === null, "it has other points than that kernel"],
];
const reasonFor = (x: Node, cluster: Cluster): string =>
  rules.find(([holds]) => holds(x, cluster))?.[1] ??
  "it needs other points, later values, or too many arrays";

/** Cores read operands from memory, whoever makes them. */
const cores: { readonly [K in Cluster["kind"]]?: string } = {
  contract: "a contraction reads operands from memory",
  prefix: "a running fold is a kernel of its own",
  scatter: "a scatter is a kernel of its own",
  custom: "it is a kernel of its own",
};

function reasonBetween(
  read: Node,
  computed: readonly Node[],
  home: Cluster | undefined,
  maker: Cluster | undefined,
  refusals: Refusals,
): string {
  const operand = home?.core?.operands.some(({ node }) => node === read);
  if (home && (operand || home.kind !== "contract") && cores[home.kind])
    return cores[home.kind] as string;
  for (const x of computed) {
    const reason = maker && refusals.get(x)?.get(maker);
    if (reason) return reason;
  }
  if (home?.core) return "each contraction is a kernel of its own";
  return "it needs later values, too";
}
