/**
 * Module 2 — A random program as text: what was recorded, a line for each node.
 *
 * A law that fails says for which program, so that nobody has to decode its numbers.
 */
import type { Linear } from "@mt/backend";
import type { Kind, Node, NodeOf } from "../src/graph/node.ts";
import { probing } from "../src/graph/probes.ts";
import { arrayText, nameOf } from "../src/inspect/names.ts";
import { runProgram } from "./programs.ts";
import type { Manner, Step } from "./values.ts";

const form = ({ offset, strides }: Linear): string => {
  const terms = strides.flatMap((c, k) => (c === 0 ? [] : [c === 1 ? `i${k}` : `${c}·i${k}`]));
  return [...terms, ...(offset || terms.length === 0 ? [offset] : [])].join(" + ");
};
const place = (forms: readonly Linear[]): string => `[${forms.map(form).join(", ")}]`;
const elements = (list: ArrayLike<number>): string =>
  `${Array.from(list).slice(0, 24).join(" ")}${list.length > 24 ? " …" : ""}`;

/** What a node holds besides its inputs. */
const details: { readonly [K in Kind]: (x: NodeOf<K>) => string } = {
  leaf: ({ by, value, number }) =>
    by.source === "data" ? elements(value?.host ?? []) : by.source === "number" ? `${number}` : "",
  map: () => "",
  reduce: ({ by }) => `axes ${by.axes}`,
  move: ({ by }) => `${by.parameters}${by.fill === 0 ? "" : ` of ${by.fill}`}`,
  contract: ({ by }) =>
    `${place(by.out)} += ${by.operands.map(place).join(" · ")} for i < ${by.extents}`,
  gather: ({ by }) => `axis ${by.axis}, ${by.batched} common`,
  scatter: ({ by }) => `${by.monoid?.name ?? "set"} axis ${by.by.axis}, ${by.by.batched} common`,
  custom: () => "",
};

/** `%3 = sum(%1) axes 0: f64[2]`; outputs are marked with a star. */
export function programText(steps: readonly Step[], manner: Manner): string {
  const nodes: Node[] = [];
  const inputs = new Map<Node, readonly Node[]>();
  const numbers = new Map<Node, number>();
  const number = (x: Node): void => {
    if (numbers.has(x)) return;
    for (const input of x.inputs) number(input);
    numbers.set(x, nodes.push(x) - 1);
    inputs.set(x, x.inputs);
  };
  let outputs: ReadonlySet<Node> = new Set();
  try {
    const run = probing({ recorded: number }, () => runProgram(steps, manner));
    outputs = new Set(run.outputs.map(({ node }) => node));
  } catch (error) {
    return `${nodes.length} nodes, then ${String(error)}`;
  }
  const lines = nodes.map((x, i) => {
    const from = (inputs.get(x) as readonly Node[]).map((input) => `%${numbers.get(input)}`);
    const detail = (details[x.kind] as (x: Node) => string)(x);
    const grad = x.kind === "leaf" && x.needsGrad ? " ∂" : "";
    const call = `${nameOf(x)}${from.length > 0 ? `(${from.join(", ")})` : ""}`;
    return `${outputs.has(x) ? "*" : " "}%${i} = ${call} ${detail}: ${arrayText(x)}${grad}`;
  });
  return lines.join("\n");
}

/** The law, whose failure also says what the program was. */
export const told =
  (law: (steps: readonly Step[]) => unknown, manner: Manner) =>
  (steps: readonly Step[]): void => {
    try {
      law(steps);
    } catch (error) {
      const text = `${(error as Error).message}\n${programText(steps, manner)}`;
      throw new Error(`${text}\nsteps: ${JSON.stringify(steps)}`, { cause: error });
    }
  };
