/** The device tells how it runs kernels, and how long they take. */
import type { Backend, Pass } from "@mt/backend";
import { conv2d, explain, randn, realize, type Tensor } from "@mt/tensor";
import { afterEach, expect, test } from "vitest";
import { makeDevice } from "../src/device.ts";
import { cpuThreads } from "../src/index.ts";

const devices: Backend[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) await device[Symbol.asyncDispose]();
});
const made = (device: Backend): Backend => {
  devices.push(device);
  return device;
};
const last = (x: Tensor): Pass => explain(x).kernels.at(-1)?.passes.at(-1) as Pass;

test("tiles of a product, vectors of a map, the fold of a sum", () => {
  const backend = made(cpuThreads({ threads: 1 }));
  const x = randn([96, 96], { backend }).clone();
  realize(x);
  const width = "128 bits";
  const alone = { threads: 1, because: "it cannot be shared" };
  expect(last(x.matmul(x)).facts).toEqual({ tile: "6 × 8", vectors: "2 × 4", width, ...alone });
  expect(last(x.relu()).facts).toEqual({ along: "9216", vectors: "2 × 4", width, ...alone });
  const vectors = expect.stringMatching(/^\d × 4$/);
  expect(last(x.sum(1)).facts).toEqual({ folds: "96", vectors, width, ...alone });
});

test("a kernel of several passes names each", () => {
  const backend = made(cpuThreads({ threads: 1 }));
  const x = randn([512, 512], { backend }).clone();
  realize(x);
  const passes = explain(x.matmul(x)).kernels.at(-1)?.passes ?? [];
  expect(passes.length).toBeGreaterThan(1);
  expect(passes.slice(0, -1).every(({ facts }) => facts.pass === "copy")).toBe(true);
});

test("copies are expected to take what fetching their elements takes; slices count", () => {
  const backend = made(cpuThreads({ threads: 1 }));
  const [x, w] = [randn([64, 16, 32, 32], { backend }), randn([16, 16, 3, 3], { backend })].map(
    (y) => y.clone(),
  ) as [Tensor, Tensor];
  realize(x, w);
  const passes = explain(conv2d(x, w, { padding: 1 })).kernels.at(-1)?.passes ?? [];
  const [zeros, copy, tiles] = passes.slice(-3) as [Pass, Pass, Pass];
  expect(zeros.facts.slices).toBeUndefined();
  expect(copy.facts.slices).toBe(8);
  expect(tiles.facts.slices).toBe(8);
  expect(copy.estimated).toBeGreaterThan((0.3 * x.size) / 1000);
  expect(copy.estimated).toBeLessThan((3 * x.size) / 1000);
  expect(tiles.estimated).toBeGreaterThan((64 * 16 * 32 * 32 * 144) / 32e3);
});

test("an estimate at once, what was measured as soon as it has run", () => {
  const backend = made(cpuThreads({ threads: 1 }));
  const x = randn([300, 300], { backend }).clone();
  realize(x);
  const y = x.exp();
  const before = last(y);
  expect(before.estimated).toBeGreaterThan(0);
  expect(before.measured).toBe(0);
  y.dataSync();
  expect(last(x.exp()).measured).toBeGreaterThan(0);
});

test("how many threads, and why", async () => {
  const always = { awake: 0, asleep: 0, hiring: 0, sample: 0 };
  const backend = made(makeDevice({}, { crew: { threads: 2, costs: always } }));
  const x = randn([512, 512], { backend }).clone();
  realize(x);
  expect(last(x.exp()).facts).toMatchObject({ threads: 2, because: "it is long enough" });
  expect(last(x.slice(0).slice({ end: 3 }).exp()).facts).toMatchObject({
    threads: 1,
    because: "it cannot be shared",
  });
  const usual = made(cpuThreads({ threads: 2 }));
  const small = randn([100, 100], { backend: usual }).clone();
  realize(small);
  expect(last(small.add(1)).facts).toMatchObject({
    threads: 1,
    because: "it is too short",
  });
});
