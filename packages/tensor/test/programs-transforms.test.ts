/** Module 2 — Laws of transforms over random programs: batching is a loop, forward mirrors reverse. */
import { enableGrad } from "@mt/autodiff";
import { isFloat } from "@mt/operators";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { pushForward } from "../src/graph/jvp.ts";
import type { Node } from "../src/graph/node.ts";
import { type Tensor, tensor, vmap } from "../src/index.ts";
import { programs, runProgram } from "./programs.ts";
import { Program, randomOf, type Step } from "./values.ts";

const runs = { numRuns: 250, seed: 20_261_121, includeErrorInReport: true, noBias: true } as const;

/** The program with its leaves moved by a whole number, which differs between examples. */
function moved(steps: readonly Step[], by: Tensor): Tensor[] {
  const leaf = Program.prototype.leaf;
  const spy = vi.spyOn(Program.prototype, "leaf").mockImplementation(function (
    this: Program,
    ...choices
  ) {
    const x = leaf.apply(this, choices);
    return isFloat(x.dtype) || x.dtype === "i32" ? x.add(by.to(x.dtype)) : x;
  });
  try {
    return runProgram(steps, { exact: true }).outputs;
  } finally {
    spy.mockRestore();
  }
}

test("vmap = loop, bit for bit where sums are exact", () => {
  let differing = 0;
  fc.assert(
    fc.property(programs(), (steps) => {
      const shifts = tensor([0, 1, 2], { dtype: "i32" });
      const all = vmap((by: Tensor) => moved(steps, by))(shifts);
      const each = [0, 1, 2].map((k) => moved(steps, shifts.slice(k)));
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
    }),
    runs,
  );
  expect(differing).toBeGreaterThan(runs.numRuns); // examples do differ
}, 60_000);

test("⟨c, J·dx⟩ = ⟨Jᵀ·c, dx⟩", () => {
  let checked = 0;
  fc.assert(
    fc.property(programs(), (steps) => {
      const { outputs, leaves } = runProgram(steps, { exact: false });
      const random = randomOf(steps.length);
      const like = ({ size, shape, dtype }: Tensor): Tensor =>
        tensor(
          Float64Array.from({ length: size }, () => random() * 2 - 1),
          { shape, dtype },
        );
      const ends = outputs.filter((y) => y.requiresGrad && isFloat(y.dtype) && y.size > 0);
      if (ends.length === 0 || leaves.length === 0) return;
      const tangents = new Map<Node, Node>(leaves.map((x) => [x.node, like(x).node]));
      const cotangents = ends.map(like);
      const nodes = ends.map((y) => y.node);
      const pushed = enableGrad(() => pushForward(nodes, tangents)).map(
        (dy) => dy && elementsOf(dy),
      );
      ends
        .map((y, i) =>
          y
            .to("f64")
            .mul((cotangents[i] as Tensor).to("f64"))
            .sum(),
        )
        .reduce((a, b) => a.add(b))
        .backward();
      const forward = pushed.flatMap((dy, i) => products(dy, cotangents[i]?.dataSync()));
      const reverse = leaves.flatMap((x) =>
        products(x.grad?.dataSync(), elementsOf(tangents.get(x.node) as Node)),
      );
      if (![...forward, ...reverse].every((t) => Math.abs(t) < 1e30)) return; // ∞, NaN
      const [a, b] = [total(forward), total(reverse)];
      const size = total([...forward, ...reverse].map(Math.abs));
      checked++;
      if (!(Math.abs(a - b) <= 1e-5 * size + 1e-9)) expect.fail(`${a} and ${b}, of ${size}`);
    }),
    runs,
  );
  expect(checked).toBeGreaterThan(runs.numRuns / 3);
}, 60_000);

const elementsOf = (x: Node): ArrayLike<number> =>
  (x.recorder as unknown as { readSync(x: Node): ArrayLike<number> }).readSync(x);
const products = (
  a: ArrayLike<number> | null | undefined,
  b: ArrayLike<number> | undefined,
): number[] => (a && b ? Array.from(a, (x, i) => x * (b[i] as number)) : []);
const total = (terms: readonly number[]): number => terms.reduce((sum, t) => sum + t, 0);
