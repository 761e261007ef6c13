/** Module 2 — Laws over random programs: fusing changes no bit, and kernels mean the definitions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conv1d, realize, tensor } from "../src/index.ts";
import { bare, narrow, on, patient, reference, slim } from "./devices.ts";
import {
  kernelsMeanTheGraph,
  lazyEqualsEager,
  nodesMeanTheirKinds,
  runs,
  unsigned,
} from "./laws.ts";
import { meaning } from "./oracle.ts";
import { told } from "./program-text.ts";
import { programs, runProgram } from "./programs.ts";

const free = { exact: false } as const;
const exact = { exact: true } as const;
describe("on any device", { timeout: 600_000 }, () => {
  // each with the part of all programs that run on it
  test.each([
    [reference, 1],
    [bare, 0.2],
    [slim, 0.2],
  ] as const)("lazy = eager bit for bit, values and gradients: $name", (device, part) => {
    const law = told((steps) => lazyEqualsEager(steps, free), free);
    on(device, () => fc.assert(fc.property(programs(), law), runs(0, part)));
  });
  test.each([
    [reference, 1],
    [bare, 0.2],
    [narrow, 0.2],
  ] as const)("every value is what its definition says: $name", (device, part) => {
    const law = told((steps) => kernelsMeanTheGraph(steps, exact), exact);
    on(device, () => fc.assert(fc.property(programs(), law), runs(1, part)));
  });
});

describe("random programs", { timeout: 600_000 }, () => {
  test("each node is what its kind says of what it reads, whatever the numbers", () => {
    const law = told((steps) => nodesMeanTheirKinds(steps, free), free);
    fc.assert(fc.property(programs(), law), runs(2, 0.2));
  });
  test("large values, whose kernels are laid out differently: lazy = eager", () => {
    const manner = { exact: false, large: true };
    const law = told((steps) => lazyEqualsEager(steps, manner), manner);
    fc.assert(fc.property(programs(12), law), runs(3, 0.05));
  });
  test("large values are what their definitions say", () => {
    const manner = { exact: true, large: true };
    const law = told((steps) => kernelsMeanTheGraph(steps, manner), manner);
    fc.assert(fc.property(programs(12), law), runs(4, 0.02));
  });
  test("points out of bounds count as zero, whatever stands beside them", () =>
    on(bare, () => {
      const [x, w] = [tensor([[[1, 2, 3]]]), tensor([[[Infinity, 1, 1]]])];
      expect([...conv1d(x, w, { padding: 1 }).dataSync()]).toEqual([3, Infinity, Infinity]);
    }));
  test("every value is what its definition says, on a device that cannot wait", () =>
    on(patient, async () => {
      const property = fc.asyncProperty(programs(), async (steps) => {
        const { values, outputs } = runProgram(steps, exact);
        const known = new Map();
        const expected = values.map((x) => unsigned(meaning(x.node, known)));
        realize(...outputs);
        const found = await Promise.all(values.map(async (x) => unsigned(await x.data())));
        expect(found).toEqual(expected);
      });
      await fc.assert(property, runs(5, 0.1));
      expect(() => tensor([1]).add(1).dataSync()).toThrow(
        '"patient" cannot wait: use await data().',
      );
      const text = "shape=[1], dtype=f32, device=patient";
      expect(String(tensor([1]))).toBe(`Tensor([1], ${text})`); // the host has its elements
      expect(String(tensor([1]).add(1))).toBe(`Tensor(${text})`);
    }));
});
