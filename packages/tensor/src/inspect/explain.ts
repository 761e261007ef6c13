/**
 * Module 2.30 — Seeing inside: which kernels, and why.
 *
 * `explain` asks the scheduler what a barrier would run. Its kernels are those a recording device
 * counts, because they are made by the same code.
 */
import { type Backend, getBackend, notesOf, type Pass } from "@mt/backend";
import { badValue, checkFunction } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { probing } from "../graph/probes.ts";
import { type Device, deviceOf } from "../run/device.ts";
import { Tensor } from "../tensor.ts";
import { amount, durationText } from "./names.ts";
import { type KernelReport, type ProgramReport, reportOf } from "./report.ts";

/** Kernels in the order in which they run, program by program. */
export class Explanation {
  readonly programs: readonly ProgramReport[];

  /** `explain` makes them. */
  constructor(programs: readonly ProgramReport[]) {
    this.programs = programs;
  }

  get kernels(): readonly KernelReport[] {
    return this.programs.flatMap(({ kernels }) => kernels);
  }
  get bytesRead(): number {
    return this.kernels.reduce((n, k) => n + k.bytesRead, 0);
  }
  get bytesWritten(): number {
    return this.kernels.reduce((n, k) => n + k.bytesWritten, 0);
  }
  get operations(): number {
    return this.kernels.reduce((n, k) => n + k.operations, 0);
  }

  /**
   * Two lines a kernel, one for each array it reads from a kernel before, one for each pass; then
   * what is known of the devices.
   */
  toString(): string {
    const count = this.kernels.length;
    const head =
      `${count} ${count === 1 ? "kernel" : "kernels"} in ${this.programs.length} ` +
      `${this.programs.length === 1 ? "program" : "programs"}: ${amountsText(this)}`;
    const devices = new Set(this.programs.map(({ backend }) => backend));
    return [
      head,
      ...this.programs.flatMap(({ kernels }) => kernels.flatMap(kernelLines)),
      ...[...devices].flatMap((device) => [...notesOf(device).values()]),
    ].join("\n");
  }

  /** The kernels and the arrays between them, in the language of Graphviz. */
  dot(): string {
    const lines = this.programs.flatMap(({ kernels }, p) => kernels.flatMap(dotLines(p)));
    return ["digraph {", "  node [shape=box];", ...lines.map((line) => `  ${line}`), "}"].join(
      "\n",
    );
  }
}

/** What `console.log` shows in Node. */
Object.defineProperty(Explanation.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Explanation): string {
    return this.toString();
  },
});

const amountsText = (x: {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly operations: number;
}): string =>
  `reads ${amount(x.bytesRead, "B")}, writes ${amount(x.bytesWritten, "B")}, ` +
  `${amount(x.operations, "op")}`;

/** A kernel's kind and its box. */
export const headOf = ({ text }: KernelReport): string =>
  /^[^\n\]]*\]/.exec(text)?.[0] ?? (text.split("\n", 1)[0] as string);

/** Names in order, runs of one name counted. */
export function namesText(names: readonly string[]): string {
  const runs: { readonly name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs[runs.length - 1];
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count > 1 ? `${count}× ${name}` : name)).join(", ");
}

function passText({ facts, estimated, measured }: Pass): string {
  const times = Object.entries({ estimated, measured });
  return [
    Object.entries(facts).map((fact) => fact.join(" ")),
    times.flatMap(([name, time]) => (time ? [`${name} ${durationText(time)}`] : [])),
  ]
    .flatMap((list) => (list.length > 0 ? [list.join(", ")] : []))
    .join("; ");
}

function kernelLines(report: KernelReport): string[] {
  const { index, stores, operationNames, apart, passes } = report;
  const arrays = stores.map(({ text }) => text).join(", ");
  return [
    `${index}: ${headOf(report)}; ${amountsText(report)}`,
    `   ${namesText(operationNames) || "copy"} → ${arrays}`,
    ...apart.map(({ from, array, reason }) => `   reads ${array} of ${from}: ${reason}`),
    ...passes.map((pass) => `   ${passText(pass)}`),
  ];
}

const quote = (text: string): string => JSON.stringify(text);
const dotLines =
  (program: number) =>
  (report: KernelReport): string[] => {
    const name = (kernel: number): string => quote(`${program}.${kernel}`);
    const label = `${report.index}: ${headOf(report)}\n${namesText(report.operationNames)}`;
    return [
      `${name(report.index)} [label=${quote(label)}];`,
      ...report.reads.flatMap(({ slot, text, kernel }) => {
        if (kernel !== null)
          return [`${name(kernel)} -> ${name(report.index)} [label=${quote(text)}];`];
        const given = quote(`${program}.s${slot}`);
        return [
          `${given} [shape=ellipse, label=${quote(text)}];`,
          `${given} -> ${name(report.index)};`,
        ];
      }),
    ];
  };

/**
 * The program that reading these tensors would run: what they need, every pending `assign`, and
 * whatever else has been recorded and not consumed. Nothing runs. Given a function, what it returns
 * is explained in this way, after each program that ran while it did (as in an optimizer's step).
 * @throws TensorError if the function returns a promise.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * explain(x.exp().add(1).sum()).kernels.length; // 1
 */
export function explain(
  what: Tensor | readonly Tensor[] | (() => Tensor | readonly Tensor[] | unknown),
): Explanation {
  if (!(Array.isArray(what) || what instanceof Tensor)) checkFunction("explain", what);
  const programs: ProgramReport[] = [];
  const running = (run: Parameters<typeof reportOf>[0]): boolean => {
    programs.push(reportOf(run));
    return false;
  };
  const result = typeof what === "function" ? probing({ running }, what) : what;
  if (result instanceof Promise)
    throw badValue("explain", "the function returns a promise: record in one that does not wait.");
  for (const [backend, nodes] of byBackend(result)) {
    const device = deviceOf(backend);
    const { outputs, graph } = device.owed(nodes, [...device.assigns]);
    const learned = [...(device.programs.find(graph)?.learned.keys() ?? [])];
    const all = [...outputs, ...learned.map((place) => graph.order[place] as Node)];
    if (all.length > 0) programs.push(reportOf({ outputs: all, graph, backend }));
    // what a function returned is nobody's now: no barrier computes it
    if (typeof what === "function")
      for (const node of nodes) [node.wanted, node.consumed] = [false, true];
  }
  return new Explanation(programs);
}

/** Nodes of the tensors in a result by device; of the current device none, where there are none. */
function byBackend(result: unknown): Map<Backend, Node[]> {
  const found = new Map<Backend, Node[]>();
  for (const x of [result].flat(Infinity)) {
    if (!(x instanceof Tensor)) continue;
    const { backend } = x.node.recorder as Device;
    found.set(backend, [...(found.get(backend) ?? []), x.node]);
  }
  if (found.size === 0) found.set(getBackend(), []);
  return found;
}
