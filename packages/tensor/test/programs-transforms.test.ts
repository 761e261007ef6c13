/** Module 2 — Laws of transforms over random programs: batching is a loop, forward mirrors reverse. */
import { enableGrad } from "@mt/autodiff";
import { isFloat } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pushForward } from "../src/graph/jvp.ts";
import type { Node } from "../src/graph/node.ts";
import { grad, realize, stack, Tensor, tensor, vmap } from "../src/index.ts";
import { bare, on, reference } from "./devices.ts";
import { readNode, runs } from "./laws.ts";
import { told } from "./program-text.ts";
import { programs, runProgram } from "./programs.ts";
import { smoothFunction, smoothManner } from "./smooth.ts";
import { randomLike, type Step } from "./values.ts";

const exact = { exact: true } as const;
const free = { exact: false, halves: false } as const;
const devices = [
  [reference, 1],
  [bare, 0.2],
] as const;

/** The program with most of its leaves moved by a whole number, which differs between examples. */
const moved = (steps: readonly Step[], by: Tensor): Tensor[] =>
  runProgram(steps, {
    ...exact,
    leaf: (x, index) => (x.dtype === "bool" || index % 3 === 2 ? x : x.add(by.to(x.dtype))),
  }).outputs;

describe.each(devices)("on a device: $name", { timeout: 600_000 }, (device, part) => {
  test("vmap = loop, bit for bit where sums are exact", () => {
    let differing = 0;
    const law = told((steps) => {
      const shifts = tensor([0, 1, 2], { dtype: "i32" });
      const all = vmap((by: Tensor) => moved(steps, by))(shifts);
      const each = [0, 1, 2].map((k) => moved(steps, shifts.slice(k)));
      realize(...all, ...each.flat());
      all.forEach((y, i) => {
        const ones = each.map((outputs) => outputs[i] as Tensor);
        expect(y.shape).toEqual([3, ...(ones[0] as Tensor).shape]);
        expect(y.dtype).toBe(ones[0]?.dtype);
        const found = y.dataSync();
        const expected = ones.flatMap((x) => [...x.dataSync()]);
        // −0 is 0: a sum may begin with either
        const at = expected.findIndex((x, k) => !(x === found[k] || Object.is(x, found[k])));
        if (at >= 0) expect.fail(`output ${i} at ${at}: ${found[at]}, in a loop ${expected[at]}`);
        const size = (ones[0] as Tensor).size;
        if (expected.some((x, k) => x !== expected[k % size])) differing++;
      });
    }, exact);
    const { numRuns, ...options } = runs(10, part);
    on(device, () => fc.assert(fc.property(programs(), law), { numRuns, ...options }));
    expect(differing).toBeGreaterThan(numRuns); // examples do differ
  });

  test("⟨c, J·dx⟩ = ⟨Jᵀ·c, dx⟩", () => {
    let checked = 0;
    const law = told((steps) => {
      const { outputs, leaves } = runProgram(steps, free);
      let seed = steps.length;
      const like = (x: Tensor): Tensor => randomLike(x, seed++);
      const ends = outputs.filter((y) => y.requiresGrad && isFloat(y.dtype) && y.size > 0);
      if (ends.length === 0 || leaves.length === 0) return;
      const tangents = new Map<Node, Node>(leaves.map((x) => [x.node, like(x).node]));
      const cotangents = ends.map(like);
      const nodes = ends.map((y) => y.node);
      const pushed = enableGrad(() => pushForward(nodes, tangents));
      ends
        .map((y, i) =>
          y
            .to("f64")
            .mul((cotangents[i] as Tensor).to("f64"))
            .sum(),
        )
        .reduce((a, b) => a.add(b))
        .backward();
      realize(
        ...leaves.flatMap((x) => x.grad ?? []),
        ...pushed.flatMap((dy) => (dy ? new Tensor(dy) : [])),
      );
      const forward = pushed.flatMap((dy, i) =>
        products(dy && readNode(dy), cotangents[i]?.dataSync()),
      );
      const reverse = leaves.flatMap((x) =>
        products(x.grad?.dataSync(), readNode(tangents.get(x.node) as Node)),
      );
      if (![...forward, ...reverse].every((t) => Math.abs(t) < 1e30)) return; // ∞, NaN
      const [a, b] = [total(forward), total(reverse)];
      const size = total([...forward, ...reverse].map(Math.abs));
      checked++;
      if (!(Math.abs(a - b) <= 1e-5 * size + 1e-9)) expect.fail(`${a} and ${b}, of ${size}`);
    }, free);
    const { numRuns, ...options } = runs(11, part);
    on(device, () => fc.assert(fc.property(programs(), law), { numRuns, ...options }));
    expect(checked).toBeGreaterThan(numRuns / 3);
  });
});

test("vmap of a gradient = loop of gradients", { timeout: 600_000 }, () => {
  let compared = 0;
  const law = told((steps) => {
    const found = smoothFunction(steps);
    if (!found) return;
    const { f, leaves } = found;
    const gradient = grad(f);
    const examples = leaves.map((x, k) => stack([x, randomLike(x, k), x.neg()]));
    const all = vmap(gradient)(examples);
    const alone = [0, 1, 2].map((n) => gradient(examples.map((x) => x.slice(n))));
    realize(...all, ...alone.flat());
    alone.forEach((gradients, n) => {
      gradients.forEach((one, k) => {
        const a = one.dataSync();
        const b = (all[k] as Tensor).dataSync().subarray(n * one.size);
        const size = Math.max(1, ...a.map(Math.abs));
        // sums may be made in another order
        const at = a.findIndex((x, i) => !(Math.abs(x - (b[i] as number)) <= 1e-9 * size));
        if (at >= 0 && size < 1e30) expect.fail(`${n}, ${k} at ${at}: ${b[at]}, alone ${a[at]}`);
      });
    });
    compared++;
  }, smoothManner);
  const { numRuns, ...options } = runs(12, 0.2);
  fc.assert(fc.property(programs(), law), { numRuns, ...options });
  expect(compared).toBeGreaterThan(0.8 * numRuns);
});

const products = (
  a: ArrayLike<number> | null | undefined,
  b: ArrayLike<number> | undefined,
): number[] => (a && b ? Array.from(a, (x, i) => x * (b[i] as number)) : []);
const total = (terms: readonly number[]): number => terms.reduce((sum, t) => sum + t, 0);
