import fc from "fast-check";
import { expect, test } from "vitest";
import { topologicalOrder } from "../src/index.ts";

interface Node {
  readonly name: string;
  readonly inputs: Node[];
}
const node = (name: string, ...inputs: Node[]): Node => ({ name, inputs });

/** Each node may use any of those before it. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((choices) => {
    const nodes: Node[] = [];
    for (const [i, inputs] of choices.entries())
      nodes.push(node(`${i}`, ...(i ? inputs.map((k) => nodes[k % i] as Node) : [])));
    return nodes;
  });

function reachable(from: Node, found = new Set<Node>()): Set<Node> {
  if (found.has(from)) return found;
  found.add(from);
  for (const input of from.inputs) reachable(input, found);
  return found;
}

test("every reachable node comes once, after all that consume it", () => {
  fc.assert(
    fc.property(graphs, (nodes) => {
      const output = nodes.at(-1) as Node;
      const order = topologicalOrder([output]);
      expect(new Set(order)).toEqual(reachable(output));
      expect(order.length).toBe(new Set(order).size);
      for (const [i, consumer] of order.entries())
        for (const input of consumer.inputs) expect(order.indexOf(input)).toBeGreaterThan(i);
    }),
  );
});

test("several outputs, of which one may be inside another, share one order", () => {
  const x = node("x");
  const y = node("y", x);
  const z = node("z", y, x);
  const order = topologicalOrder([y, z]).map(({ name }) => name);
  expect(order).toEqual(["z", "y", "x"]);
});

test("what is not followed is left out, with what only it leads to", () => {
  const x = node("x");
  const hidden = node("hidden", x);
  const output = node("output", hidden, node("y"));
  const order = topologicalOrder([output], ({ name }) => name !== "hidden");
  expect(order.map(({ name }) => name)).toEqual(["output", "y"]);
});

test("no outputs have no order", () => {
  expect(topologicalOrder<Node>([])).toEqual([]);
});

test("a graph a million deep needs no stack", () => {
  let last = node("0");
  for (let i = 1; i < 1_000_000; i++) last = node("", last);
  const order = topologicalOrder([last]);
  expect(order.length).toBe(1_000_000);
  expect(order.at(-1)?.name).toBe("0");
});
